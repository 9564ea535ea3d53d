/* uring-gives.h - what is handed out of what io_uring has taken and sent. */
#ifndef GY_URING_GIVES_H_
#define GY_URING_GIVES_H_

#include "poller.h"
#include "poller/uring-take.h"

/* Is there something to report? */
bool gy_takes_are_ready(gy_takes_t* takes);

/* Write to |events| what is to be reported, each once at most, |max| at most;
 * what is left comes first the next time. How many. */
int gy_takes_report(gy_takes_t* takes, gy_event_t* events, int max);

/* As gy_poller_ops_t. */
int64_t gy_takes_receive(gy_takes_t* takes, int fd, void* memory, size_t size,
                         bool* more);
int gy_takes_accept(gy_takes_t* takes, int fd);

/* A number for a send of |fd|, which is noted. UV_ENOMEM. */
int gy_takes_begin_send(gy_takes_t* takes, int fd, uint32_t* number);

/* How the send of |fd| ended, which is told by that; false: it is not known. */
bool gy_takes_end_send(gy_takes_t* takes, int fd, int* result);

/* There is no send of |fd|. */
void gy_takes_drop_send(gy_takes_t* takes, int fd);

#endif /* GY_URING_GIVES_H_ */
