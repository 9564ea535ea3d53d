/* title.c - the title of this process, as ps(1) shows it.
 *
 * ps reads the memory in which the kernel laid down the arguments of main().
 * uv_setup_args() moves them elsewhere, so that a title may be written there,
 * and the program goes on with the copies. What the title is, is known by that
 * memory alone; the process's lock keeps a reader from half of one. */
#include <string.h>

#include "core.h"
#include "platform.h"

/* All of it under the lock. */
static struct {
  char* memory; /* NULL before uv_setup_args() */
  size_t room;  /* bytes, the 0 byte at the end included */
  char** copy;  /* what main() goes on with */
} title;

/* How many bytes from |argv[0]| on belong to the arguments: as far as one
 * stands right behind the other, which is all of them, unless somebody has
 * changed |argv|. */
static size_t arguments_room(int argc, char** argv) {
  char* end = argv[0] + strlen(argv[0]) + 1;

  for (int i = 1; i < argc && argv[i] == end; i++) {
    end += strlen(argv[i]) + 1;
  }
  return (size_t)(end - argv[0]);
}

/* A copy of |argv|, with its strings, in one allocation; NULL when there is no
 * memory. */
static char** arguments_copy(int argc, char** argv) {
  size_t bytes = ((size_t)argc + 1) * sizeof(*argv);
  char** copy;
  char* at;

  for (int i = 0; i < argc; i++) {
    bytes += strlen(argv[i]) + 1;
  }
  copy = gy_malloc(bytes);
  if (copy == NULL) {
    return NULL;
  }
  at = (char*)(copy + argc + 1);
  for (int i = 0; i < argc; i++) {
    size_t size = strlen(argv[i]) + 1;
    copy[i] = memcpy(at, argv[i], size);
    at += size;
  }
  copy[argc] = NULL;
  return copy;
}

char** uv_setup_args(int argc, char** argv) {
  char** copy;
  bool first;

  if (argc <= 0 || argv == NULL) {
    return argv;
  }
  copy = arguments_copy(argc, argv);
  gy_platform_lock();
  /* A second call changes nothing: the memory of the arguments is known, and
   * what is given now may be our copy. */
  first = copy != NULL && title.memory == NULL;
  if (first) {
    title.memory = argv[0];
    title.room = arguments_room(argc, argv);
    title.copy = copy;
  }
  gy_platform_unlock();
  if (!first) {
    gy_free(copy);
  }
  return first ? copy : argv;
}

int uv_set_process_title(const char* text) {
  size_t length;
  int err = 0;

  if (text == NULL) {
    return UV_EINVAL;
  }
  gy_platform_lock();
  if (title.memory == NULL) {
    err = UV_ENOBUFS;
  } else {
    length = strlen(text);
    length = length < title.room ? length : title.room - 1;
    memcpy(title.memory, text, length);
    /* Up to the end: what is left of a longer one would be an argument. */
    memset(title.memory + length, 0, title.room - length);
    gy_platform_show_title(title.memory);
  }
  gy_platform_unlock();
  return err;
}

int uv_get_process_title(char* buffer, size_t size) {
  size_t length;
  int err = UV_ENOBUFS;

  if (buffer == NULL || size == 0) {
    return UV_EINVAL;
  }
  gy_platform_lock();
  if (title.memory != NULL) {
    length = strlen(title.memory);
    if (length < size) {
      memcpy(buffer, title.memory, length + 1);
      err = 0;
    }
  }
  gy_platform_unlock();
  return err;
}

void gy_title_shutdown(void) {
  char** copy;

  gy_platform_lock();
  copy = title.copy;
  title.copy = NULL;
  title.memory = NULL;
  gy_platform_unlock();
  gy_free(copy);
}
