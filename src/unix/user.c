/* user.c - users and groups of a Unix, by the C library.
 *
 * It wants memory for the strings and says only whether that was enough: so it
 * is asked with more and more. What it found is then copied into memory of the
 * right size. */
#include <string.h>

#include "../platform.h"
#include "sys-self.h"
#include "sys-users.h"

enum {
  ROOM_FIRST = 2048,
  ROOM_MOST = 16 << 20 /* a group may have many members, but not so many */
};

/* One look-up: |make| has it made with |room| bytes at |buf|, and copied to
 * |out|. */
typedef struct {
  int (*make)(unsigned id, char* buf, size_t room, void* out);
  unsigned id;
  void* out;
} lookup_t;

static int lookup_run(const lookup_t* lookup) {
  int err = UV_ERANGE;

  for (size_t room = ROOM_FIRST; err == UV_ERANGE && room <= ROOM_MOST;
       room *= 2) {
    char* buf = gy_malloc(room);
    if (buf == NULL) {
      return UV_ENOMEM;
    }
    err = lookup->make(lookup->id, buf, room, lookup->out);
    gy_free(buf);
  }
  return err;
}

/* Copy |text|, or nothing if it is NULL, to |*at|, and move that behind it. */
static char* text_put(char** at, const char* text) {
  char* copy = *at;
  size_t size;

  text = text != NULL ? text : "";
  size = strlen(text) + 1;
  memcpy(copy, text, size);
  *at += size;
  return copy;
}

static size_t text_size(const char* text) {
  return text != NULL ? strlen(text) + 1 : 1;
}

/* ---- users --------------------------------------------------------------- */

static int passwd_make(unsigned uid, char* buf, size_t room, void* out) {
  uv_passwd_t* user = out;
  struct passwd found;
  char* at;
  int err = gy_sys_getpwuid(uid, &found, buf, room);

  if (err != 0) {
    return err;
  }
  at = gy_malloc(text_size(found.pw_name) + text_size(found.pw_dir) +
                 text_size(found.pw_shell));
  if (at == NULL) {
    return UV_ENOMEM;
  }
  user->username = text_put(&at, found.pw_name);
  user->homedir = text_put(&at, found.pw_dir);
  user->shell = text_put(&at, found.pw_shell);
  user->uid = found.pw_uid;
  user->gid = found.pw_gid;
  return 0;
}

int gy_platform_passwd(uv_passwd_t* user, uv_uid_t uid) {
  const lookup_t lookup = {passwd_make, uid, user};

  return lookup_run(&lookup);
}

uv_uid_t gy_platform_user(void) {
  return gy_sys_geteuid();
}

/* ---- groups -------------------------------------------------------------- */

static int group_make(unsigned gid, char* buf, size_t room, void* out) {
  uv_group_t* group = out;
  struct group found;
  size_t count = 0;
  size_t bytes;
  char** members;
  char* at;
  int err = gy_sys_getgrgid(gid, &found, buf, room);

  if (err != 0) {
    return err;
  }
  bytes = text_size(found.gr_name) + sizeof(*members);
  for (; found.gr_mem != NULL && found.gr_mem[count] != NULL; count++) {
    bytes += sizeof(*members) + text_size(found.gr_mem[count]);
  }
  members = gy_malloc(bytes);
  if (members == NULL) {
    return UV_ENOMEM;
  }
  at = (char*)(members + count + 1);
  for (size_t i = 0; i < count; i++) {
    members[i] = text_put(&at, found.gr_mem[i]);
  }
  members[count] = NULL;
  group->members = members;
  group->groupname = text_put(&at, found.gr_name);
  group->gid = found.gr_gid;
  return 0;
}

int gy_platform_group(uv_group_t* group, uv_uid_t gid) {
  const lookup_t lookup = {group_make, gid, group};

  return lookup_run(&lookup);
}
