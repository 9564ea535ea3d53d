/* sys/event.h - kqueue(2) where there is none: the interface of
 * kqueue-double.c.
 *
 * Written from the manual pages of FreeBSD, macOS, OpenBSD and NetBSD, which
 * say what each name means. The numbers are our own. With GY_KQUEUE_FEW_FILTERS
 * it is without those filters that some systems lack. With GY_KQUEUE_OLD_TYPES
 * it has the types and the few names of a NetBSD before 10, to compile against
 * only. */
#ifndef GY_TEST_SYS_EVENT_H_
#define GY_TEST_SYS_EVENT_H_

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef GY_KQUEUE_OLD_TYPES

struct kevent {
  uintptr_t ident;
  uint32_t filter;
  uint32_t flags;
  uint32_t fflags;
  int64_t data;
  intptr_t udata;
};

typedef size_t gy_kevent_count_t;

#define EVFILT_READ 0u
#define EVFILT_WRITE 1u

#else

struct kevent {
  uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned fflags;
  intptr_t data;
  void* udata;
};

typedef int gy_kevent_count_t;

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_VNODE (-3)
#define EVFILT_PROC (-4)
#define EVFILT_SIGNAL (-5)
#define EVFILT_TIMER (-6)

/* Not every system has these. */
#ifndef GY_KQUEUE_FEW_FILTERS
#define EVFILT_USER (-7)
#define EVFILT_EXCEPT (-8)
#endif

#endif

/* What to do. */
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_DISPATCH 0x0080

/* What is answered. */
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

/* EVFILT_EXCEPT */
#define NOTE_OOB 0x0002

/* EVFILT_USER */
#define NOTE_TRIGGER 0x01000000

/* EVFILT_VNODE */
#define NOTE_DELETE 0x0001
#define NOTE_WRITE 0x0002
#define NOTE_EXTEND 0x0004
#define NOTE_ATTRIB 0x0008
#define NOTE_LINK 0x0010
#define NOTE_RENAME 0x0020

/* EVFILT_PROC */
#define NOTE_EXIT 0x80000000u

/* EVFILT_TIMER; ms when none is given. */
#define NOTE_SECONDS 0x0001
#define NOTE_USECONDS 0x0002
#define NOTE_NSECONDS 0x0004

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_)  \
  (*(event) = (struct kevent){(uintptr_t)(ident_), (filter_), (flags_), \
                              (fflags_), (data_), (udata_)})

int kqueue(void);

int kevent(int queue, const struct kevent* changes,
           gy_kevent_count_t change_count, struct kevent* events,
           gy_kevent_count_t room, const struct timespec* timeout);

#endif /* GY_TEST_SYS_EVENT_H_ */
