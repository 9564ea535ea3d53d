/* work.c - work of many loops, queued, taken back and queued again at random.
 *
 * Every piece ends once, and either ran once or was cancelled; between bursts
 * the threads of the pool fall asleep. GYRE_STRESS_SEED and GYRE_STRESS_WORK
 * choose the sequence, and how many pieces each loop has. */
#include "support/test.h"

#include <stdlib.h>

enum {
  LOOPS = 3,
  AT_ONCE = 64,
  PIECES = 20000,   /* of each loop */
  CANCEL_ONE_IN = 4 /* of the ends, after which one is tried to be taken back */
};

struct member;

typedef struct {
  uv_work_t req; /* first: a pointer to it is one to the piece */
  struct member* member;
  int runs; /* written by a thread of the pool, read when it has ended */
  bool queued;
} piece_t;

typedef struct member {
  uv_thread_t thread;
  uv_loop_t loop;
  piece_t pieces[AT_ONCE];
  unsigned random;
  int burst; /* how many are to be queued when all of the last have ended */
  int to_queue;
  int under_way;
  int ran;
  int cancelled;
  int wrong;
} member_t;

static member_t members[LOOPS];

static unsigned draw(member_t* member, unsigned below) {
  member->random = member->random * 1664525u + 1013904223u;
  return (member->random >> 8) % below;
}

static void run(uv_work_t* req) {
  ((piece_t*)(void*)req)->runs++;
}

static void ended(uv_work_t* req, int status);

static void queue_one(piece_t* piece) {
  member_t* member = piece->member;

  if (member->to_queue == 0 || piece->queued) {
    return;
  }
  piece->runs = 0;
  if (uv_queue_work(&member->loop, &piece->req, run, ended) != 0) {
    member->wrong++;
    return;
  }
  piece->queued = true;
  member->to_queue--;
  member->under_way++;
}

/* Take a piece back, if it is not too late. */
static void cancel_one(piece_t* piece) {
  int err;

  if (piece->queued) {
    err = uv_cancel((uv_req_t*)&piece->req);
    piece->member->wrong += err != 0 && err != UV_EBUSY;
  }
}

static void queue_burst(member_t* member) {
  unsigned count = 1 + draw(member, AT_ONCE);

  for (unsigned i = 0; i < count; i++)
    queue_one(&member->pieces[i]);
}

static void ended(uv_work_t* req, int status) {
  piece_t* piece = (piece_t*)(void*)req;
  member_t* member = piece->member;

  member->wrong += !piece->queued;
  member->wrong += status == 0 ? piece->runs != 1
                               : status != UV_ECANCELED || piece->runs != 0;
  member->ran += status == 0;
  member->cancelled += status != 0;
  piece->queued = false;
  member->under_way--;
  if (draw(member, CANCEL_ONE_IN) == 0)
    cancel_one(&member->pieces[draw(member, AT_ONCE)]);
  if (member->under_way == 0)
    queue_burst(member);
  else if (draw(member, 2) == 0)
    queue_one(piece);
}

static void member_main(void* arg) {
  member_t* member = arg;

  while (member->to_queue > 0) {
    queue_burst(member);
    if (uv_run(&member->loop, UV_RUN_DEFAULT) != 0)
      member->wrong++;
  }
}

static int setting(const char* name, int otherwise) {
  const char* text = getenv(name);

  return text != NULL ? atoi(text) : otherwise;
}

static void test_every_piece_ends_once(void** state) {
  int piece_count = setting("GYRE_STRESS_WORK", PIECES);
  unsigned seed = (unsigned)setting("GYRE_STRESS_SEED", 1);

  (void)state;
  print_message("GYRE_STRESS_SEED=%u\n", seed);
  for (int i = 0; i < LOOPS; i++) {
    member_t* member = &members[i];
    member->random = seed + (unsigned)i;
    member->to_queue = piece_count;
    assert_int_equal(uv_loop_init(&member->loop), 0);
    for (int j = 0; j < AT_ONCE; j++)
      member->pieces[j].member = member;
    assert_int_equal(uv_thread_create(&member->thread, member_main, member), 0);
  }
  for (int i = 0; i < LOOPS; i++) {
    assert_int_equal(uv_thread_join(&members[i].thread), 0);
    assert_int_equal(members[i].wrong, 0);
    assert_int_equal(members[i].under_way, 0);
    assert_int_equal(members[i].ran + members[i].cancelled, piece_count);
    assert_int_equal(uv_loop_close(&members[i].loop), 0);
  }
  uv_library_shutdown();
}

static void test_every_piece_ends_once_with_a_single_thread(void** state) {
  assert_int_equal(uv_os_setenv("UV_THREADPOOL_SIZE", "1"), 0);
  test_every_piece_ends_once(state);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_piece_ends_once),
    cmocka_unit_test(test_every_piece_ends_once_with_a_single_thread),
};

GY_TEST_MAIN(tests)
