/* user.c - the users of the system and their groups: the checks. */
#include <string.h>

#include "core.h"
#include "platform.h"

int uv_os_get_passwd(uv_passwd_t* pwd) {
  return pwd == NULL ? UV_EINVAL : gy_platform_passwd(pwd, gy_platform_user());
}

int uv_os_get_passwd2(uv_passwd_t* pwd, uv_uid_t uid) {
  return pwd == NULL ? UV_EINVAL : gy_platform_passwd(pwd, uid);
}

void uv_os_free_passwd(uv_passwd_t* pwd) {
  if (pwd != NULL) {
    gy_free(pwd->username); /* The other strings stand behind it. */
    pwd->username = NULL;
    pwd->shell = NULL;
    pwd->homedir = NULL;
  }
}

int uv_os_get_group(uv_group_t* grp, uv_uid_t gid) {
  return grp == NULL ? UV_EINVAL : gy_platform_group(grp, gid);
}

void uv_os_free_group(uv_group_t* grp) {
  if (grp != NULL) {
    gy_free(grp->members); /* The strings stand behind it. */
    grp->members = NULL;
    grp->groupname = NULL;
  }
}
