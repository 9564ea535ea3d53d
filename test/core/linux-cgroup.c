/* linux-cgroup.c - tests of what is read from the kernel's texts about control
 * groups, with texts of real machines and containers. */
#include "support/test.h"

#include <limits.h>

#include "unix/cgroup.h"

/* ---- texts ----------------------------------------------------------------
 */

/* systemd with version 2 only: Debian 12, Fedora. */
static const char v2_group[] =
    "0::/user.slice/user-1000.slice/session-2.scope\n";
static const char v2_mounts[] =
    "22 29 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs "
    "rw\n"
    "27 22 0:24 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - "
    "cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
    "29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";

/* A container of version 2, with a group namespace. */
static const char v2_container_group[] = "0::/\n";

/* systemd with both: controllers in version 1, "unified" for systemd itself. */
static const char hybrid_group[] =
    "12:pids:/user.slice/user-0.slice\n"
    "11:cpu,cpuacct:/system.slice/app.service\n"
    "6:memory:/system.slice/app.service\n"
    "1:name=systemd:/system.slice/app.service\n"
    "0::/system.slice/app.service\n";
static const char hybrid_mounts[] =
    "30 22 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs "
    "ro,mode=755\n"
    "31 30 0:28 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 "
    "rw,nsdelegate\n"
    "32 30 0:29 / /sys/fs/cgroup/systemd rw,nosuid shared:11 - cgroup cgroup "
    "rw,xattr,name=systemd\n"
    "36 30 0:33 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:16 master:3 - "
    "cgroup cgroup rw,cpu,cpuacct\n"
    "37 30 0:34 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n";

/* Docker on such a machine: the mounts show the container's own group only. */
static const char docker_group[] =
    "11:memory:/docker/0123abcd\n"
    "4:cpu,cpuacct:/docker/0123abcd\n"
    "0::/system.slice/containerd.service\n";
static const char docker_mounts[] =
    "701 699 0:28 /docker/0123abcd /sys/fs/cgroup/cpu,cpuacct "
    "ro,nosuid,nodev,noexec,relatime master:11 - cgroup cgroup rw,cpu,cpuacct\n"
    "702 699 0:29 /docker/0123abcd /sys/fs/cgroup/memory ro,nosuid master:12 - "
    "cgroup cgroup rw,memory\n";

/* ---- which group ----------------------------------------------------------
 */

static void expect_group(const char* text, const char* controller, int version,
                         const char* path) {
  gy_cgroup_t group;

  assert_true(gy_cgroup_find(text, controller, &group));
  assert_int_equal(group.version, version);
  assert_true(gy_span_is(group.path, path));
}

static void test_a_group_is_found_in_the_version_that_has_the_controller(
    void** state) {
  (void)state;
  expect_group(v2_group, "memory", 2,
               "/user.slice/user-1000.slice/session-2.scope");
  expect_group(v2_container_group, "cpu", 2, "/");
  expect_group(hybrid_group, "memory", 1, "/system.slice/app.service");
  expect_group(hybrid_group, "cpu", 1, "/system.slice/app.service");
  expect_group(hybrid_group, "cpuacct", 1, "/system.slice/app.service");
  expect_group(hybrid_group, "io", 2, "/system.slice/app.service");
  expect_group(docker_group, "cpu", 1, "/docker/0123abcd");
  /* The order of the lines is no matter, and a path may have colons. */
  expect_group("0::/a\n3:memory:/b:c\n", "memory", 1, "/b:c");
}

static void test_there_may_be_no_group(void** state) {
  static const char* const texts[] = {
      "",          "\n",         "0",           "0:",
      "0::",       "1::/a",      "0::a",        "4:memory",
      "4:memory:", "4:memory:x", "4:mem:/",     "4:cpu,mem,x:/a",
      "memory",    ":memory",    "4:memoryx:/a"};
  gy_cgroup_t group;

  (void)state;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    assert_false(gy_cgroup_find(texts[i], "memory", &group));
  }
}

/* ---- which folder ---------------------------------------------------------
 */

/* |top| is the part of |folder| that is the mount. */
static void expect_folder(const char* groups, const char* mounts,
                          const char* controller, const char* top,
                          const char* folder) {
  gy_cgroup_t group;
  char found[256];
  size_t length;

  assert_true(gy_cgroup_find(groups, controller, &group));
  length = gy_cgroup_folder(mounts, controller, &group, found, sizeof(found));
  assert_int_equal(length, strlen(top));
  if (length > 0) {
    assert_string_equal(found, folder);
    assert_memory_equal(found, top, length);
  }
}

static void test_a_folder_is_the_mount_and_the_path_below_it(void** state) {
  (void)state;
  expect_folder(v2_group, v2_mounts, "memory", "/sys/fs/cgroup",
                "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope");
  expect_folder(v2_container_group, v2_mounts, "cpu", "/sys/fs/cgroup",
                "/sys/fs/cgroup");
  expect_folder(hybrid_group, hybrid_mounts, "memory", "/sys/fs/cgroup/memory",
                "/sys/fs/cgroup/memory/system.slice/app.service");
  expect_folder(hybrid_group, hybrid_mounts, "cpu",
                "/sys/fs/cgroup/cpu,cpuacct",
                "/sys/fs/cgroup/cpu,cpuacct/system.slice/app.service");
  expect_folder(hybrid_group, hybrid_mounts, "io", "/sys/fs/cgroup/unified",
                "/sys/fs/cgroup/unified/system.slice/app.service");
}

static void test_a_container_sees_a_part_of_the_tree(void** state) {
  (void)state;
  expect_folder(docker_group, docker_mounts, "memory", "/sys/fs/cgroup/memory",
                "/sys/fs/cgroup/memory");
  expect_folder("4:memory:/docker/0123abcd/inner\n", docker_mounts, "memory",
                "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/inner");
  /* A group beside the one that is shown: where it is cannot be said. */
  expect_folder("4:memory:/docker/0123abcdef\n", docker_mounts, "memory",
                "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory");
  expect_folder("4:memory:/docker\n", docker_mounts, "memory",
                "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory");
  expect_folder("4:memory:/\n", docker_mounts, "memory",
                "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory");
}

static void test_blanks_in_a_path_are_escaped(void** state) {
  (void)state;
  expect_folder("0::/a\n",
                "1 2 3:4 / /my\\040groups\\134x rw - cgroup2 none rw\n", "cpu",
                "/my groups\\x", "/my groups\\x/a");
  expect_folder("0::/a\n", "1 2 3:4 / /odd\\04 rw - cgroup2 none rw\n", "cpu",
                "/odd\\04", "/odd\\04/a");
  expect_folder("0::/a\n", "1 2 3:4 / /odd\\999 rw - cgroup2 none rw\n", "cpu",
                "/odd\\999", "/odd\\999/a");
}

static void test_what_is_not_mounted_has_no_folder(void** state) {
  static const char* const mounts[] = {
      "",
      "\n",
      "1 2 3:4 / /x rw - tmpfs none rw\n",
      "1 2 3:4 / /x rw - cgroup none rw,memory\n",
      "1 2 3:4 / relative rw - cgroup2 none rw\n",
      "1 2 3:4 / /x rw shared:1",
      "1 2 3:4 / /x",
      "1 2 3:4 /",
      "1",
      "          ",
      "1 2 3:4 / /x - cgroup2"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(mounts) - 1; i++) {
    expect_folder("0::/a\n", mounts[i], "memory", "", "");
  }
  expect_folder("4:memory:/a\n", "1 2 3:4 / /x rw - cgroup2 none rw,memory\n",
                "memory", "", "");
  expect_folder("4:memory:/a\n", "1 2 3:4 / /x rw - cgroup none rw,cpu\n",
                "memory", "", "");
}

static void test_a_folder_that_is_too_long_is_none(void** state) {
  gy_cgroup_t group;
  char found[64];
  size_t whole =
      strlen("/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope");

  (void)state;
  assert_true(gy_cgroup_find(v2_group, "memory", &group));
  for (size_t size = 0; size <= whole; size++) {
    found[size] = '#';
    assert_int_equal(gy_cgroup_folder(v2_mounts, "memory", &group, found, size),
                     0);
    assert_int_equal(found[size], '#');
  }
  assert_true(gy_cgroup_folder(v2_mounts, "memory", &group, found, whole + 1) >
              0);
  assert_int_equal(strlen(found), whole);
}

/* ---- limits ---------------------------------------------------------------
 */

static void test_no_limit_has_many_forms(void** state) {
  static const char* const texts[] = {"max",
                                      "max\n",
                                      "",
                                      "-1\n",
                                      "9223372036854771712\n",
                                      "9223372036854710272\n",
                                      "9223372036854775807\n",
                                      "18446744073709551615\n",
                                      "99999999999999999999\n"};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    assert_int_equal(gy_cgroup_bytes(texts[i]), GY_CGROUP_NO_LIMIT);
  }
  assert_int_equal(gy_cgroup_bytes("0\n"), 0);
  assert_int_equal(gy_cgroup_bytes("536870912\n"), 536870912);
}

static void test_time_is_for_whole_processors_and_one_at_least(void** state) {
  static const struct {
    const char* quota;
    const char* period;
    unsigned count;
  } rows[] = {{"max 100000\n", NULL, UINT_MAX},
              {"100000 100000\n", NULL, 1},
              {"250000 100000\n", NULL, 2},
              {"299999 100000\n", NULL, 2},
              {"1600000 100000\n", NULL, 16},
              {"50000 100000\n", NULL, 1},
              {"0 100000\n", NULL, 1},
              {"100000\n", NULL, UINT_MAX},
              {"100000 0\n", NULL, UINT_MAX},
              {"", NULL, UINT_MAX},
              {"18446744073709551615 1\n", NULL, UINT_MAX},
              {"-1\n", "100000\n", UINT_MAX},
              {"400000\n", "100000\n", 4},
              {"150000\n", "100000\n", 1},
              {"150000\n", "", UINT_MAX},
              {"150000\n", "0\n", UINT_MAX}};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    assert_int_equal(gy_cgroup_cpus(rows[i].quota, rows[i].period),
                     rows[i].count);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(
        test_a_group_is_found_in_the_version_that_has_the_controller),
    cmocka_unit_test(test_there_may_be_no_group),
    cmocka_unit_test(test_a_folder_is_the_mount_and_the_path_below_it),
    cmocka_unit_test(test_a_container_sees_a_part_of_the_tree),
    cmocka_unit_test(test_blanks_in_a_path_are_escaped),
    cmocka_unit_test(test_what_is_not_mounted_has_no_folder),
    cmocka_unit_test(test_a_folder_that_is_too_long_is_none),
    cmocka_unit_test(test_no_limit_has_many_forms),
    cmocka_unit_test(test_time_is_for_whole_processors_and_one_at_least),
};

GY_TEST_MAIN(tests)
