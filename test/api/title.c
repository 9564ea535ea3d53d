/* title.c - tests of the title of a process.
 *
 * The arguments of a test are those of its own process, of which only one may
 * be set up: each test is one. */
#include "support/test.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  ROOM = 512,
  ROUNDS = 20000
};

/* What ps(1) would show: the bytes of the arguments. How many, or 0 when that
 * is not told here. */
static size_t read_arguments(char* bytes, size_t size) {
  FILE* file = fopen("/proc/self/cmdline", "rb");
  size_t length;

  if (file == NULL) {
    return 0;
  }
  length = fread(bytes, 1, size, file);
  assert_int_equal(fclose(file), 0);
  return length;
}

/* Arguments as a kernel lays them down, in memory of our own. */
static char memory[] = "program\0first\0the second";
static char* arguments[] = {memory, memory + 8, memory + 14, NULL};

static char** setup(void) {
  return uv_setup_args(3, arguments);
}

static void expect_title(const char* title) {
  char buffer[ROOM];
  size_t length = strlen(title);

  memset(buffer, '#', sizeof(buffer));
  assert_int_equal(uv_get_process_title(buffer, length + 1), 0);
  assert_string_equal(buffer, title);
  assert_int_equal(buffer[length + 1], '#');
  if (length > 0) {
    buffer[0] = '#';
    assert_int_equal(uv_get_process_title(buffer, length), UV_ENOBUFS);
    assert_int_equal(buffer[0], '#');
  }
}

static void test_without_the_arguments_there_is_no_title(void** state) {
  char buffer[ROOM] = "x";

  (void)state;
  assert_int_equal(uv_get_process_title(buffer, sizeof(buffer)), UV_ENOBUFS);
  assert_int_equal(uv_set_process_title("title"), UV_ENOBUFS);
  assert_string_equal(buffer, "x");
}

static void test_no_arguments_are_given_back(void** state) {
  char* none[] = {NULL};
  char buffer[ROOM];

  (void)state;
  assert_ptr_equal(uv_setup_args(0, none), none);
  assert_ptr_equal(uv_setup_args(-1, none), none);
  assert_null(uv_setup_args(1, NULL));
  assert_int_equal(uv_get_process_title(buffer, sizeof(buffer)), UV_ENOBUFS);
}

static void test_the_program_goes_on_with_a_copy(void** state) {
  char** copy = setup();

  (void)state;
  assert_ptr_not_equal(copy, arguments);
  assert_string_equal(copy[0], "program");
  assert_string_equal(copy[1], "first");
  assert_string_equal(copy[2], "the second");
  assert_null(copy[3]);
  assert_int_equal(uv_set_process_title("another and quite long"), 0);
  assert_string_equal(copy[0], "program");
  assert_string_equal(copy[1], "first");
  assert_string_equal(copy[2], "the second");
}

static void test_the_first_title_is_the_name_of_the_program(void** state) {
  (void)state;
  (void)setup();
  expect_title("program");
}

static void test_a_title_is_as_it_was_set(void** state) {
  char title[] = "some title";

  (void)state;
  (void)setup();
  assert_int_equal(uv_set_process_title(title), 0);
  memset(title, '#', sizeof(title) - 1);
  expect_title("some title");
  assert_int_equal(uv_set_process_title(""), 0);
  expect_title("");
  assert_int_equal(uv_set_process_title("x"), 0);
  expect_title("x");
}

static void test_a_title_is_cut_to_the_room_of_the_arguments(void** state) {
  static const char cut[] = "012345678901234567890123";

  (void)state;
  assert_int_equal(sizeof(cut), sizeof(memory));
  (void)setup();
  assert_int_equal(
      uv_set_process_title("0123456789012345678901234567890123456789"), 0);
  expect_title(cut);
  assert_memory_equal(memory, cut, sizeof(memory));
}

static void test_a_shorter_title_leaves_nothing_of_a_longer_one(void** state) {
  static const char rest[sizeof(memory)];

  (void)state;
  (void)setup();
  assert_int_equal(uv_set_process_title("quite a long title, this"), 0);
  assert_int_equal(uv_set_process_title("ab"), 0);
  assert_memory_equal(memory, "ab", 3);
  assert_memory_equal(memory + 2, rest, sizeof(memory) - 2);
}

/* Arguments that were exchanged for others leave the room of those before. */
static void test_room_ends_where_the_arguments_are_not_in_a_row(void** state) {
  char other[] = "elsewhere";
  char* changed[] = {memory, memory + 8, other, NULL};

  (void)state;
  (void)uv_setup_args(3, changed);
  assert_int_equal(uv_set_process_title("a title that is far too long"), 0);
  expect_title("a title that ");
  assert_string_equal(other, "elsewhere");
  assert_string_equal(memory + 14, "the second");
}

static void test_a_second_setup_changes_nothing(void** state) {
  char** copy = setup();

  (void)state;
  assert_ptr_equal(uv_setup_args(3, copy), copy);
  assert_int_equal(uv_set_process_title("title"), 0);
  expect_title("title");
  assert_memory_equal(memory, "title", 6);
  assert_string_equal(copy[0], "program");
}

static void test_title_ends_with_the_library(void** state) {
  char buffer[ROOM];

  (void)state;
  (void)setup();
  uv_library_shutdown();
  assert_int_equal(uv_get_process_title(buffer, sizeof(buffer)), UV_ENOBUFS);
  assert_int_equal(uv_set_process_title("title"), UV_ENOBUFS);
}

static void test_null_and_no_room_are_invalid(void** state) {
  char buffer[ROOM];

  (void)state;
  (void)setup();
  assert_int_equal(uv_get_process_title(NULL, sizeof(buffer)), UV_EINVAL);
  assert_int_equal(uv_get_process_title(buffer, 0), UV_EINVAL);
  assert_int_equal(uv_set_process_title(NULL), UV_EINVAL);
  expect_title("program");
}

/* ---- what the system shows ------------------------------------------------
 */

extern char** environ;

/* The arguments of this process, as the kernel laid them down: they end where
 * its environment begins. */
static char* find_real_arguments(char* bytes, size_t length) {
  char* first = environ != NULL && environ[0] != NULL ? environ[0] : NULL;

  if (length == 0 || first == NULL ||
      memcmp(first - length, bytes, length) != 0) {
    gy_test_skip("it is not told where the arguments are");
  }
  return first - length;
}

static void test_the_system_shows_the_title(void** state) {
  char before[ROOM];
  char after[ROOM];
  size_t length = read_arguments(before, sizeof(before));
  char* real[2] = {find_real_arguments(before, length), NULL};
  size_t name = strlen(real[0]);

  (void)state;
  (void)uv_setup_args(1, real);
  assert_int_equal(uv_set_process_title("gyre"), 0);
  assert_int_equal(read_arguments(after, sizeof(after)), length);
  assert_memory_equal(after, "gyre\0\0", 6);
  /* Only the first argument was given, so only that is written over. */
  assert_memory_equal(after + name + 1, before + name + 1, length - name - 1);
}

/* ---- threads ---------------------------------------------------------------
 */

static atomic_int done;

static void set_without_end(void* arg) {
  (void)arg;
  while (atomic_load(&done) == 0) {
    (void)uv_set_process_title("aaaaaaaaaaaaaaaaaaaa");
    (void)uv_set_process_title("bb");
  }
}

static void read_for_a_while(void* arg) {
  int* wrong = arg;

  for (int i = 0; i < ROUNDS; i++) {
    char buffer[ROOM];
    int err = uv_get_process_title(buffer, sizeof(buffer));
    *wrong += err != 0 || (strcmp(buffer, "aaaaaaaaaaaaaaaaaaaa") != 0 &&
                           strcmp(buffer, "bb") != 0);
  }
}

static void test_threads_may_set_and_read_the_title_together(void** state) {
  uv_thread_t writers[2];
  uv_thread_t readers[2];
  int wrong[2] = {0, 0};

  (void)state;
  (void)setup();
  assert_int_equal(uv_set_process_title("bb"), 0);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(uv_thread_create(&writers[i], set_without_end, NULL), 0);
    assert_int_equal(uv_thread_create(&readers[i], read_for_a_while, &wrong[i]),
                     0);
  }
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(uv_thread_join(&readers[i]), 0);
  }
  atomic_store(&done, 1);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(uv_thread_join(&writers[i]), 0);
    assert_int_equal(wrong[i], 0);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_without_the_arguments_there_is_no_title),
    cmocka_unit_test(test_no_arguments_are_given_back),
    cmocka_unit_test(test_the_program_goes_on_with_a_copy),
    cmocka_unit_test(test_the_first_title_is_the_name_of_the_program),
    cmocka_unit_test(test_a_title_is_as_it_was_set),
    cmocka_unit_test(test_a_title_is_cut_to_the_room_of_the_arguments),
    cmocka_unit_test(test_a_shorter_title_leaves_nothing_of_a_longer_one),
    cmocka_unit_test(test_room_ends_where_the_arguments_are_not_in_a_row),
    cmocka_unit_test(test_a_second_setup_changes_nothing),
    cmocka_unit_test(test_title_ends_with_the_library),
    cmocka_unit_test(test_null_and_no_room_are_invalid),
    cmocka_unit_test(test_the_system_shows_the_title),
    cmocka_unit_test(test_threads_may_set_and_read_the_title_together),
};

GY_TEST_MAIN(tests)
