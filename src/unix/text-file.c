/* text-file.c - files that the kernel makes up, read as a text.
 *
 * Their size is known when they have been read: a buffer that is filled to its
 * end was too small, perhaps, and is doubled. */
#include "text-file.h"

#include "../alloc.h"
#include "sys-self.h"
#include "uv.h"

enum {
  ROOM_FIRST = 4096,
  ROOM_MOST = 64 << 20 /* that of thousands of processors is far less */
};

int gy_text_read_line(const char* path, char* text, size_t size) {
  size_t length;
  int err = gy_sys_read_file(path, text, size - 1, &length);

  if (err == 0) {
    text[length] = '\0';
  }
  return err;
}

int gy_text_read(const char* path, char** text) {
  for (size_t room = ROOM_FIRST; room <= ROOM_MOST; room *= 2) {
    char* buf = gy_malloc(room);
    size_t length;
    int err = buf != NULL ? gy_sys_read_file(path, buf, room - 1, &length)
                          : UV_ENOMEM;
    if (err == 0 && length < room - 1) {
      buf[length] = '\0';
      *text = buf;
      return 0;
    }
    gy_free(buf);
    if (err != 0) {
      return err;
    }
  }
  return UV_EFBIG;
}
