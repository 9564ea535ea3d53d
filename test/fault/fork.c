/* fork.c - a loop in the child of a fork while system calls and memory fail.
 *
 * The loop cannot be made to work there, or can, or a part of it; it must
 * always be possible to close it. The parent's must not be touched. */
#include "sweep.h"

#include <sched.h>
#include <sys/socket.h>

enum {
  WORKS = 3 /* one that runs, and two behind it */
};

typedef struct {
  uv_work_t req;
  bool queued;
  int afters;
  int status;
} item_t;

static uv_loop_t loop;
static uv_async_t async;
static uv_timer_t timer;
static uv_poll_t watched;
static item_t items[WORKS];
static bool async_open;
static bool poll_open;
static int pair[2];
static int async_calls;
static int timer_calls;
static int poll_calls;
static int close_calls;
static atomic_bool running;
static atomic_bool gate_open;

static void count_close(uv_handle_t* handle) {
  (void)handle; /* one is like the other */
  close_calls++;
}

static void close_once(uv_handle_t* handle) {
  if (!uv_is_closing(handle)) {
    uv_close(handle, count_close);
  }
}

static void async_call(uv_async_t* handle) {
  async_calls++;
  close_once((uv_handle_t*)handle);
}

static void timer_call(uv_timer_t* handle) {
  timer_calls++;
  close_once((uv_handle_t*)handle);
}

static void poll_call(uv_poll_t* handle, int status, int events) {
  poll_calls++;
  CHECK((works(status) ? UV_READABLE : 0) == events);
  close_once((uv_handle_t*)handle);
}

static void item_run(uv_work_t* req) {
  (void)req; /* one is like the other */
  atomic_store(&running, true);
  while (!atomic_load(&gate_open)) {
    sched_yield();
  }
}

static void item_after(uv_work_t* req, int status) {
  item_t* item = (item_t*)(void*)req;

  CHECK(++item->afters == 1);
  item->status = status;
}

static void items_queue(void) {
  atomic_store(&running, false);
  atomic_store(&gate_open, false);
  memset(items, 0, sizeof(items));
  for (int i = 0; i < WORKS; i++) {
    items[i].queued =
        works(uv_queue_work(&loop, &items[i].req, item_run, item_after));
    while (items[i].queued && !atomic_load(&running)) {
      sched_yield(); /* The first is to run when the fork comes. */
    }
  }
}

static void things_open(void) {
  async_calls = timer_calls = poll_calls = close_calls = 0;
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  async_open = works(uv_async_init(&loop, &async, async_call));
  poll_open = works(uv_poll_init(&loop, &watched, pair[0]));
  if (poll_open) {
    works(uv_poll_start(&watched, UV_READABLE, poll_call));
  }
  CHECK(uv_timer_init(&loop, &timer) == 0);
  CHECK(uv_timer_start(&timer, timer_call, 1, 0) == 0);
  items_queue();
}

/* Make everything happen. */
static void things_happen(void) {
  atomic_store(&gate_open, true);
  CHECK(write(pair[1], "x", 1) == 1);
  if (async_open) {
    CHECK(uv_async_send(&async) == 0);
  }
  if (poll_open && !uv_is_active((uv_handle_t*)&watched)) {
    close_once((uv_handle_t*)&watched);
  }
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(async_calls == async_open);
  CHECK(timer_calls == 1);
  CHECK(poll_calls <= poll_open && (poll_calls == 1 || fault_is_on()));
}

static void things_close(void) {
  atomic_store(&gate_open, true);
  if (async_open) {
    close_once((uv_handle_t*)&async);
  }
  if (poll_open) {
    close_once((uv_handle_t*)&watched);
  }
  close_once((uv_handle_t*)&timer);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(close_calls == 1 + async_open + poll_open);
  CHECK(uv_loop_close(&loop) == 0);
  CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
  for (int i = 0; i < WORKS; i++) {
    CHECK(items[i].afters == items[i].queued);
  }
}

/* What ran when the fork came is the parent's. What was queued is done here, or
 * ends with the loop that could not be forked. */
static void works_check(bool forked) {
  bool first = true;

  for (int i = 0; i < WORKS; i++) {
    if (items[i].queued) {
      CHECK(items[i].status == (first || !forked ? UV_ECANCELED : 0));
      first = false;
    }
  }
}

static void child_live_on(const bool* fds) {
  bool forked;

  alarm(LIMIT_S);
  fault_resume();
  forked = works(uv_loop_fork(&loop));
  if (forked) {
    things_happen();
  }
  things_close();
  works_check(forked);
  fault_pause();
  fds_check(fds);
  uv_library_shutdown();
  CHECK(atomic_load(&blocks) == 0);
  _exit(0);
}

static void loop_of_parent_and_child(void) {
  static bool fds[FD_LIMIT];
  bool peace = !atomic_load(&fault_armed);
  int status = -1;
  pid_t pid;

  fds_list(fds);
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  things_open();
  (void)uv_run(&loop, UV_RUN_NOWAIT);
  /* Nothing fails in fork() itself: what the pool makes anew in there was made
   * before, by the same calls. */
  fault_pause();
  pid = fork();
  if (pid == 0) {
    fault = peace ? (fault_t){NULL, 0, FAIL_ONCE, 0} : fault;
    child_live_on(fds);
  }
  CHECK(pid > 0);
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
  CHECK(async_calls == 0 && (poll_calls == 0 || !peace));
  if (!peace) {
    fault_resume();
  }
  things_happen();
  things_close();
}

static void test_loop_works_or_can_be_closed_in_the_child(void** state) {
  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "1", 1), 0);
  sweep(loop_of_parent_and_child, "pthread_create");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_loop_works_or_can_be_closed_in_the_child),
};

GY_TEST_MAIN(tests)
