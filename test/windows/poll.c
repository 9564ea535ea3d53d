/* poll.c - tests of uv_poll_init() on Windows, which takes files of the C
 * runtime, and of what is no socket. */
#include "support/test.h"

#include <fcntl.h>
#include <io.h>
#include <winsock2.h>

/* The library's own is meant, and not that of sockets that posix.h makes of it.
 */
#undef uv_poll_init
#undef read
#undef close

static uv_loop_t loop;
static uv_poll_t watched;
static int call_count;

static void count_and_stop(uv_poll_t* handle, int status, int events) {
  assert_int_equal(status, 0);
  assert_int_equal(events, UV_READABLE);
  call_count++;
  assert_int_equal(uv_poll_stop(handle), 0);
}

static void test_file_of_the_c_runtime_that_is_a_socket_can_be_polled(
    void** state) {
  int fds[2];
  int file;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  file = _open_osfhandle(fds[0], _O_RDWR);
  assert_true(file >= 0);
  assert_int_equal(uv_poll_init(&loop, &watched, file), 0);
  assert_int_equal(uv_poll_start(&watched, UV_READABLE, count_and_stop), 0);
  assert_int_equal(gy_posix_write(fds[1], "x", 1), 1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(call_count, 1);
  gy_test_close_loop(&loop);
  closesocket((SOCKET)fds[0]);
  closesocket((SOCKET)fds[1]);
}

static void test_file_that_is_not_open_is_ebadf(void** state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, -1), UV_EBADF);
  assert_int_equal(uv_poll_init(&loop, &watched, 1000), UV_EBADF);
  assert_int_equal(uv_poll_init(&loop, &watched, 0x7fffffff), UV_EBADF);
  assert_int_equal(uv_poll_init_socket(&loop, &watched, INVALID_SOCKET),
                   UV_EBADF);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_what_is_no_socket_is_enotsock(void** state) {
  FILE* file = tmpfile();
  HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

  (void)state;
  assert_non_null(file);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_poll_init(&loop, &watched, _fileno(file)), UV_ENOTSOCK);
  assert_int_equal(uv_poll_init_socket(&loop, &watched, (SOCKET)event),
                   UV_ENOTSOCK);
  assert_int_equal(uv_loop_close(&loop), 0);
  CloseHandle(event);
  fclose(file);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_file_of_the_c_runtime_that_is_a_socket_can_be_polled),
    cmocka_unit_test(test_file_that_is_not_open_is_ebadf),
    cmocka_unit_test(test_what_is_no_socket_is_enotsock),
};

GY_TEST_MAIN(tests)
