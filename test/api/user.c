/* user.c - tests of users and groups, against the C library's own list. */
#include "support/test.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

enum {
  NOBODY_AT_ALL = 0x7ffffff0 /* an id that nobody has */
};

static void expect_user(const uv_passwd_t* user, const struct passwd* entry) {
  assert_string_equal(user->username, entry->pw_name);
  assert_string_equal(user->homedir, entry->pw_dir);
  assert_string_equal(user->shell, entry->pw_shell);
  assert_int_equal(user->uid, entry->pw_uid);
  assert_int_equal(user->gid, entry->pw_gid);
}

static void test_this_user_is_as_the_list_says(void** state) {
  struct passwd* entry = getpwuid(geteuid());
  uv_passwd_t user;

  (void)state;
  if (entry == NULL) {
    assert_int_equal(uv_os_get_passwd(&user), UV_ENOENT);
    return;
  }
  assert_int_equal(uv_os_get_passwd(&user), 0);
  expect_user(&user, entry);
  uv_os_free_passwd(&user);
}

static void test_every_user_of_the_list_is_found(void** state) {
  static const uv_uid_t ids[] = {0, 1, 2, 65534};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(ids); i++) {
    struct passwd* entry = getpwuid(ids[i]);
    uv_passwd_t user;
    if (entry != NULL) {
      assert_int_equal(uv_os_get_passwd2(&user, ids[i]), 0);
      expect_user(&user, entry);
      uv_os_free_passwd(&user);
    }
  }
}

static void test_every_group_of_the_list_is_found(void** state) {
  struct group* entry;

  (void)state;
  setgrent();
  while ((entry = getgrent()) != NULL) {
    uv_group_t group;
    size_t i = 0;
    assert_int_equal(uv_os_get_group(&group, entry->gr_gid), 0);
    assert_string_equal(group.groupname, entry->gr_name);
    assert_int_equal(group.gid, entry->gr_gid);
    for (; entry->gr_mem[i] != NULL; i++) {
      assert_string_equal(group.members[i], entry->gr_mem[i]);
    }
    assert_null(group.members[i]);
    uv_os_free_group(&group);
  }
  endgrent();
}

static void test_nobody_is_not_found(void** state) {
  uv_passwd_t user;
  uv_group_t group;

  (void)state;
  memset(&user, '#', sizeof(user));
  memset(&group, '#', sizeof(group));
  assert_int_equal(uv_os_get_passwd2(&user, NOBODY_AT_ALL), UV_ENOENT);
  assert_int_equal(uv_os_get_group(&group, NOBODY_AT_ALL), UV_ENOENT);
  assert_int_equal(*(char*)&user, '#');
  assert_int_equal(*(char*)&group, '#');
}

static void test_what_is_free_may_be_freed_again(void** state) {
  uv_passwd_t user;
  uv_group_t group;

  (void)state;
  uv_os_free_passwd(NULL);
  uv_os_free_group(NULL);
  if (uv_os_get_passwd2(&user, 0) != 0 || uv_os_get_group(&group, 0) != 0) {
    gy_test_skip("there is no user 0");
  }
  uv_os_free_passwd(&user);
  assert_null(user.username);
  assert_null(user.homedir);
  uv_os_free_passwd(&user);
  uv_os_free_group(&group);
  assert_null(group.groupname);
  assert_null(group.members);
  uv_os_free_group(&group);
}

static void test_null_is_invalid(void** state) {
  (void)state;
  assert_int_equal(uv_os_get_passwd(NULL), UV_EINVAL);
  assert_int_equal(uv_os_get_passwd2(NULL, 0), UV_EINVAL);
  assert_int_equal(uv_os_get_group(NULL, 0), UV_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_this_user_is_as_the_list_says),
    cmocka_unit_test(test_every_user_of_the_list_is_found),
    cmocka_unit_test(test_every_group_of_the_list_is_found),
    cmocka_unit_test(test_nobody_is_not_found),
    cmocka_unit_test(test_what_is_free_may_be_freed_again),
    cmocka_unit_test(test_null_is_invalid),
};

GY_TEST_MAIN(tests)
