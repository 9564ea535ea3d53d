/* kqueue-interest.c - the way from what is wanted to filters, and back from
 * their events.
 *
 * The types in struct kevent differ from system to system. No variable here is
 * of one of them: the kernel is told by templates. */
#include "poller/kqueue-interest.h"

/* Both are of macOS and OpenBSD; the other BSDs cannot watch for urgent data
 * alone. */
#if defined(EVFILT_EXCEPT) && defined(NOTE_OOB)
enum {
  FILTERS_KNOWN =
      GY_FILTER_READ | GY_FILTER_END | GY_FILTER_WRITE | GY_FILTER_URGENT
};
#define URGENT_FILTER EVFILT_EXCEPT
#define URGENT_NOTE NOTE_OOB
#else
enum {
  FILTERS_KNOWN = GY_FILTER_READ | GY_FILTER_END | GY_FILTER_WRITE
};
/* A word that is never said. */
#define URGENT_FILTER EVFILT_WRITE
#define URGENT_NOTE 0
#endif

/* The two things that the kernel can be told of a filter. */
typedef struct {
  struct kevent add;
  struct kevent remove;
} words_t;

#define WORDS(filter_, flags_, fflags_)                                   \
  {                                                                       \
    .add = {.filter = (filter_), .flags = (flags_), .fflags = (fflags_)}, \
    .remove = {.filter = (filter_), .flags = EV_DELETE},                  \
  }

static const words_t words_read = WORDS(EVFILT_READ, EV_ADD, 0);
static const words_t words_end = WORDS(EVFILT_READ, EV_ADD | EV_CLEAR, 0);
static const words_t words_write = WORDS(EVFILT_WRITE, EV_ADD, 0);
static const words_t words_urgent = WORDS(URGENT_FILTER, EV_ADD, URGENT_NOTE);

static const words_t* words_of(unsigned filter) {
  switch (filter) {
    case GY_FILTER_READ:
      return &words_read;
    case GY_FILTER_END:
      return &words_end;
    case GY_FILTER_WRITE:
      return &words_write;
    default:
      return &words_urgent;
  }
}

struct kevent gy_filter_add(int fd, unsigned filter) {
  struct kevent change = words_of(filter)->add;

  change.ident = (uintptr_t)fd;
  return change;
}

static struct kevent filter_remove(int fd, unsigned filter) {
  struct kevent change = words_of(filter)->remove;

  change.ident = (uintptr_t)fd;
  return change;
}

unsigned gy_filters_behind(const struct kevent* event) {
  switch (event->filter) {
    case EVFILT_READ:
      return GY_FILTER_READ | GY_FILTER_END;
    case EVFILT_WRITE:
      return GY_FILTER_WRITE;
    default:
      return GY_FILTER_URGENT;
  }
}

unsigned gy_interest_filters(const gy_interest_t* it) {
  unsigned filters = 0;

  if ((it->want & GY_READABLE) != 0) {
    filters |= GY_FILTER_READ;
  } else if ((it->want & GY_DISCONNECT) != 0) {
    filters |= it->ended ? GY_FILTER_READ : GY_FILTER_END;
  }
  if ((it->want & GY_WRITABLE) != 0) {
    filters |= GY_FILTER_WRITE;
  }
  if ((it->want & GY_PRIORITIZED) != 0) {
    filters |= GY_FILTER_URGENT;
  }
  return filters & FILTERS_KNOWN;
}

/* What an |event| of reading means, in bits of which some may be unwanted. The
 * end of a socket is that of one direction, and no hang-up; that of a pipe is
 * one, and comes after the data. */
static unsigned mask_of_reading(const gy_interest_t* it,
                                const struct kevent* event) {
  if ((event->flags & EV_EOF) == 0) {
    return GY_READABLE;
  }
  if (it->is_pipe) {
    return GY_READABLE | GY_HANGUP | (event->data == 0 ? GY_DISCONNECT : 0);
  }
  return GY_READABLE | GY_DISCONNECT | (event->fflags != 0 ? GY_FAILED : 0);
}

/* As above. A pipe without a reader can never be written to again, and a socket
 * that has broken tells its error. */
static unsigned mask_of_writing(const gy_interest_t* it,
                                const struct kevent* event) {
  if ((event->flags & EV_EOF) == 0) {
    return GY_WRITABLE;
  }
  return GY_WRITABLE | GY_HANGUP |
         (it->is_pipe || event->fflags != 0 ? GY_FAILED : 0);
}

unsigned gy_interest_mask(const gy_interest_t* it, const struct kevent* event) {
  unsigned mask;

  switch (event->filter) {
    case EVFILT_READ:
      mask = mask_of_reading(it, event);
      break;
    case EVFILT_WRITE:
      mask = mask_of_writing(it, event);
      break;
    default:
      mask = (event->flags & EV_EOF) != 0 ? GY_PRIORITIZED | GY_HANGUP
                                          : GY_PRIORITIZED;
      break;
  }
  return mask & (it->want | GY_FAILED | GY_HANGUP);
}

void gy_interest_clear(gy_interest_t* it) {
  it->want = it->add = it->told = 0;
  it->ended = it->is_pipe = false;
  it->place = 0;
  it->next_changed = GY_CHANGED_NOT;
}

/* What the kernel was told of, and |it| does not need any more. */
static unsigned filters_gone(const gy_interest_t* it) {
  return it->told & ~gy_interest_filters(it);
}

bool gy_interest_is_news(const gy_interest_t* it) {
  return it->add != 0 || filters_gone(it) != 0;
}

/* The lowest bit of |filters|. */
static unsigned filter_first(unsigned filters) {
  return filters & (~filters + 1);
}

/* Removing comes first, because READ and END are one filter. */
bool gy_interest_step(gy_interest_t* it, int fd, struct kevent* change) {
  unsigned gone = filters_gone(it);
  unsigned filter = filter_first(gone != 0 ? gone : it->add);

  if (filter == 0) {
    return false;
  }
  if (gone != 0) {
    *change = filter_remove(fd, filter);
    it->told &= (unsigned char)~filter;
    return true;
  }
  *change = gy_filter_add(fd, filter);
  it->add &= (unsigned char)~filter;
  it->told |= (unsigned char)filter;
  return true;
}
