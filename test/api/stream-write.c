/* stream-write.c - tests of writing: at once, queued, in pieces, cancelled, and
 * to a peer that is gone. */
#include "streams.h"

#include <limits.h>
#include <signal.h>
#include <sys/mman.h>

enum {
  BIG = 4 << 20, /* more bytes than a pair of sockets holds */
  MANY = 5000,   /* more buffers than one system call takes */
  TINY_WRITES = 3000
};

/* Before that, no buffers are an abort. */
#define NO_BUFFERS_ARE_ANSWERED 0x013000u

static uv_tcp_t near;
static int far;
static char big[BIG];
static char back[BIG + 1024];
static uv_write_t reqs[TINY_WRITES];
static uv_buf_t bufs[MANY];
static uv_shutdown_t shutdown_req;
static int written;
static int last_status;
static int in_a_call;

static void open_near(void) {
  loop_open();
  open_pair(&near, &far);
  for (size_t i = 0; i < sizeof(big); i++)
    big[i] = (char)(i * 31 >> 3);
  reqs[0].data = "1";
  reqs[1].data = "2";
  reqs[2].data = "3";
}

static void close_near(void) {
  gy_test_close_loop(&loop);
  close(far);
}

static void count_write(uv_write_t* req, int status) {
  assert_int_equal(in_a_call, 0);
  assert_ptr_equal(req, &reqs[written]); /* in order */
  assert_ptr_equal(req->handle, &near);
  last_status = status;
  written++;
}

static int write_at(int index, const uv_buf_t* from, unsigned count) {
  int err;

  in_a_call = 1;
  err = uv_write(&reqs[index], stream(&near), from, count, count_write);
  in_a_call = 0;
  return err;
}

static int write_told(int index, const uv_buf_t* from, unsigned count) {
  return uv_write(&reqs[index], stream(&near), from, count, told_write);
}

/* Read all that the near end writes in |turns_most| turns at most, until |size|
 * bytes are there, |step| at a time. */
static void receive(size_t size, size_t step) {
  size_t total = 0;

  for (int turn = 0; total < size; turn++) {
    ssize_t count;
    assert_true(turn < 100 * TURNS_MOST);
    uv_run(&loop, UV_RUN_NOWAIT);
    count = recv(far, back + total, size - total < step ? size - total : step,
                 MSG_DONTWAIT);
    total += count > 0 ? (size_t)count : 0;
  }
}

static void test_write_that_fits_is_done_at_once_and_told_later(void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_near();
  assert_int_equal(write_at(0, &buf, 1), 0);
  assert_int_equal(near.write_queue_size, 0);
  assert_int_equal(written, 0);
  assert_int_equal(uv_is_active(handle(&near)), 0);
  assert_int_equal(uv_loop_alive(&loop), 1); /* for the callback */
  assert_arrived(far, "hello");
  run_turns(1);
  assert_int_equal(written, 1);
  assert_int_equal(last_status, 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  close_near();
}

static void test_write_without_a_callback_is_done_too(void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_near();
  assert_int_equal(uv_write(&reqs[0], stream(&near), &buf, 1, NULL), 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_arrived(far, "hello");
  close_near();
}

static void test_write_of_no_buffers_is_invalid(void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  if (uv_version() < NO_BUFFERS_ARE_ANSWERED)
    gy_test_skip("this version aborts");
  open_near();
  assert_int_equal(write_at(0, &buf, 0), UV_EINVAL);
  assert_int_equal(uv_try_write(stream(&near), &buf, 0), UV_EINVAL);
  assert_int_equal(uv_loop_alive(&loop), 0);
  close_near();
}

static void test_write_of_no_bytes_is_called_back(void** state) {
  uv_buf_t empty[2] = {{NULL, 0}, {NULL, 0}};

  (void)state;
  open_near();
  empty[0] = uv_buf_init(big, 0);
  empty[1] = uv_buf_init(big, 0);
  assert_int_equal(write_at(0, empty, 1), 0);
  assert_int_equal(write_at(1, empty, 2), 0);
  assert_int_equal(uv_try_write(stream(&near), empty, 2), 0);
  run_turns(2);
  assert_int_equal(written, 2);
  assert_int_equal(last_status, 0);
  close_near();
}

static void test_write_that_does_not_fit_is_queued(void** state) {
  uv_buf_t buf = uv_buf_init(big, BIG);

  (void)state;
  open_near();
  assert_int_equal(write_at(0, &buf, 1), 0);
  assert_true(near.write_queue_size > 0);
  assert_true(near.write_queue_size < BIG);
  assert_int_equal(near.write_queue_size,
                   uv_stream_get_write_queue_size(stream(&near)));
  run_turns(2);
  assert_int_equal(written, 0);
  receive(BIG, BIG);
  run_until(&written);
  assert_int_equal(near.write_queue_size, 0);
  assert_memory_equal(big, back, BIG);
  close_near();
}

static void test_queue_size_is_what_the_peer_has_not_got(void** state) {
  uv_buf_t buf = uv_buf_init(big, BIG);
  size_t taken;
  ssize_t count;

  (void)state;
  open_near();
  assert_int_equal(write_at(0, &buf, 1), 0);
  taken = BIG - near.write_queue_size;
  count = recv(far, back, sizeof(back), 0);
  assert_true(count > 0 && (size_t)count <= taken);
  for (size_t got = (size_t)count; got < taken; got += (size_t)count) {
    count = recv(far, back, taken - got, 0);
    assert_true(count > 0);
  }
  assert_int_equal(recv(far, back, 1, MSG_DONTWAIT), -1);
  close_near();
}

static void test_array_of_buffers_may_go_after_the_call(void** state) {
  uv_buf_t array[8];

  (void)state;
  open_near();
  for (size_t i = 0; i < COUNT_OF(array); i++)
    array[i] = uv_buf_init(big + i * (BIG / 8), BIG / 8);
  assert_int_equal(write_at(0, array, COUNT_OF(array)), 0);
  memset(array, 0xff, sizeof(array));
  receive(BIG, 100000);
  run_until(&written);
  assert_memory_equal(big, back, BIG);
  close_near();
}

static void test_any_number_of_buffers_is_written_in_order(void** state) {
  static const unsigned counts[] = {1, 2, 3, 4, 5, 1023, 1024, 1025, MANY};
  size_t total = 0;

  (void)state;
  open_near();
  for (int i = 0; i < MANY; i++)
    bufs[i] = uv_buf_init(big + i, 1);
  for (size_t i = 0; i < COUNT_OF(counts); i++) {
    assert_int_equal(write_at((int)i, bufs, counts[i]), 0);
    receive(counts[i], BIG);
    assert_memory_equal(big, back, counts[i]);
    total += counts[i];
  }
  run_turns(2);
  assert_int_equal(written, COUNT_OF(counts));
  assert_true(total > 0);
  close_near();
}

static void test_many_small_writes_arrive_in_order(void** state) {
  uv_buf_t first = uv_buf_init(big, BIG / 2);

  (void)state;
  open_near();
  assert_int_equal(write_at(0, &first, 1), 0);
  for (int i = 1; i < TINY_WRITES; i++) {
    uv_buf_t buf = uv_buf_init(big + BIG / 2 + i - 1, 1);
    assert_int_equal(write_at(i, &buf, 1), 0);
  }
  receive(BIG / 2 + TINY_WRITES - 1, 65536);
  for (int turn = 0; written < TINY_WRITES && turn < TURNS_MOST; turn++)
    uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(written, TINY_WRITES);
  assert_memory_equal(big, back, BIG / 2 + TINY_WRITES - 1);
  close_near();
}

static void test_empty_write_in_the_queue_keeps_its_place(void** state) {
  uv_buf_t large = uv_buf_init(big, BIG);
  uv_buf_t empty = uv_buf_init(big, 0);
  uv_buf_t small = text("end");

  (void)state;
  open_near();
  assert_int_equal(write_told(0, &large, 1), 0);
  assert_int_equal(write_told(1, &empty, 1), 0);
  assert_int_equal(write_told(2, &small, 1), 0);
  run_turns(1);
  assert_told("");
  receive(BIG + 3, BIG);
  run_turns(2);
  assert_told("write1 0, write2 0, write3 0");
  close_near();
}

static void write_again(uv_write_t* req, int status) {
  uv_buf_t buf = text("again");

  assert_int_equal(status, 0);
  if (++written < 10)
    assert_int_equal(uv_write(req, stream(&near), &buf, 1, write_again), 0);
}

static void test_request_can_be_used_again_in_its_callback(void** state) {
  uv_buf_t buf = text("again");

  (void)state;
  open_near();
  assert_int_equal(uv_write(&reqs[0], stream(&near), &buf, 1, write_again), 0);
  run_turns(1);
  assert_true(written >= 1 && written < 10); /* others have their turn */
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(written, 10);
  close_near();
}

static void close_stream(uv_write_t* req, int status) {
  told_write(req, status);
  if (!uv_is_closing(handle(req->handle)))
    uv_close(handle(req->handle), told_close);
}

static void test_stream_may_be_closed_in_a_write_callback(void** state) {
  uv_buf_t small = text("x");
  uv_buf_t large = uv_buf_init(big, BIG);

  (void)state;
  open_near();
  assert_int_equal(uv_write(&reqs[0], stream(&near), &small, 1, close_stream),
                   0);
  assert_int_equal(uv_write(&reqs[1], stream(&near), &small, 1, close_stream),
                   0);
  assert_int_equal(uv_write(&reqs[2], stream(&near), &large, 1, close_stream),
                   0);
  run_turns(2);
  assert_told("write1 0, write2 0, write3 ECANCELED, close");
  assert_int_equal(near.write_queue_size, 0);
  close_near();
}

/* More than 2 GB: no system call takes it, and no int holds its size. */
static void test_write_of_more_than_an_int_counts_right(void** state) {
  size_t size = ((size_t)3 << 30) + 12345;
  char* zeros = mmap(NULL, size, PROT_READ,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  uv_buf_t array[2];
  ssize_t got = 0;
  size_t left;

  (void)state;
  if (zeros == MAP_FAILED)
    gy_test_skip("no room for 3 GB of addresses");
  open_near();
  array[0].base = zeros;
  array[0].len = size;
  array[1] = text("end");
  assert_true(uv_try_write(stream(&near), array, 1) > 0);
  assert_int_equal(write_told(0, array, 2), 0);
  left = near.write_queue_size;
  assert_true(left > (size_t)2 << 30);
  for (int turn = 0; turn < 100; turn++) {
    ssize_t count = recv(far, back, sizeof(back), MSG_DONTWAIT);
    got += count > 0 ? count : 0;
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  assert_true(got > 0);
  assert_true(near.write_queue_size < left);
  uv_close(handle(&near), told_close);
  run_turns(1);
  assert_told("write1 ECANCELED, close");
  assert_int_equal(near.write_queue_size, 0);
  close_near();
  munmap(zeros, size);
}

/* ---- try_write -------------------------------------------------------------
 */

static void test_try_write_tells_how_much_was_taken(void** state) {
  uv_buf_t two[2];
  uv_buf_t large = uv_buf_init(big, BIG);
  int count;

  (void)state;
  open_near();
  two[0] = text("hello ");
  two[1] = text("world");
  assert_int_equal(uv_try_write(stream(&near), two, 2), 11);
  assert_arrived(far, "hello world");
  count = uv_try_write(stream(&near), &large, 1);
  assert_true(count > 0 && count < BIG);
  assert_int_equal(uv_try_write(stream(&near), two, 2), UV_EAGAIN);
  assert_int_equal(near.write_queue_size, 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  close_near();
}

static void test_try_write_does_not_overtake_the_queue(void** state) {
  uv_buf_t large = uv_buf_init(big, BIG);
  uv_buf_t small = text("x");

  (void)state;
  open_near();
  assert_int_equal(write_at(0, &large, 1), 0);
  assert_int_equal(uv_try_write(stream(&near), &small, 1), UV_EAGAIN);
  assert_true(recv(far, back, sizeof(back), 0) > 0);
  assert_int_equal(uv_try_write(stream(&near), &small, 1), UV_EAGAIN);
  close_near();
}

static void test_try_write_of_too_many_buffers_writes_the_first(void** state) {
  int count;

  (void)state;
  open_near();
  for (int i = 0; i < MANY; i++)
    bufs[i] = uv_buf_init(big + i, 1);
  count = uv_try_write(stream(&near), bufs, MANY);
  assert_true(count > 0 && count <= MANY);
  assert_int_equal(recv(far, back, sizeof(back), 0), count);
  assert_memory_equal(big, back, (size_t)count);
  close_near();
}

/* ---- errors ----------------------------------------------------------------
 */

static void count_signal(int signum) {
  (void)signum;
  tell("SIGPIPE");
}

static void test_write_to_a_peer_that_is_gone_is_an_error_and_no_signal(
    void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_near();
  signal(SIGPIPE, count_signal);
  close(far);
  assert_int_equal(write_told(0, &buf, 1), 0);
  assert_int_equal(near.write_queue_size, 5); /* until it is told */
  assert_int_equal(write_told(1, &buf, 1), 0);
  run_turns(2);
  assert_told("write1 EPIPE, write2 EPIPE");
  assert_int_equal(near.write_queue_size, 0);
  assert_int_equal(uv_try_write(stream(&near), &buf, 1), UV_EPIPE);
  assert_told("");
  gy_test_close_loop(&loop);
}

static void test_queue_fails_when_the_peer_goes(void** state) {
  uv_buf_t large = uv_buf_init(big, BIG);
  uv_buf_t small = text("hello");

  (void)state;
  open_near();
  signal(SIGPIPE, count_signal);
  assert_int_equal(write_told(0, &large, 1), 0);
  assert_int_equal(write_told(1, &small, 1), 0);
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&near), told_shutdown), 0);
  close(far);
  run_turns(3);
  assert_told("write1 EPIPE, write2 EPIPE, shutdown 0");
  assert_int_equal(near.write_queue_size, 0);
  gy_test_close_loop(&loop);
}

static void test_write_with_a_handle_needs_a_pipe_between_processes(
    void** state) {
  uv_buf_t buf = text("hello");

  (void)state;
  open_near();
  assert_int_equal(
      uv_write2(&reqs[0], stream(&near), &buf, 1, stream(&near), told_write),
      UV_EINVAL);
  assert_int_equal(
      uv_write2(&reqs[0], stream(&near), &buf, 1, NULL, told_write), 0);
  run_turns(1);
  assert_told("write1 0");
  close_near();
}

/* ---- cancel ----------------------------------------------------------------
 */

static void test_queued_write_can_be_cancelled(void** state) {
  uv_buf_t large = uv_buf_init(big, BIG);
  uv_buf_t small = text("hello");

  (void)state;
  open_near();
  assert_int_equal(write_told(0, &large, 1), 0);
  assert_int_equal(write_told(1, &small, 1), 0);
  assert_int_equal(write_told(2, &small, 1), 0);
  if (uv_cancel((uv_req_t*)&reqs[1]) == UV_EINVAL)
    gy_test_skip("this version cancels no writes");
  assert_told("");
  run_turns(1);
  assert_told("write2 ECANCELED");
  receive(BIG + 5, BIG);
  run_turns(1);
  assert_told("write1 0, write3 0");
  assert_memory_equal(back + BIG, "hello", 5);
  assert_int_equal(near.write_queue_size, 0);
  close_near();
}

static void test_cancel_of_a_write_that_has_begun_stops_it(void** state) {
  uv_buf_t large = uv_buf_init(big, BIG);

  (void)state;
  open_near();
  assert_int_equal(write_told(0, &large, 1), 0);
  if (uv_cancel((uv_req_t*)&reqs[0]) == UV_EINVAL)
    gy_test_skip("this version cancels no writes");
  assert_int_equal(uv_shutdown(&shutdown_req, stream(&near), told_shutdown), 0);
  run_turns(2);
  assert_told("write1 ECANCELED, shutdown 0");
  assert_int_equal(near.write_queue_size, 0);
  close_near();
}

static void test_cancel_of_a_write_that_is_done_changes_nothing(void** state) {
  uv_buf_t small = text("hello");

  (void)state;
  open_near();
  assert_int_equal(write_told(0, &small, 1), 0);
  if (uv_cancel((uv_req_t*)&reqs[0]) == UV_EINVAL)
    gy_test_skip("this version cancels no writes");
  run_turns(1);
  assert_told("write1 0");
  close_near();
}

/* ---- blocking --------------------------------------------------------------
 */

static void receive_all(void* arg) {
  size_t total = 0;

  while (total < BIG) {
    ssize_t count = recv(far, back + total, BIG - total, 0);
    if (count <= 0)
      break;
    total += (size_t)count;
  }
  *(size_t*)arg = total;
}

static void test_write_in_blocking_mode_is_whole_when_it_returns(void** state) {
  uv_buf_t large = uv_buf_init(big, BIG);
  uv_thread_t thread;
  size_t total = 0;

  (void)state;
  open_near();
  assert_int_equal(uv_stream_set_blocking(stream(&near), 1), 0);
  assert_int_equal(uv_thread_create(&thread, receive_all, &total), 0);
  assert_int_equal(write_at(0, &large, 1), 0);
  assert_int_equal(near.write_queue_size, 0);
  assert_int_equal(written, 0);
  assert_int_equal(uv_thread_join(&thread), 0);
  assert_int_equal(total, BIG);
  assert_memory_equal(big, back, BIG);
  run_turns(1);
  assert_int_equal(written, 1);
  assert_int_equal(uv_stream_set_blocking(stream(&near), 0), 0);
  close_near();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_write_that_fits_is_done_at_once_and_told_later),
    cmocka_unit_test(test_write_without_a_callback_is_done_too),
    cmocka_unit_test(test_write_of_no_buffers_is_invalid),
    cmocka_unit_test(test_write_of_no_bytes_is_called_back),
    cmocka_unit_test(test_write_that_does_not_fit_is_queued),
    cmocka_unit_test(test_queue_size_is_what_the_peer_has_not_got),
    cmocka_unit_test(test_array_of_buffers_may_go_after_the_call),
    cmocka_unit_test(test_any_number_of_buffers_is_written_in_order),
    cmocka_unit_test(test_many_small_writes_arrive_in_order),
    cmocka_unit_test(test_empty_write_in_the_queue_keeps_its_place),
    cmocka_unit_test(test_request_can_be_used_again_in_its_callback),
    cmocka_unit_test(test_stream_may_be_closed_in_a_write_callback),
    cmocka_unit_test(test_write_of_more_than_an_int_counts_right),
    cmocka_unit_test(test_try_write_tells_how_much_was_taken),
    cmocka_unit_test(test_try_write_does_not_overtake_the_queue),
    cmocka_unit_test(test_try_write_of_too_many_buffers_writes_the_first),
    cmocka_unit_test(
        test_write_to_a_peer_that_is_gone_is_an_error_and_no_signal),
    cmocka_unit_test(test_queue_fails_when_the_peer_goes),
    cmocka_unit_test(test_write_with_a_handle_needs_a_pipe_between_processes),
    cmocka_unit_test(test_queued_write_can_be_cancelled),
    cmocka_unit_test(test_cancel_of_a_write_that_has_begun_stops_it),
    cmocka_unit_test(test_cancel_of_a_write_that_is_done_changes_nothing),
    cmocka_unit_test(test_write_in_blocking_mode_is_whole_when_it_returns),
};

GY_TEST_MAIN(tests)
