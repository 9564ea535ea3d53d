/* spawn.c - many children, one after the other and at once, on many loops.
 *
 * Each exits with a number that only it was given; every end is told once, no
 * zombie and no descriptor is left. GYRE_STRESS_CHILDREN chooses how many. */
#include "support/test.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  CHILDREN = 10000, /* of all loops */
  FEW = 1000,       /* the same, where each is slow, or is known to be right */
  AT_ONCE = 100,    /* of each */
  LOOPS = 4
};

struct crowd;

typedef struct {
  uv_process_t process; /* first: a pointer to it is one to the child */
  struct crowd* crowd;
  int number;
} child_t;

typedef struct crowd {
  uv_thread_t thread;
  uv_loop_t loop;
  child_t children[AT_ONCE];
  int to_start;
  int ended;
  int wrong; /* ended in another way than it should */
  int failed;
} crowd_t;

static crowd_t crowds[LOOPS];

static void child_start(child_t* child);

static void child_restart(uv_handle_t* handle) {
  child_start((child_t*)(void*)handle);
}

static void child_ended(uv_process_t* process, int64_t status, int signum) {
  child_t* child = (child_t*)(void*)process;

  child->crowd->ended++;
  child->crowd->wrong += status != child->number || signum != 0;
  uv_close((uv_handle_t*)process, child_restart);
}

/* Start the next, if there is one left to start. */
static void child_start(child_t* child) {
  crowd_t* crowd = child->crowd;
  uv_process_options_t options;
  char command[32];
  char* args[] = {"sh", "-c", command, NULL};
  int err;

  if (crowd->to_start == 0)
    return;
  crowd->to_start--;
  child->number = crowd->to_start % 100;
  snprintf(command, sizeof(command), "exit %d", child->number);
  memset(&options, 0, sizeof(options));
  options.file = "/bin/sh";
  options.args = args;
  options.exit_cb = child_ended;
  options.flags = crowd->to_start % 2 != 0 ? UV_PROCESS_DETACHED : 0;
  err = uv_spawn(&crowd->loop, &child->process, &options);
  if (err != 0) {
    crowd->failed++;
    uv_close((uv_handle_t*)&child->process, NULL);
  }
}

static void crowd_live(void* arg) {
  crowd_t* crowd = arg;

  crowd->failed += uv_loop_init(&crowd->loop) != 0;
  for (int i = 0; i < AT_ONCE; i++) {
    crowd->children[i].crowd = crowd;
    child_start(&crowd->children[i]);
  }
  crowd->failed += uv_run(&crowd->loop, UV_RUN_DEFAULT) != 0;
  crowd->failed += uv_loop_close(&crowd->loop) != 0;
}

static void live_all(const char* way, int most) {
  const char* count = getenv("GYRE_STRESS_CHILDREN");
  int child_count = gy_test_has_tsan() ? FEW : most;

  if (count != NULL)
    child_count = atoi(count);
  assert_int_equal(setenv("GYRE_SPAWN", way, 1), 0);
  for (int i = 0; i < LOOPS; i++) {
    crowds[i].to_start = child_count / LOOPS;
    assert_int_equal(
        uv_thread_create(&crowds[i].thread, crowd_live, &crowds[i]), 0);
  }
  for (int i = 0; i < LOOPS; i++) {
    assert_int_equal(uv_thread_join(&crowds[i].thread), 0);
    assert_int_equal(crowds[i].failed, 0);
    assert_int_equal(crowds[i].wrong, 0);
    assert_int_equal(crowds[i].ended, child_count / LOOPS);
  }
  assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
  assert_int_equal(errno, ECHILD);
}

static void test_crowd_of_children_end_each_in_its_way(void** state) {
  (void)state;
  live_all("", CHILDREN);
}

static void test_crowd_of_children_end_without_descriptors_of_them(
    void** state) {
  (void)state;
  live_all("sigchld", FEW);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_crowd_of_children_end_each_in_its_way),
    cmocka_unit_test(test_crowd_of_children_end_without_descriptors_of_them),
};

GY_TEST_MAIN(tests)
