/* overlapped.h - operations that the kernel of Windows runs by itself: reading
 * and writing, on handles that were made for it.
 *
 * Their ends are packets at a completion port, to which the handle is tied by
 * gy_overlapped_adopt(). Loop thread. */
#ifndef GY_OVERLAPPED_H_
#define GY_OVERLAPPED_H_

#include <stdbool.h>
#include <winsock2.h>
#include <windows.h>

#include "poller.h"
#include "poller/cookie.h"
#include "queue.h"

typedef struct {
  gy_cookies_t cookies; /* of the operations under way */
  gy_queue_t flying;    /* these, */
  gy_queue_t ended;     /* those that ended at once, and were not told, */
  gy_queue_t spare;     /* and memory for more */
  unsigned char* ties;  /* of each handle */
  size_t tie_count;
} gy_overlapped_t;

/* No operation, no handle, no memory. */
void gy_overlapped_init(gy_overlapped_t* all);

/* Take operations on |fd| from now on: their packets come to |port|, with
 * |key|. 0; UV_EINVAL when |fd| is not made for it, or is another port's; or
 * another UV_E*. A handle cannot be untied, so it may be adopted again. */
int gy_overlapped_adopt(gy_overlapped_t* all, HANDLE port, ULONG_PTR key,
                        gy_fd_t fd);

/* Take none on |fd| any more. Those under way go on. */
void gy_overlapped_disown(gy_overlapped_t* all, gy_fd_t fd);

/* As in gy_poller_ops_t. UV_ENOSYS for what is not a read or a write, and for
 * an fd that was not adopted. */
int gy_overlapped_submit(gy_overlapped_t* all, const gy_op_t* op, void* owner);
int gy_overlapped_cancel(gy_overlapped_t* all, const void* owner);

/* Write the ends that no packet will bring to |events|, |max| at most. How many
 * there were. */
int gy_overlapped_tell(gy_overlapped_t* all, gy_event_t* events, int max);

/* Are there any? Then one must not sleep. */
bool gy_overlapped_has_ended(const gy_overlapped_t* all);

/* A packet with |cookie| has come. Does it make the |event|? Not if it is
 * somebody else's, or comes late. */
bool gy_overlapped_packet(gy_overlapped_t* all, const void* cookie,
                          gy_event_t* event);

/* Ask that all end; gy_overlapped_packet() will hear of it. */
void gy_overlapped_cancel_all(gy_overlapped_t* all);

/* Is one under way? Then the kernel may write to its memory. */
bool gy_overlapped_flies(const gy_overlapped_t* all);

/* Give all memory back, but for what the kernel may write to. */
void gy_overlapped_free(gy_overlapped_t* all);

#endif /* GY_OVERLAPPED_H_ */
