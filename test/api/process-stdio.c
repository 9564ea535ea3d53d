/* process-stdio.c - tests of the descriptors that a child gets. */
#include "process.h"

#include "gyre.h"

/* ---- descriptors
 * ------------------------------------------------------------- */

static void test_child_has_nothing_to_read_or_print_to_by_default(
    void** state) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);

  begin(state);
  options_set_report();
  spawn_and_read();
  for (int fd = 0; fd < 3; fd++)
    assert_true(has_same_fd(fd, null));
  assert_non_null(strstr(report, "fd 0 dev"));
  close(null);
  end();
}

static int pairs[8]; /* ends of pipes: the odd ones are for writing */

static void open_pairs(void) {
  for (int i = 0; i < 8; i += 2)
    assert_int_equal(pipe2(&pairs[i], O_CLOEXEC), 0);
}

static void close_pairs(void) {
  for (int i = 0; i < 8; i++)
    assert_int_equal(close(pairs[i]), 0);
}

static void inherit(int target, int fd) {
  stdio[target].flags = UV_INHERIT_FD;
  stdio[target].data.fd = fd;
  if (options.stdio_count <= target)
    options.stdio_count = target + 1;
}

static void test_descriptors_are_inherited_wherever_they_are_asked_for(
    void** state) {
  begin(state);
  open_pairs();
  options_set_report();
  inherit(0, pairs[0]);
  inherit(1, pairs[1]);
  inherit(7, pairs[2]);
  inherit(20, pairs[3]);
  inherit(21, pairs[3]); /* one may be given twice */
  spawn_and_read();
  assert_true(has_same_fd(0, pairs[0]));
  assert_true(has_same_fd(1, pairs[1]));
  assert_true(has_same_fd(7, pairs[2]));
  assert_true(has_same_fd(20, pairs[3]));
  assert_true(has_same_fd(21, pairs[3]));
  close_pairs();
  end();
}

static void test_descriptors_may_change_places(void** state) {
  int saved[3];

  begin(state);
  open_pairs();
  options_set_report();
  for (int fd = 0; fd < 3; fd++) {
    saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 50);
    assert_int_equal(dup2(pairs[fd], fd), fd);
  }
  inherit(0, 1);
  inherit(1, 2);
  inherit(2, 0);
  inherit(3, 1);
  spawn();
  for (int fd = 0; fd < 3; fd++)
    assert_int_equal(dup2(saved[fd], fd), fd);
  expect_exit(0, 0);
  read_report();
  assert_true(has_same_fd(0, pairs[1]));
  assert_true(has_same_fd(1, pairs[2]));
  assert_true(has_same_fd(2, pairs[0]));
  assert_true(has_same_fd(3, pairs[1]));
  for (int fd = 0; fd < 3; fd++)
    close(saved[fd]);
  close_pairs();
  end();
}

static void test_descriptor_may_stay_where_it_is(void** state) {
  begin(state);
  open_pairs();
  options_set_report();
  for (int i = 0; i < 8; i++)
    if (pairs[i] < STDIO_MOST)
      inherit(pairs[i], pairs[i]);
  spawn_and_read();
  for (int i = 0; i < 8; i++)
    if (pairs[i] < STDIO_MOST)
      assert_true(has_same_fd(pairs[i], pairs[i]));
  assert_int_equal(fcntl(pairs[0], F_GETFD),
                   FD_CLOEXEC); /* ours is as it was */
  close_pairs();
  end();
}

static void test_descriptor_that_is_none_is_an_error(void** state) {
  uv_pipe_t pipe;

  begin(state);
  inherit(0, -1);
  expect_refusal(UV_EINVAL);
  inherit(0, 800); /* below those of kqueue's double */
  expect_refusal(UV_EBADF);
  assert_int_equal(uv_pipe_init(&loop, &pipe, 0), 0);
  stdio[0].flags = UV_INHERIT_STREAM;
  stdio[0].data.stream = (uv_stream_t*)&pipe;
  expect_refusal(UV_EINVAL);
  stdio[0].data.stream = NULL;
  expect_refusal(UV_EINVAL);
  stdio[0].flags = UV_CREATE_PIPE;
  expect_refusal(UV_EINVAL);
  stdio[0].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_INHERIT_FD);
  expect_refusal(UV_EINVAL);
  stdio[0].flags = (uv_stdio_flags)0x100;
  expect_refusal(UV_EINVAL);
  uv_close((uv_handle_t*)&pipe, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  end();
}

static void test_what_is_printed_to_waits_and_other_things_do_not(
    void** state) {
  begin(state);
  open_pairs();
  options_set_report();
  for (int i = 0; i < 4; i++)
    assert_int_equal(fcntl(pairs[i], F_SETFL, O_NONBLOCK), 0);
  inherit(1, pairs[1]);
  inherit(5, pairs[3]);
  spawn_and_read();
  assert_non_null(strstr(strstr(report, "fd 1 "), "nonblock 0"));
  assert_non_null(strstr(strstr(report, "fd 5 "), "nonblock 1"));
  close_pairs();
  end();
}

static void test_nothing_of_a_loops_is_inherited(void** state) {
  uv_async_t async;
  uv_tcp_t tcp;
  uv_pipe_t pipes[2];

  begin(state);
  assert_int_equal(uv_async_init(&loop, &async, NULL), 0);
  assert_int_equal(uv_tcp_init_ex(&loop, &tcp, AF_INET), 0);
  options_set_report();
  for (int i = 0; i < 2; i++) {
    assert_int_equal(uv_pipe_init(&loop, &pipes[i], 0), 0);
    stdio[i].flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE;
    stdio[i].data.stream = (uv_stream_t*)&pipes[i];
  }
  options.stdio_count = 2;
  assert_int_equal(gyre_spawn(&loop, &process, &options), 0);
  uv_close((uv_handle_t*)&async, NULL);
  uv_close((uv_handle_t*)&tcp, NULL);
  uv_close((uv_handle_t*)&pipes[0], NULL);
  uv_close((uv_handle_t*)&pipes[1], NULL);
  expect_exit(0, 0);
  read_report();
  for (int fd = 3; fd < 100; fd++)
    assert_false(has_fd(fd));
  end();
}

static void test_open_descriptors_are_inherited_but_not_by_gyre_spawn(
    void** state) {
  int high;
  int low;

  begin(state);
  low = fcntl(0, F_DUPFD, 10); /* not closed by exec */
  high = fcntl(0, F_DUPFD, 700);
  options_set_report();
  options.stdio_count = low + 1; /* an entry that says UV_IGNORE */
  spawn_and_read();
  assert_true(has_fd(low));
  assert_true(has_fd(high));
  options_set_report();
  options.stdio_count = low + 1;
  assert_int_equal(gyre_spawn(&loop, &process, &options), 0);
  expect_exit(0, 0);
  read_report();
  for (int fd = 3; fd < 1000; fd++)
    assert_false(has_fd(fd));
  close(low);
  close(high);
  end();
}

static void test_gyre_spawn_says_why_it_could_not(void** state) {
  begin(state);
  options.file = "/no/such/program";
  assert_int_equal(gyre_spawn(&loop, &process, &options), UV_ENOENT);
  uv_close((uv_handle_t*)&process, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  end();
}

static void test_what_was_inherited_is_not_passed_on(void** state) {
  int low;
  int high;

  begin(state);
  low = fcntl(0, F_DUPFD, 0); /* the first that is free */
  high = fcntl(0, F_DUPFD, 700);
  uv_disable_stdio_inheritance();
  for (int fd = 0; fd <= low; fd++)
    if (fcntl(fd, F_GETFD) >= 0)
      assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
  assert_int_equal(fcntl(high, F_GETFD), 0); /* behind a gap */
  close(low);
  close(high);
  end();
}

/* ---- pipes
 * -------------------------------------------------------------------- */

static uv_pipe_t input;
static uv_pipe_t output;
static char heard[64];
static int ended_first; /* 'o' for the output, 'e' for the process */

static void give(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static char bytes[1024];

  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void hear(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count > 0)
    strncat(heard, buf->base, (size_t)count);
  if (count < 0) {
    assert_int_equal(count, UV_EOF);
    ended_first = ended_first == 0 ? 'o' : ended_first;
    uv_close((uv_handle_t*)stream, NULL);
  }
}

static void hear_end(uv_process_t* handle, int64_t status, int signum) {
  ended_first = ended_first == 0 ? 'e' : ended_first;
  on_exit_count(handle, status, signum);
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  assert_int_equal(status, 0);
  uv_close((uv_handle_t*)req->handle, NULL);
}

static void open_pipes(unsigned more) {
  assert_int_equal(uv_pipe_init(&loop, &input, 0), 0);
  assert_int_equal(uv_pipe_init(&loop, &output, 0), 0);
  stdio[0].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE | more);
  stdio[0].data.stream = (uv_stream_t*)&input;
  stdio[1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE | more);
  stdio[1].data.stream = (uv_stream_t*)&output;
  options.stdio_count = 2;
}

static void test_pipes_carry_both_ways(void** state) {
  uv_buf_t hello = uv_buf_init("hello", 5);
  uv_shutdown_t shutdown;

  begin(state);
  options_set("cat", NULL);
  options.exit_cb = hear_end;
  open_pipes(0);
  spawn();
  assert_true(uv_is_writable((uv_stream_t*)&input));
  assert_false(uv_is_readable((uv_stream_t*)&input));
  assert_true(uv_is_readable((uv_stream_t*)&output));
  assert_false(uv_is_writable((uv_stream_t*)&output));
  assert_int_equal(uv_read_start((uv_stream_t*)&output, give, hear), 0);
  assert_int_equal(uv_try_write((uv_stream_t*)&input, &hello, 1), 5);
  assert_int_equal(uv_shutdown(&shutdown, (uv_stream_t*)&input, on_shutdown),
                   0);
  expect_exit(7, 0);
  assert_string_equal(heard, "hello");
  end();
}

static void test_what_came_before_the_end_is_read_before_it(void** state) {
  begin(state);
  options_set_shell("printf last; exit 9");
  options.exit_cb = hear_end;
  open_pipes(0);
  spawn();
  uv_close((uv_handle_t*)&input, NULL);
  assert_int_equal(uv_read_start((uv_stream_t*)&output, give, hear), 0);
  { /* Both are there, when the loop first looks. */
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)process.pid, &info, WEXITED | WNOWAIT),
                     0);
  }
  expect_exit(9, 0);
  assert_string_equal(heard, "last");
  /* select(2) does not tell that nothing more will come. */
  if (strcmp(gy_test_poller(), "select") != 0)
    assert_int_equal(ended_first, 'o');
  end();
}

static void test_childs_end_of_a_pipe_blocks_unless_asked_not_to(void** state) {
  begin(state);
  options_set_report();
  open_pipes(0);
  spawn_and_read();
  assert_non_null(strstr(strstr(report, "fd 1 "), "nonblock 0"));
  uv_close((uv_handle_t*)&input, NULL);
  uv_close((uv_handle_t*)&output, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  options_set_report();
  open_pipes(UV_NONBLOCK_PIPE);
  spawn_and_read();
  assert_non_null(strstr(report, "nonblock 1\nfd 1 "));
  end();
}

static void test_pipe_without_a_direction_is_open_and_of_no_use(void** state) {
  uv_buf_t hello = uv_buf_init("hello", 5);

  begin(state);
  open_pipes(0);
  stdio[0].flags = UV_CREATE_PIPE;
  spawn();
  assert_false(uv_is_writable((uv_stream_t*)&input));
  assert_false(uv_is_readable((uv_stream_t*)&input));
  assert_int_equal(uv_try_write((uv_stream_t*)&input, &hello, 1), UV_EPIPE);
  expect_exit(0, 0);
  end();
}

static void test_stream_is_inherited(void** state) {
  uv_os_fd_t fd;

  begin(state);
  open_pairs();
  assert_int_equal(uv_pipe_init(&loop, &output, 0), 0);
  assert_int_equal(uv_pipe_open(&output, pairs[1]), 0);
  options_set_report();
  stdio[2].flags = UV_INHERIT_STREAM;
  stdio[2].data.stream = (uv_stream_t*)&output;
  options.stdio_count = 3;
  spawn_and_read();
  assert_int_equal(uv_fileno((uv_handle_t*)&output, &fd), 0);
  assert_true(has_same_fd(2, fd));
  pairs[1] = dup(fd); /* the handle closes its own */
  close_pairs();
  end();
}

static void test_pipe_that_is_taken_is_an_error(void** state) {
  begin(state);
  open_pipes(0);
  stdio[1].data.stream = (uv_stream_t*)&input;
  expect_refusal(UV_EBUSY);
  stdio[1].data.stream = (uv_stream_t*)&output;
  spawn();
  expect_exit(0, 0);
  exit_calls = 0;
  expect_refusal(UV_EBUSY);
  end();
}

/* Node.js reads from the pipes of a program that is missing. */
static void test_pipes_of_a_failed_spawn_are_at_their_end(void** state) {
  uv_buf_t hello = uv_buf_init("hello", 5);

  begin(state);
  options.file = "/no/such/program";
  open_pipes(0);
  expect_refusal(UV_ENOENT);
  assert_true(uv_is_writable((uv_stream_t*)&input));
  assert_false(uv_is_readable((uv_stream_t*)&input));
  assert_true(uv_is_readable((uv_stream_t*)&output));
  assert_false(uv_is_writable((uv_stream_t*)&output));
  assert_int_equal(uv_try_write((uv_stream_t*)&input, &hello, 1), UV_EPIPE);
  uv_close((uv_handle_t*)&input, NULL);
  assert_int_equal(uv_read_start((uv_stream_t*)&output, give, hear), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_string_equal(heard, "");
  assert_int_equal(ended_first, 'o');
  end();
}

/* How many allocations there are before one fails; -1: none does. */
static int allocations_left = -1;

static bool memory_is_out(void) {
  return allocations_left >= 0 && allocations_left-- == 0;
}

static void* malloc_some(size_t size) {
  return memory_is_out() ? NULL : malloc(size);
}

static void* calloc_some(size_t count, size_t size) {
  return memory_is_out() ? NULL : calloc(count, size);
}

static void* realloc_some(void* memory, size_t size) {
  return memory_is_out() ? NULL : realloc(memory, size);
}

/* Memory comes first: that there is none is known before there are pipes, which
 * can then be used for another try. */
static void test_pipes_stay_closed_without_memory(void** state) {
  int err = UV_ENOMEM;
  int tries;

  assert_int_equal(
      uv_replace_allocator(malloc_some, realloc_some, calloc_some, free), 0);
  begin(state);
  options_set("exit", "0");
  spawn(); /* what is had once is there now */
  expect_exit(0, 0);
  exit_calls = 0;
  open_pipes(0);
  for (tries = 0; err == UV_ENOMEM; tries++) {
    assert_true(tries < 16);
    allocations_left = tries;
    err = uv_spawn(&loop, &process, &options);
    allocations_left = -1;
    assert_true(err == 0 || err == UV_ENOMEM);
    assert_true(uv_is_writable((uv_stream_t*)&input) == (err == 0));
    assert_true(uv_is_readable((uv_stream_t*)&output) == (err == 0));
  }
  assert_int_equal(err, 0);
  assert_true(tries > 1);
  expect_exit(0, 0);
  end();
}

/* Those before the entry that does not fit are closed again. */
static void test_pipes_stay_closed_if_another_entry_does_not_fit(void** state) {
  begin(state);
  open_pipes(0);
  stdio[2].flags = UV_INHERIT_FD;
  stdio[2].data.fd = -1;
  options.stdio_count = 3;
  expect_refusal(UV_EINVAL);
  assert_false(uv_is_writable((uv_stream_t*)&input));
  assert_false(uv_is_readable((uv_stream_t*)&output));
  options.stdio_count = 2;
  spawn();
  expect_exit(0, 0);
  end();
}

static const struct CMUnitTest tests[] = {
    IN_ALL_WAYS(test_child_has_nothing_to_read_or_print_to_by_default),
    IN_ALL_WAYS(test_descriptors_are_inherited_wherever_they_are_asked_for),
    IN_ALL_WAYS(test_descriptors_may_change_places),
    IN_ALL_WAYS(test_descriptor_may_stay_where_it_is),
    IN_ALL_WAYS(test_descriptor_that_is_none_is_an_error),
    cmocka_unit_test(test_what_is_printed_to_waits_and_other_things_do_not),
    IN_ALL_WAYS(test_nothing_of_a_loops_is_inherited),
    IN_ALL_WAYS(test_open_descriptors_are_inherited_but_not_by_gyre_spawn),
    IN_ALL_WAYS(test_gyre_spawn_says_why_it_could_not),
    cmocka_unit_test(test_what_was_inherited_is_not_passed_on),
    IN_ALL_WAYS(test_pipes_carry_both_ways),
    IN_ALL_WAYS(test_what_came_before_the_end_is_read_before_it),
    cmocka_unit_test(test_childs_end_of_a_pipe_blocks_unless_asked_not_to),
    cmocka_unit_test(test_pipe_without_a_direction_is_open_and_of_no_use),
    IN_ALL_WAYS(test_stream_is_inherited),
    cmocka_unit_test(test_pipe_that_is_taken_is_an_error),
    IN_ALL_WAYS(test_pipes_of_a_failed_spawn_are_at_their_end),
    cmocka_unit_test(test_pipes_stay_closed_if_another_entry_does_not_fit),
    IN_ALL_WAYS(test_pipes_stay_closed_without_memory),
};

PROCESS_TEST_MAIN(tests)
