/* environment.c - the environment's variables, and the directories they name.
 *
 * What is read and written here is under the process's lock, so these functions
 * may run beside each other. It does not help against getenv(3) and setenv(3)
 * elsewhere in the program. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "give.h"
#include "platform.h"

/* ---- one variable -------------------------------------------------------- */

int uv_os_getenv(const char* name, char* buffer, size_t* size) {
  const char* value;
  int err = name == NULL ? UV_EINVAL : gy_give_check(buffer, size);

  if (err != 0) {
    return err;
  }
  gy_platform_lock();
  value = getenv(name);
  err = value == NULL ? UV_ENOENT : gy_give(value, strlen(value), buffer, size);
  gy_platform_unlock();
  return err;
}

/* Set |name| to |value|, or remove it if that is NULL. */
static int variable_change(const char* name, const char* value) {
  int err;

  if (name == NULL || *name == '\0' || strchr(name, '=') != NULL) {
    return UV_EINVAL;
  }
  gy_platform_lock();
  err = gy_platform_setenv(name, value);
  gy_platform_unlock();
  return err;
}

int uv_os_setenv(const char* name, const char* value) {
  return value == NULL ? UV_EINVAL : variable_change(name, value);
}

int uv_os_unsetenv(const char* name) {
  return variable_change(name, NULL);
}

/* ---- all of them --------------------------------------------------------- */

/* How many of |variables| there are, and how many bytes they take. What has no
 * = is none. */
static int variables_measure(char** variables, size_t* bytes) {
  int count = 0;

  *bytes = 0;
  for (; variables != NULL && *variables != NULL; variables++) {
    if (strchr(*variables, '=') != NULL) {
      count++;
      *bytes += strlen(*variables) + 1;
    }
  }
  return count;
}

static void variables_copy(char** variables, uv_env_item_t* items,
                           char* bytes) {
  for (; *variables != NULL; variables++) {
    size_t size = strlen(*variables) + 1;
    if (strchr(*variables, '=') != NULL) {
      items->name = memcpy(bytes, *variables, size);
      items->value = strchr(items->name, '=');
      *items->value++ = '\0';
      items++;
      bytes += size;
    }
  }
}

/* Copy the environment to |items|, which has room for |room| bytes; how many
 * bytes it takes, and in |*count| how many variables it has. Nothing is copied
 * when that is more. */
static size_t environment_copy(uv_env_item_t* items, size_t room, int* count) {
  char** variables;
  size_t bytes;

  gy_platform_lock();
  variables = gy_platform_environ();
  *count = variables_measure(variables, &bytes);
  bytes += (size_t)*count * sizeof(*items);
  if (bytes > 0 && bytes <= room) {
    variables_copy(variables, items, (char*)(items + *count));
  }
  gy_platform_unlock();
  return bytes;
}

int uv_os_environ(uv_env_item_t** envitems, int* count) {
  uv_env_item_t* items = NULL;
  size_t room = 0;
  size_t bytes;
  int number;

  if (envitems == NULL || count == NULL) {
    return UV_EINVAL;
  }
  /* Memory is not taken under the lock: that calls a function of the program.
   * Meanwhile the environment may have grown. */
  while ((bytes = environment_copy(items, room, &number)) > room) {
    gy_free(items);
    items = gy_malloc(bytes);
    if (items == NULL) {
      return UV_ENOMEM;
    }
    room = bytes;
  }
  *envitems = items;
  *count = number;
  return 0;
}

void uv_os_free_environ(uv_env_item_t* envitems, int count) {
  (void)count; /* It is one allocation, however many there are. */
  gy_free(envitems);
}

/* ---- directories --------------------------------------------------------- */

/* The home directory by the list of users. */
static int homedir_of_user(char* buffer, size_t* size) {
  uv_passwd_t user;
  int err = uv_os_get_passwd(&user);

  if (err != 0) {
    return err;
  }
  err = gy_give(user.homedir, strlen(user.homedir), buffer, size);
  uv_os_free_passwd(&user);
  return err;
}

int uv_os_homedir(char* buffer, size_t* size) {
  int err = uv_os_getenv("HOME", buffer, size);

  return err == UV_ENOENT ? homedir_of_user(buffer, size) : err;
}

int uv_os_tmpdir(char* buffer, size_t* size) {
  static const char* const names[] = {"TMPDIR", "TMP", "TEMP", "TEMPDIR"};
  int err = UV_ENOENT;

  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && err == UV_ENOENT;
       i++) {
    err = uv_os_getenv(names[i], buffer, size);
  }
  if (err == UV_ENOENT) {
    err = gy_give(GY_TMPDIR, strlen(GY_TMPDIR), buffer, size);
  }
  /* As with libuv the room is that of what is set, and one slash goes. */
  if (err == 0 && *size > 1 && buffer[*size - 1] == '/') {
    buffer[--*size] = '\0';
  }
  return err;
}
