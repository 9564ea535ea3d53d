/* environment.c - tests of the environment, and of the directories that it
 * names. */
#include "support/test.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  ROOM = 256,
  MARK = '#',
  ROUNDS = 20000
};

extern char** environ;

typedef int (*give_t)(char* buffer, size_t* size);

/* What |give| says with every size of a buffer: |needs| bytes and no less, for
 * |text|. */
static void check_all_sizes(give_t give, const char* text, size_t needs) {
  char buffer[ROOM];

  for (size_t room = 1; room <= needs + 2; room++) {
    size_t size = room;
    memset(buffer, MARK, sizeof(buffer));
    if (room < needs) {
      assert_int_equal(give(buffer, &size), UV_ENOBUFS);
      assert_int_equal(size, needs);
      assert_int_equal(buffer[0], MARK);
    } else {
      assert_int_equal(give(buffer, &size), 0);
      assert_string_equal(buffer, text);
      assert_int_equal(size, strlen(text));
      assert_int_equal(buffer[room], MARK);
    }
  }
}

static int give_variable(char* buffer, size_t* size) {
  return uv_os_getenv("GYRE_TEST", buffer, size);
}

/* ---- one variable -------------------------------------------------------- */

static void test_a_variable_is_read_as_it_was_set(void** state) {
  (void)state;
  assert_int_equal(uv_os_setenv("GYRE_TEST", "some value"), 0);
  assert_string_equal(getenv("GYRE_TEST"), "some value");
  check_all_sizes(give_variable, "some value", 11);
  assert_int_equal(uv_os_setenv("GYRE_TEST", ""), 0);
  check_all_sizes(give_variable, "", 1);
  assert_int_equal(uv_os_setenv("GYRE_TEST", "a=b"), 0);
  check_all_sizes(give_variable, "a=b", 4);
}

static void test_a_value_is_copied_when_it_is_set(void** state) {
  char name[] = "GYRE_TEST";
  char value[] = "before";

  (void)state;
  assert_int_equal(uv_os_setenv(name, value), 0);
  memset(value, MARK, sizeof(value) - 1);
  memset(name, MARK, sizeof(name) - 1);
  check_all_sizes(give_variable, "before", 7);
}

static void test_a_variable_that_is_removed_is_not_there(void** state) {
  char buffer[ROOM] = "x";
  size_t size = sizeof(buffer);

  (void)state;
  assert_int_equal(uv_os_setenv("GYRE_TEST", "1"), 0);
  assert_int_equal(uv_os_unsetenv("GYRE_TEST"), 0);
  assert_int_equal(give_variable(buffer, &size), UV_ENOENT);
  assert_int_equal(size, sizeof(buffer));
  assert_string_equal(buffer, "x");
  assert_int_equal(uv_os_unsetenv("GYRE_TEST"), 0);
}

static void test_no_variable_has_an_odd_name(void** state) {
  static const char* const names[] = {"", "=", "A=B", "=A"};
  char buffer[ROOM];
  size_t size = sizeof(buffer);

  (void)state;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_int_equal(uv_os_setenv(names[i], "1"), UV_EINVAL);
    assert_int_equal(uv_os_unsetenv(names[i]), UV_EINVAL);
    assert_int_equal(uv_os_getenv(names[i], buffer, &size), UV_ENOENT);
  }
}

static void test_null_and_no_room_are_invalid(void** state) {
  char buffer[ROOM] = "x";
  size_t size = sizeof(buffer);
  size_t none = 0;
  uv_env_item_t* items;
  int count;

  (void)state;
  assert_int_equal(uv_os_setenv(NULL, "1"), UV_EINVAL);
  assert_int_equal(uv_os_setenv("GYRE_TEST", NULL), UV_EINVAL);
  assert_int_equal(uv_os_unsetenv(NULL), UV_EINVAL);
  assert_int_equal(uv_os_getenv(NULL, buffer, &size), UV_EINVAL);
  assert_int_equal(uv_os_getenv("HOME", NULL, &size), UV_EINVAL);
  assert_int_equal(uv_os_getenv("HOME", buffer, NULL), UV_EINVAL);
  assert_int_equal(uv_os_getenv("HOME", buffer, &none), UV_EINVAL);
  assert_int_equal(uv_os_homedir(NULL, &size), UV_EINVAL);
  assert_int_equal(uv_os_homedir(buffer, NULL), UV_EINVAL);
  assert_int_equal(uv_os_homedir(buffer, &none), UV_EINVAL);
  assert_int_equal(uv_os_tmpdir(NULL, &size), UV_EINVAL);
  assert_int_equal(uv_os_tmpdir(buffer, NULL), UV_EINVAL);
  assert_int_equal(uv_os_tmpdir(buffer, &none), UV_EINVAL);
  assert_int_equal(uv_os_environ(NULL, &count), UV_EINVAL);
  assert_int_equal(uv_os_environ(&items, NULL), UV_EINVAL);
  assert_int_equal(none, 0);
  assert_int_equal(size, sizeof(buffer));
  assert_string_equal(buffer, "x");
}

/* ---- all of them --------------------------------------------------------- */

static void test_all_variables_are_given_in_their_order(void** state) {
  static char* fixed[] = {"A=1", "no variable", "B=", "C=x=y", "A=2", NULL};
  static const char* const expected[][2] = {
      {"A", "1"}, {"B", ""}, {"C", "x=y"}, {"A", "2"}};
  uv_env_item_t* items = NULL;
  int count = -1;

  (void)state;
  environ = fixed;
  assert_int_equal(uv_os_environ(&items, &count), 0);
  assert_int_equal(count, COUNT_OF(expected));
  for (int i = 0; i < count; i++) {
    assert_string_equal(items[i].name, expected[i][0]);
    assert_string_equal(items[i].value, expected[i][1]);
  }
  uv_os_free_environ(items, count);
}

static void test_an_empty_environment_has_no_variables(void** state) {
  static char* nothing[] = {NULL};
  uv_env_item_t* items = (uv_env_item_t*)&items;
  int count = -1;

  (void)state;
  environ = nothing;
  assert_int_equal(uv_os_environ(&items, &count), 0);
  assert_int_equal(count, 0);
  uv_os_free_environ(items, count);
  environ = NULL;
  assert_int_equal(uv_os_environ(&items, &count), 0);
  assert_int_equal(count, 0);
  uv_os_free_environ(items, count);
}

static void test_what_is_set_is_among_all(void** state) {
  uv_env_item_t* items;
  int count;
  int found = 0;

  (void)state;
  assert_int_equal(uv_os_setenv("GYRE_TEST", "here"), 0);
  assert_int_equal(uv_os_environ(&items, &count), 0);
  for (int i = 0; i < count; i++) {
    if (strcmp(items[i].name, "GYRE_TEST") == 0) {
      assert_string_equal(items[i].value, "here");
      found++;
    }
  }
  assert_int_equal(found, 1);
  uv_os_free_environ(items, count);
}

/* ---- threads ------------------------------------------------------------- */

static atomic_int done;

/* Values of very different lengths, so that memory moves. */
static void set_without_end(void* arg) {
  static const char longer[] = "a value that is much longer than the other";

  (void)arg;
  while (atomic_load(&done) == 0) {
    (void)uv_os_setenv("GYRE_TEST", "1");
    (void)uv_os_setenv("GYRE_TEST", longer);
    (void)uv_os_unsetenv("GYRE_OTHER");
    (void)uv_os_setenv("GYRE_OTHER", longer);
  }
}

static void read_for_a_while(void* arg) {
  int* wrong = arg;

  for (int i = 0; i < ROUNDS; i++) {
    char buffer[ROOM];
    size_t size = sizeof(buffer);
    uv_env_item_t* items;
    int count;
    int err = give_variable(buffer, &size);
    *wrong += err != 0 || size != strlen(buffer) || (size != 1 && size != 42);
    if (i % 16 == 0 && uv_os_environ(&items, &count) == 0) {
      uv_os_free_environ(items, count);
    }
    (void)uv_os_tmpdir(buffer, &size);
  }
}

static void test_threads_may_read_and_write_variables_together(void** state) {
  uv_thread_t writers[2];
  uv_thread_t readers[2];
  int wrong[2] = {0, 0};

  (void)state;
  assert_int_equal(uv_os_setenv("GYRE_TEST", "1"), 0);
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

/* A child whose parent had the lock in another thread would wait for ever. */
static void test_a_child_forked_amid_changes_can_read_variables(void** state) {
  uv_thread_t writer;

  (void)state;
  if (gy_test_has_asan()) {
    gy_test_skip("its allocator may hang in such a child");
  }
  assert_int_equal(uv_os_setenv("GYRE_TEST", "1"), 0);
  assert_int_equal(uv_thread_create(&writer, set_without_end, NULL), 0);
  for (int i = 0; i < 50; i++) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
      char buffer[ROOM];
      size_t size = sizeof(buffer);
      alarm(20);
      _exit(give_variable(buffer, &size) == 0 ? 0 : 1);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
  }
  atomic_store(&done, 1);
  assert_int_equal(uv_thread_join(&writer), 0);
}

/* ---- directories --------------------------------------------------------- */

static void test_home_is_where_the_variable_says(void** state) {
  (void)state;
  assert_int_equal(uv_os_setenv("HOME", "/nowhere/at/all"), 0);
  check_all_sizes(uv_os_homedir, "/nowhere/at/all", 16);
  assert_int_equal(uv_os_setenv("HOME", ""), 0);
  check_all_sizes(uv_os_homedir, "", 1);
}

static void test_home_without_the_variable_is_that_of_the_user(void** state) {
  uv_passwd_t user;

  (void)state;
  assert_int_equal(uv_os_unsetenv("HOME"), 0);
  if (uv_os_get_passwd(&user) != 0) {
    gy_test_skip("there is no entry for this user");
  }
  check_all_sizes(uv_os_homedir, user.homedir, strlen(user.homedir) + 1);
  uv_os_free_passwd(&user);
}

static void test_temporary_files_go_where_the_first_variable_says(
    void** state) {
  static const char* const names[] = {"TEMPDIR", "TEMP", "TMP", "TMPDIR"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_int_equal(uv_os_unsetenv(names[i]), 0);
  }
  check_all_sizes(uv_os_tmpdir, "/tmp", 5);
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_int_equal(uv_os_setenv(names[i], names[i]), 0);
    check_all_sizes(uv_os_tmpdir, names[i], strlen(names[i]) + 1);
  }
}

/* As with libuv, the room is that of the variable's value. */
static void test_one_slash_goes_from_the_end_of_the_temporary_directory(
    void** state) {
  static const struct {
    const char* value;
    const char* directory;
  } rows[] = {{"/a/", "/a"},   {"/", "/"}, {"//", "/"},
              {"/a//", "/a/"}, {"", ""},   {"b", "b"}};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    assert_int_equal(uv_os_setenv("TMPDIR", rows[i].value), 0);
    check_all_sizes(uv_os_tmpdir, rows[i].directory, strlen(rows[i].value) + 1);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_variable_is_read_as_it_was_set),
    cmocka_unit_test(test_a_value_is_copied_when_it_is_set),
    cmocka_unit_test(test_a_variable_that_is_removed_is_not_there),
    cmocka_unit_test(test_no_variable_has_an_odd_name),
    cmocka_unit_test(test_null_and_no_room_are_invalid),
    cmocka_unit_test(test_all_variables_are_given_in_their_order),
    cmocka_unit_test(test_an_empty_environment_has_no_variables),
    cmocka_unit_test(test_what_is_set_is_among_all),
    cmocka_unit_test(test_threads_may_read_and_write_variables_together),
    cmocka_unit_test(test_a_child_forked_amid_changes_can_read_variables),
    cmocka_unit_test(test_home_is_where_the_variable_says),
    cmocka_unit_test(test_home_without_the_variable_is_that_of_the_user),
    cmocka_unit_test(test_temporary_files_go_where_the_first_variable_says),
    cmocka_unit_test(
        test_one_slash_goes_from_the_end_of_the_temporary_directory),
};

GY_TEST_MAIN(tests)
