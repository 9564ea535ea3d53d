/* misc-core.c - tests of what needs no loop to run: the version, the allocator,
 * sizes, names of types, buffers, and the functions that read and write the
 * fields of structs for those who cannot see them.
 */
#include "support/test.h"

#include <errno.h>
#include <stdatomic.h>

enum {
  MANY = 1000,       /* handles, to make growing structures grow */
  HEAD = 16,         /* bytes in front of each block, keeps the alignment */
  MARK = 0x67797265, /* at the start of a block that is in use */
  FAILURES = 16      /* the failing allocations that are tried in turn */
};

/* From here on, what libuv 1.44 answers with an abort is an error. */
#define NO_MEMORY_IS_TOLD_SINCE 0x013400u

static atomic_int live_count;  /* blocks allocated and not yet freed */
static atomic_int alloc_count; /* blocks ever allocated */
static atomic_int alien_count; /* blocks freed that never came from here */
static atomic_int fail_at;     /* the one of alloc_count to fail; 0: none */

static void* block_allocate(size_t size) {
  int number = atomic_fetch_add(&alloc_count, 1) + 1;
  uint32_t* block;

  if (number == atomic_load(&fail_at))
    return NULL;
  block = malloc(size + HEAD);
  if (block == NULL)
    return NULL;
  *block = MARK;
  atomic_fetch_add(&live_count, 1);
  return (char*)block + HEAD;
}

static void* block_allocate_zeroed(size_t count, size_t size) {
  void* block = block_allocate(count * size);

  if (block != NULL)
    memset(block, 0, count * size);
  return block;
}

static void block_free(void* memory) {
  uint32_t* block;

  if (memory == NULL)
    return;
  block = (void*)((char*)memory - HEAD);
  if (*block != MARK)
    atomic_fetch_add(&alien_count, 1);
  *block = 0;
  atomic_fetch_sub(&live_count, 1);
  free(block);
}

static void* block_resize(void* memory, size_t size) {
  uint32_t* block;

  if (memory == NULL)
    return block_allocate(size);
  block = (void*)((char*)memory - HEAD);
  if (*block != MARK)
    atomic_fetch_add(&alien_count, 1);
  if (atomic_fetch_add(&alloc_count, 1) + 1 == atomic_load(&fail_at))
    return NULL;
  block = realloc(block, size + HEAD);
  return block == NULL ? NULL : (char*)block + HEAD;
}

static void count_allocations(void) {
  assert_int_equal(uv_replace_allocator(block_allocate, block_resize,
                                        block_allocate_zeroed, block_free),
                   0);
}

static void test_version_is_one_number_in_every_form(void** state) {
  char text[32];
  unsigned version = uv_version();

  (void)state;
  assert_int_equal(version >> 16, UV_VERSION_MAJOR);
  assert_int_equal(version >> 8 & 0xff, UV_VERSION_MINOR);
  assert_int_equal(version >> 8, UV_VERSION_HEX >> 8);
  snprintf(text, sizeof(text), "%u.%u.%u", version >> 16, version >> 8 & 0xff,
           version & 0xff);
  /* What is no release may say so behind the number. */
  assert_int_equal(strncmp(uv_version_string(), text, strlen(text)), 0);
  assert_null(strpbrk(uv_version_string() + strlen(text), "0123456789"));
}

static void test_allocator_lacking_a_function_is_invalid_and_not_used(
    void** state) {
  uv_loop_t loop;

  (void)state;
  assert_int_equal(uv_replace_allocator(NULL, block_resize,
                                        block_allocate_zeroed, block_free),
                   UV_EINVAL);
  assert_int_equal(uv_replace_allocator(block_allocate, NULL,
                                        block_allocate_zeroed, block_free),
                   UV_EINVAL);
  assert_int_equal(
      uv_replace_allocator(block_allocate, block_resize, NULL, block_free),
      UV_EINVAL);
  assert_int_equal(uv_replace_allocator(block_allocate, block_resize,
                                        block_allocate_zeroed, NULL),
                   UV_EINVAL);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(atomic_load(&alloc_count), 0);
  assert_int_equal(atomic_load(&alien_count), 0);
}

static void do_nothing(uv_timer_t* timer) {
  (void)timer; /* its memory is what is tested */
}

static void work_nothing(uv_work_t* req) {
  (void)req; /* its memory is what is tested */
}

static void close_handle(uv_handle_t* handle) {
  uv_close(handle, NULL);
}

static void use_a_loop_a_lot(void) {
  static uv_timer_t timers[MANY];
  static uv_async_t asyncs[MANY];
  static uv_work_t works[MANY];
  uv_loop_t loop;

  assert_int_equal(uv_loop_init(&loop), 0);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(uv_timer_init(&loop, &timers[i]), 0);
    assert_int_equal(uv_timer_start(&timers[i], do_nothing, (uint64_t)i % 3, 0),
                     0);
    assert_int_equal(uv_async_init(&loop, &asyncs[i], NULL), 0);
    assert_int_equal(uv_async_send(&asyncs[i]), 0);
    assert_int_equal(uv_queue_work(&loop, &works[i], work_nothing, NULL), 0);
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  for (int i = 0; i < MANY; i++) {
    close_handle((uv_handle_t*)&timers[i]);
    close_handle((uv_handle_t*)&asyncs[i]);
  }
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_nothing_is_left_after_loop_close_and_shutdown(void** state) {
  (void)state;
  count_allocations();
  use_a_loop_a_lot();
  assert_true(atomic_load(&alloc_count) > 0);
  uv_library_shutdown();
  assert_int_equal(atomic_load(&live_count), 0);
  assert_int_equal(atomic_load(&alien_count), 0);
}

static void test_each_loop_gives_back_what_it_took(void** state) {
  int before;

  (void)state;
  /* A larger pool might start a thread later, and keep a block for it. */
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "1", 1), 0);
  count_allocations();
  use_a_loop_a_lot();
  before = atomic_load(&live_count); /* what the pool keeps */
  for (int i = 0; i < 3; i++) {
    use_a_loop_a_lot();
    assert_int_equal(atomic_load(&live_count), before);
  }
  uv_library_shutdown();
  assert_int_equal(atomic_load(&live_count), 0);
}

static void test_default_loop_gives_back_what_it_took(void** state) {
  uv_loop_t* loop;

  (void)state;
  count_allocations();
  loop = uv_default_loop();
  assert_non_null(loop);
  assert_ptr_equal(uv_default_loop(), loop);
  assert_int_equal(uv_loop_close(loop), 0);
  assert_int_equal(atomic_load(&live_count), 0);
  uv_library_shutdown();
  assert_int_equal(atomic_load(&live_count), 0);
}

static void test_loop_init_without_memory_is_enomem_and_leaves_nothing(
    void** state) {
  int refused_count = 0;

  (void)state;
  if (uv_version() < NO_MEMORY_IS_TOLD_SINCE)
    gy_test_skip("this library aborts without memory");
  count_allocations();
  for (int i = 1; i <= FAILURES; i++) {
    uv_loop_t loop;
    int err;

    atomic_store(&alloc_count, 0);
    atomic_store(&fail_at, i);
    err = uv_loop_init(&loop);
    atomic_store(&fail_at, 0);
    if (err == 0) {
      assert_int_equal(uv_loop_close(&loop), 0);
    } else {
      assert_int_equal(err, UV_ENOMEM);
      refused_count++;
    }
    assert_int_equal(atomic_load(&live_count), 0);
  }
  /* Else there are allocations that were not tried. */
  assert_in_range(refused_count, 0, FAILURES - 1);
  uv_library_shutdown();
}

static void test_shutdown_of_an_unused_library_does_nothing(void** state) {
  (void)state;
  uv_library_shutdown();
}

#define HANDLE_SIZE(name, type)                                       \
  assert_int_equal(uv_handle_size(UV_##name), sizeof(uv_##type##_t)); \
  assert_string_equal(uv_handle_type_name(UV_##name), #type);

static void test_every_handle_type_has_its_size_and_name(void** state) {
  (void)state;
  UV_HANDLE_TYPE_MAP(HANDLE_SIZE)
  assert_string_equal(uv_handle_type_name(UV_FILE), "file");
}

#define REQ_SIZE(name, type)                                       \
  assert_int_equal(uv_req_size(UV_##name), sizeof(uv_##type##_t)); \
  assert_string_equal(uv_req_type_name(UV_##name), #type);

static void test_every_request_type_has_its_size_and_name(void** state) {
  (void)state;
  UV_REQ_TYPE_MAP(REQ_SIZE)
}

static void test_what_is_no_handle_has_no_size_and_no_name(void** state) {
  static const int none[] = {UV_UNKNOWN_HANDLE, UV_HANDLE_TYPE_MAX,
                             UV_HANDLE_TYPE_MAX + 1, -1, 1000};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(none); i++) {
    uv_handle_type type = (uv_handle_type)none[i];
    assert_true(uv_handle_size(type) == (size_t)-1);
    assert_null(uv_handle_type_name(type));
  }
  /* A kind of descriptor, with no struct. */
  assert_true(uv_handle_size(UV_FILE) == (size_t)-1);
}

static void test_what_is_no_request_has_no_size_and_no_name(void** state) {
  static const int none[] = {UV_UNKNOWN_REQ, UV_REQ_TYPE_MAX,
                             UV_REQ_TYPE_MAX + 1, -1, 1000};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(none); i++) {
    uv_req_type type = (uv_req_type)none[i];
    assert_true(uv_req_size(type) == (size_t)-1);
    assert_null(uv_req_type_name(type));
  }
}

static void test_loop_size_is_that_of_the_struct(void** state) {
  (void)state;
  assert_int_equal(uv_loop_size(), sizeof(uv_loop_t));
}

static void test_buffer_holds_what_it_was_made_of(void** state) {
  char bytes[4];
  uv_buf_t buf = uv_buf_init(bytes, sizeof(bytes));

  (void)state;
  assert_ptr_equal(buf.base, bytes);
  assert_int_equal(buf.len, sizeof(bytes));
  buf = uv_buf_init(NULL, 0);
  assert_null(buf.base);
  assert_int_equal(buf.len, 0);
  buf = uv_buf_init(bytes, UINT32_MAX);
  assert_int_equal(buf.len, UINT32_MAX);
}

static void test_handle_fields_can_be_read_and_written(void** state) {
  union uv_any_handle any;
  uv_loop_t loop;
  int mine = 0;

  (void)state;
  memset(&any, 0, sizeof(any));
  any.handle.type = UV_TIMER;
  any.handle.loop = &loop;
  any.handle.data = &mine;
  assert_int_equal(uv_handle_get_type(&any.handle), UV_TIMER);
  assert_ptr_equal(uv_handle_get_loop(&any.handle), &loop);
  assert_ptr_equal(uv_handle_get_data(&any.handle), &mine);
  uv_handle_set_data(&any.handle, &any);
  assert_ptr_equal(any.handle.data, &any);
  assert_ptr_equal(any.timer.data, &any);
  assert_ptr_equal(uv_handle_get_data(&any.handle), &any);
}

static void test_request_fields_can_be_read_and_written(void** state) {
  union uv_any_req any;
  int mine = 0;

  (void)state;
  memset(&any, 0, sizeof(any));
  any.req.type = UV_CONNECT;
  any.req.data = &mine;
  assert_int_equal(uv_req_get_type(&any.req), UV_CONNECT);
  assert_ptr_equal(uv_req_get_data(&any.req), &mine);
  uv_req_set_data(&any.req, &any);
  assert_ptr_equal(any.connect.data, &any);
  assert_ptr_equal(uv_req_get_data(&any.req), &any);
}

static void test_loop_data_is_the_users_from_init_to_close(void** state) {
  uv_loop_t loop;
  int mine = 0;

  (void)state;
  loop.data = &mine;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_ptr_equal(uv_loop_get_data(&loop), &mine);
  uv_loop_set_data(&loop, &loop);
  assert_ptr_equal(loop.data, &loop);
  assert_ptr_equal(uv_loop_get_data(&loop), &loop);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_ptr_equal(loop.data, &loop);
}

static void test_queues_and_pid_can_be_read(void** state) {
  union uv_any_handle any;

  (void)state;
  memset(&any, 0, sizeof(any));
  any.stream.write_queue_size = 123456;
  assert_int_equal(uv_stream_get_write_queue_size(&any.stream), 123456);
  memset(&any, 0, sizeof(any));
  any.udp.send_queue_size = 4567;
  any.udp.send_queue_count = 89;
  assert_int_equal(uv_udp_get_send_queue_size(&any.udp), 4567);
  assert_int_equal(uv_udp_get_send_queue_count(&any.udp), 89);
  memset(&any, 0, sizeof(any));
  any.process.pid = 4711;
  assert_int_equal(uv_process_get_pid(&any.process), 4711);
}

static void test_file_request_fields_can_be_read(void** state) {
  static const char path[] = "some/where";
  uv_fs_t req;

  (void)state;
  memset(&req, 0, sizeof(req));
  req.fs_type = UV_FS_STAT;
  req.result = 42;
  req.ptr = &req;
  req.path = path;
  req.statbuf.st_size = 77;
  assert_int_equal(uv_fs_get_type(&req), UV_FS_STAT);
  assert_int_equal(uv_fs_get_result(&req), 42);
  assert_ptr_equal(uv_fs_get_ptr(&req), &req);
  assert_ptr_equal(uv_fs_get_path(&req), path);
  assert_ptr_equal(uv_fs_get_statbuf(&req), &req.statbuf);
  assert_int_equal(uv_fs_get_statbuf(&req)->st_size, 77);
}

static void test_system_error_of_a_file_request_is_errno(void** state) {
  uv_fs_t req;

  (void)state;
  if (UV_ENOENT != -ENOENT)
    gy_test_skip("the system's errors are no errno here");
  memset(&req, 0, sizeof(req));
  assert_int_equal(uv_fs_get_system_error(&req), 0);
  req.result = UV_ENOENT;
  assert_int_equal(uv_fs_get_system_error(&req), -UV_ENOENT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_version_is_one_number_in_every_form),
    cmocka_unit_test(test_allocator_lacking_a_function_is_invalid_and_not_used),
    cmocka_unit_test(test_nothing_is_left_after_loop_close_and_shutdown),
    cmocka_unit_test(test_each_loop_gives_back_what_it_took),
    cmocka_unit_test(test_default_loop_gives_back_what_it_took),
    cmocka_unit_test(
        test_loop_init_without_memory_is_enomem_and_leaves_nothing),
    cmocka_unit_test(test_shutdown_of_an_unused_library_does_nothing),
    cmocka_unit_test(test_every_handle_type_has_its_size_and_name),
    cmocka_unit_test(test_every_request_type_has_its_size_and_name),
    cmocka_unit_test(test_what_is_no_handle_has_no_size_and_no_name),
    cmocka_unit_test(test_what_is_no_request_has_no_size_and_no_name),
    cmocka_unit_test(test_loop_size_is_that_of_the_struct),
    cmocka_unit_test(test_buffer_holds_what_it_was_made_of),
    cmocka_unit_test(test_handle_fields_can_be_read_and_written),
    cmocka_unit_test(test_request_fields_can_be_read_and_written),
    cmocka_unit_test(test_loop_data_is_the_users_from_init_to_close),
    cmocka_unit_test(test_queues_and_pid_can_be_read),
    cmocka_unit_test(test_file_request_fields_can_be_read),
    cmocka_unit_test(test_system_error_of_a_file_request_is_errno),
};

GY_TEST_MAIN(tests)
