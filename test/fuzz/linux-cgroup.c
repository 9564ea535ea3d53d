/* linux-cgroup.c - fuzz: whatever the kernel says of control groups, nothing
 * beyond it is read, no folder is longer than its room, and each is below its
 * mount. The text is /proc/self/cgroup up to a line "--", and then
 * /proc/self/mountinfo. For libFuzzer; seeds.c runs it over the files of a
 * folder. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unix/cgroup.h"

enum {
  FOLDER_SIZE = 128
};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/* End here, with a stack trace, when |condition| does not hold. */
static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static void group_check(const char* groups, const char* mounts,
                        const char* controller) {
  char* folder = malloc(FOLDER_SIZE);
  gy_cgroup_t group;
  size_t top;

  require(folder != NULL);
  if (gy_cgroup_find(groups, controller, &group)) {
    require(group.version == 1 || group.version == 2);
    require(group.path.length > 0 && *group.path.at == '/');
    top = gy_cgroup_folder(mounts, controller, &group, folder, FOLDER_SIZE);
    if (top > 0) {
      require(top < FOLDER_SIZE);
      require(memchr(folder, '\0', FOLDER_SIZE) != NULL);
      require(*folder == '/' || *folder == '\0');
    }
  }
  free(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  /* Of its exact size, so that a sanitizer sees the byte behind it. */
  char* groups = malloc(size + 1);
  char* mounts;

  require(groups != NULL);
  if (size > 0) {
    memcpy(groups, data, size);
  }
  groups[size] = '\0';
  require(gy_cgroup_cpus(groups, NULL) >= 1);
  require(gy_cgroup_cpus(groups, groups) >= 1);
  (void)gy_cgroup_bytes(groups);
  mounts = strstr(groups, "--\n");
  if (mounts != NULL) {
    *mounts = '\0';
    mounts += 3;
  } else {
    mounts = groups;
  }
  group_check(groups, mounts, "memory");
  group_check(groups, mounts, "cpu");
  free(groups);
  return 0;
}
