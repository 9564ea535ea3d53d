/* kqueue-interest.h - what is wanted from an fd, and what a kqueue is told of
 * it: two languages, and the way from one to the other. */
#ifndef GY_POLLER_KQUEUE_INTEREST_H_
#define GY_POLLER_KQUEUE_INTEREST_H_

#include <stdbool.h>
#include <sys/types.h>

#include <sys/event.h>

#include "poller.h"

/* A filter and its manner, as a bit in a set of them.
 *
 * READ says "there is data, or the end". Who wants to hear of the end alone
 * would be told of the data again and again. So for him the filter tells of
 * news only (EV_CLEAR) until the end has come: that is END. From there on it is
 * READ, which repeats as usual. */
enum {
  GY_FILTER_READ = 1,
  GY_FILTER_END = 2, /* to the kernel, the same filter as READ */
  GY_FILTER_WRITE = 4,
  GY_FILTER_URGENT = 8
};

/* Where an interest is in the poller's list of those that the kernel has not
 * heard of; else the next fd in it. */
enum {
  GY_CHANGED_END = -1, /* it is the last */
  GY_CHANGED_NOT = -2  /* it is not in the list */
};

typedef struct {
  unsigned char want; /* GY_READABLE and so on; 0: not watched */
  unsigned char add;  /* filters that the kernel is still to be told of */
  unsigned char told; /* those it was told of; a close() may have taken them */
  bool ended;         /* the last event of READ or END told of the end */
  bool is_pipe;
  unsigned short place; /* in the last batch that had an event of it */
  int next_changed;     /* an fd, or GY_CHANGED_* */
} gy_interest_t;

/* Make |it| that of an fd which is not watched. */
void gy_interest_clear(gy_interest_t* it);

/* The filters that |it| needs. */
unsigned gy_interest_filters(const gy_interest_t* it);

/* Has the kernel something to hear of |it|? */
bool gy_interest_is_news(const gy_interest_t* it);

/* Write to |change| what is next to be told of |it|, which is that of |fd|, and
 * call it told. False when there is nothing left. */
bool gy_interest_step(gy_interest_t* it, int fd, struct kevent* change);

/* What |event|, which is no error, says to who wants |it|: GY_READABLE and so
 * on; 0 when nothing that he wants to know. */
unsigned gy_interest_mask(const gy_interest_t* it, const struct kevent* event);

/* The change that adds |filter| to |fd|. */
struct kevent gy_filter_add(int fd, unsigned filter);

/* The filters that may have made |event|. */
unsigned gy_filters_behind(const struct kevent* event);

#endif /* GY_POLLER_KQUEUE_INTEREST_H_ */
