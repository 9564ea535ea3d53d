/* random.c - tests of uv_random(). */
#include "support/test.h"

enum {
  LARGE = 1 << 20, /* more than the kernel gives without a chance to stop */
  TOO_MUCH = 0x7fffffff,
  REQUESTS = 40
};

static uv_loop_t loop;
static int calls;

static void begin(void) {
  calls = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
}

/* Bytes that nobody wrote are 0; of 64 random ones, that is so once in 2^512
 * times. */
static int is_filled(const unsigned char* bytes, size_t size) {
  int any = 0;

  for (size_t i = 0; i < size; i++) {
    any |= bytes[i];
    if ((i + 1) % 64 == 0) {
      if (any == 0) {
        return 0;
      }
      any = 0;
    }
  }
  return 1;
}

static void test_random_bytes_come_at_once_without_a_callback(void** state) {
  unsigned char* bytes = calloc(1, LARGE);

  (void)state;
  assert_non_null(bytes);
  assert_int_equal(uv_random(NULL, NULL, bytes, LARGE, 0, NULL), 0);
  assert_true(is_filled(bytes, LARGE));
  free(bytes);
}

static void test_no_byte_beyond_the_end_is_written(void** state) {
  (void)state;
  for (size_t size = 0; size <= 300; size++) {
    unsigned char bytes[302];
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(uv_random(NULL, NULL, bytes, size, 0, NULL), 0);
    assert_int_equal(bytes[size], 0);
    assert_int_equal(bytes[size + 1], 0);
  }
}

static void test_two_wishes_are_not_fulfilled_alike(void** state) {
  unsigned char first[64];
  unsigned char second[64];

  (void)state;
  assert_int_equal(uv_random(NULL, NULL, first, sizeof(first), 0, NULL), 0);
  assert_int_equal(uv_random(NULL, NULL, second, sizeof(second), 0, NULL), 0);
  assert_true(memcmp(first, second, sizeof(first)) != 0);
}

static void check_and_count(uv_random_t* req, int status, void* buf,
                            size_t buflen) {
  assert_int_equal(status, 0);
  assert_ptr_equal(req->loop, &loop);
  assert_ptr_equal(buf, req->data);
  assert_int_equal(buflen, 640);
  assert_true(is_filled(buf, buflen));
  calls++;
}

static void test_random_bytes_come_to_the_callback(void** state) {
  static unsigned char bytes[REQUESTS][640];
  static uv_random_t reqs[REQUESTS];

  (void)state;
  begin();
  for (size_t i = 0; i < REQUESTS; i++) {
    reqs[i].data = bytes[i];
    assert_int_equal(uv_random(&loop, &reqs[i], bytes[i], sizeof(bytes[i]), 0,
                               check_and_count),
                     0);
    assert_int_equal(uv_req_get_type((uv_req_t*)&reqs[i]), UV_RANDOM);
  }
  assert_int_equal(calls, 0);
  assert_int_equal(uv_loop_alive(&loop), 1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, REQUESTS);
  gy_test_close_loop(&loop);
}

static void count_nothing(uv_random_t* req, int status, void* buf,
                          size_t buflen) {
  (void)req;
  assert_int_equal(status, 0);
  assert_null(buf);
  assert_int_equal(buflen, 0);
  calls++;
}

static void test_nothing_may_be_wished_for(void** state) {
  uv_random_t req;

  (void)state;
  begin();
  assert_int_equal(uv_random(NULL, NULL, NULL, 0, 0, NULL), 0);
  assert_int_equal(uv_random(&loop, &req, NULL, 0, 0, count_nothing), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  gy_test_close_loop(&loop);
}

/* ---- cancelling ---------------------------------------------------------- */

static uv_sem_t gate;

static void wait_at_gate(uv_work_t* req) {
  (void)req;
  uv_sem_wait(&gate);
}

static void expect_cancelled(uv_random_t* req, int status, void* buf,
                             size_t buflen) {
  assert_int_equal(status, UV_ECANCELED);
  assert_ptr_equal(buf, req->data);
  assert_int_equal(buflen, 64);
  calls++;
}

static void test_a_wish_behind_busy_threads_can_be_cancelled(void** state) {
  uv_work_t busy[4];
  uv_random_t req;
  unsigned char bytes[64];

  (void)state;
  begin();
  assert_int_equal(uv_sem_init(&gate, 0), 0);
  for (size_t i = 0; i < COUNT_OF(busy); i++) {
    assert_int_equal(uv_queue_work(&loop, &busy[i], wait_at_gate, NULL), 0);
  }
  req.data = bytes;
  assert_int_equal(
      uv_random(&loop, &req, bytes, sizeof(bytes), 0, expect_cancelled), 0);
  assert_int_equal(uv_cancel((uv_req_t*)&req), 0);
  for (size_t i = 0; i < COUNT_OF(busy); i++) {
    uv_sem_post(&gate);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 1);
  uv_sem_destroy(&gate);
  gy_test_close_loop(&loop);
}

/* ---- wrong wishes -------------------------------------------------------- */

static void never_called(uv_random_t* req, int status, void* buf,
                         size_t buflen) {
  (void)req;
  (void)status;
  (void)buf;
  (void)buflen;
  calls++;
}

static void test_wrong_wishes_are_refused(void** state) {
  unsigned char bytes[4];
  uv_random_t req;

  (void)state;
  begin();
  for (int i = 0; i < 2; i++) {
    uv_random_cb cb = i == 0 ? NULL : never_called;
    assert_int_equal(uv_random(&loop, &req, bytes, 4, 1, cb), UV_EINVAL);
    assert_int_equal(uv_random(&loop, &req, bytes, 4, ~0u, cb), UV_EINVAL);
    assert_int_equal(uv_random(&loop, &req, NULL, 4, 0, cb), UV_EINVAL);
    assert_int_equal(uv_random(&loop, &req, bytes, (size_t)TOO_MUCH + 1, 0, cb),
                     UV_E2BIG);
    assert_int_equal(uv_random(&loop, &req, bytes, SIZE_MAX, 0, cb), UV_E2BIG);
    assert_int_equal(uv_random(&loop, &req, bytes, (size_t)TOO_MUCH + 1, 1, cb),
                     UV_E2BIG);
  }
  assert_int_equal(uv_random(NULL, &req, bytes, 4, 0, never_called), UV_EINVAL);
  assert_int_equal(uv_random(&loop, NULL, bytes, 4, 0, never_called),
                   UV_EINVAL);
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(calls, 0);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_random_bytes_come_at_once_without_a_callback),
    cmocka_unit_test(test_no_byte_beyond_the_end_is_written),
    cmocka_unit_test(test_two_wishes_are_not_fulfilled_alike),
    cmocka_unit_test(test_random_bytes_come_to_the_callback),
    cmocka_unit_test(test_nothing_may_be_wished_for),
    cmocka_unit_test(test_a_wish_behind_busy_threads_can_be_cancelled),
    cmocka_unit_test(test_wrong_wishes_are_refused),
};

GY_TEST_MAIN(tests)
