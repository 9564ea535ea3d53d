/* inspect.c - the lists of handles that uv_print_*_handles() write. */
#include "support/test.h"

static uv_loop_t loop;

static void timer_nothing(uv_timer_t* timer) {
  (void)timer;
}

static void idle_nothing(uv_idle_t* idle) {
  (void)idle;
}

static void async_nothing(uv_async_t* async) {
  (void)async;
}

typedef void (*print_t)(uv_loop_t* loop, FILE* stream);

/* What |print| writes of |from|, less the lines of handles that the library
 * made for itself. */
static void print_read(print_t print, uv_loop_t* from, char* text,
                       size_t size) {
  FILE* stream = tmpfile();
  char line[128];

  assert_non_null(stream);
  print(from, stream);
  rewind(stream);
  text[0] = '\0';
  while (fgets(line, sizeof(line), stream) != NULL) {
    if (line[3] == 'I')
      continue;
    assert_true(strlen(text) + strlen(line) < size);
    strcat(text, line);
  }
  fclose(stream);
}

/* Append the line that |handle| is to have. */
static void line_add(char* text, size_t size, const char* flags,
                     const char* type, const void* handle) {
  size_t used = strlen(text);

  snprintf(text + used, size - used, "[%s] %-8s %p\n", flags, type, handle);
}

static void test_print_lists_flags_type_and_address_oldest_first(void** state) {
  uv_timer_t fresh, unreferenced, closing;
  uv_idle_t idle;
  uv_async_t async;
  char expected[512] = "";
  char text[512];

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  uv_timer_init(&loop, &fresh);
  uv_timer_init(&loop, &unreferenced);
  uv_timer_start(&unreferenced, timer_nothing, 1000, 0);
  uv_unref((uv_handle_t*)&unreferenced);
  uv_idle_init(&loop, &idle);
  uv_idle_start(&idle, idle_nothing);
  uv_timer_init(&loop, &closing);
  uv_timer_start(&closing, timer_nothing, 1000, 0);
  uv_close((uv_handle_t*)&closing, NULL);
  uv_async_init(&loop, &async, async_nothing);
  uv_unref((uv_handle_t*)&async);

  line_add(expected, sizeof(expected), "R--", "timer", &fresh);
  line_add(expected, sizeof(expected), "-A-", "timer", &unreferenced);
  line_add(expected, sizeof(expected), "RA-", "idle", &idle);
  line_add(expected, sizeof(expected), "R--", "timer", &closing);
  line_add(expected, sizeof(expected), "-A-", "async", &async);
  print_read(uv_print_all_handles, &loop, text, sizeof(text));
  assert_string_equal(text, expected);

  expected[0] = '\0';
  line_add(expected, sizeof(expected), "-A-", "timer", &unreferenced);
  line_add(expected, sizeof(expected), "RA-", "idle", &idle);
  line_add(expected, sizeof(expected), "-A-", "async", &async);
  print_read(uv_print_active_handles, &loop, text, sizeof(text));
  assert_string_equal(text, expected);
  gy_test_close_loop(&loop);
}

static void test_print_of_a_loop_without_handles_is_empty(void** state) {
  char text[512];

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  print_read(uv_print_all_handles, &loop, text, sizeof(text));
  assert_string_equal(text, "");
  print_read(uv_print_active_handles, &loop, text, sizeof(text));
  assert_string_equal(text, "");
  gy_test_close_loop(&loop);
}

static void test_print_of_no_loop_is_that_of_the_default_loop(void** state) {
  uv_timer_t timer;
  char expected[128] = "";
  char text[128];

  (void)state;
  uv_timer_init(uv_default_loop(), &timer);
  line_add(expected, sizeof(expected), "R--", "timer", &timer);
  print_read(uv_print_all_handles, NULL, text, sizeof(text));
  assert_string_equal(text, expected);
  gy_test_close_loop(uv_default_loop());
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_print_lists_flags_type_and_address_oldest_first),
    cmocka_unit_test(test_print_of_a_loop_without_handles_is_empty),
    cmocka_unit_test(test_print_of_no_loop_is_that_of_the_default_loop),
};

GY_TEST_MAIN(tests)
