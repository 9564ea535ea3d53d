/* stranger.h - somebody who posts packets to whatever completion port there is.
 *
 * He finds the handles as anybody in the process would: by trying all. */
#ifndef GY_WINDOWS_STRANGER_H_
#define GY_WINDOWS_STRANGER_H_

#include "support/test.h"

#include <winsock2.h>
#include <windows.h>

enum {
  STRANGER_HANDLE_MOST = 4096,
  STRANGER_PORT_MOST = 16,
  STRANGER_KEY_MOST = 5, /* beyond those that the poller uses */
  STRANGER_COOKIE_MOST = 50
};

static HANDLE stranger_ports[STRANGER_PORT_MOST];
static int stranger_port_count;

/* Look for ports; there is one at least. */
static inline void stranger_look(void) {
  stranger_port_count = 0;
  for (uintptr_t handle = 4; handle < STRANGER_HANDLE_MOST; handle += 4) {
    if (!PostQueuedCompletionStatus((HANDLE)handle, 0, 0, NULL))
      continue;
    assert_true(stranger_port_count < STRANGER_PORT_MOST);
    stranger_ports[stranger_port_count++] = (HANDLE)handle;
  }
  assert_true(stranger_port_count > 0);
}

/* Post |overlapped| with every key to every port. */
static inline void stranger_post(uintptr_t overlapped) {
  for (int i = 0; i < stranger_port_count; i++) {
    for (ULONG_PTR key = 0; key <= STRANGER_KEY_MOST; key++)
      assert_true(PostQueuedCompletionStatus(stranger_ports[i], 1, key,
                                             (OVERLAPPED*)overlapped));
  }
}

/* What a poller's cookie looks like: the slot from 0 on, and how often it was
 * used. */
static inline uintptr_t stranger_cookie(uintptr_t slot, uintptr_t number) {
  return number << (sizeof(void*) == 8 ? 32 : 20) | (slot + 1);
}

#endif /* GY_WINDOWS_STRANGER_H_ */
