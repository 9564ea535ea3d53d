/* uring-take.c - the table of what io_uring takes ahead, and its lists. */
#include "poller/uring-take.h"

#include <string.h>

#include "alloc.h"
#include "poller/uring-cookie.h"
#include "uv/errno.h"

enum {
  FIRST_TAKES = 64 /* how many the first table has */
};

int gy_take_reserve(gy_takes_t* takes, size_t index) {
  size_t count = takes->count > 0 ? takes->count : FIRST_TAKES;
  gy_take_t* fresh;

  if (index < takes->count) {
    return 0;
  }
  if (index >= GY_COOKIE_FDS) {
    return UV_ENOMEM;
  }
  while (count <= index) {
    count *= 2;
  }
  fresh = gy_realloc(takes->takes, count * sizeof(*fresh));
  if (fresh == NULL) {
    return UV_ENOMEM;
  }
  memset(fresh + takes->count, 0, (count - takes->count) * sizeof(*fresh));
  takes->takes = fresh;
  takes->count = count;
  return 0;
}

void gy_take_list_add(gy_takes_t* takes, int which, size_t fd) {
  gy_take_list_t* list = &takes->lists[which];
  uint32_t entry = (uint32_t)fd + GY_TAKES_FD;

  if (takes->takes[fd].next[which] != GY_TAKES_NOT) {
    return;
  }
  takes->takes[fd].next[which] = GY_TAKES_END;
  if (list->first == GY_TAKES_END) {
    list->first = entry;
  } else {
    takes->takes[list->last - GY_TAKES_FD].next[which] = entry;
  }
  list->last = entry;
}

void gy_take_list_pop(gy_takes_t* takes, int which) {
  gy_take_t* first = &takes->takes[gy_take_list_first(takes, which)];

  takes->lists[which].first = first->next[which];
  first->next[which] = GY_TAKES_NOT;
}

void gy_take_lists_init(gy_takes_t* takes) {
  int which;

  for (which = 0; which < GY_TAKES_LISTS; which++) {
    takes->lists[which].first = GY_TAKES_END;
  }
}
