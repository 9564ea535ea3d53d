/* udp-burst.c - datagrams that are taken ahead: many with one call, into memory
 * of the library's own.
 *
 * A *burst* is that memory: a room for each datagram, as large as one can be,
 * of which small ones touch a page. It belongs to the loop, until something is
 * in it; then it hangs on the handle, in spare[0], until the program has got it
 * all, or closes the handle. So what a callback stops, is kept where it is, and
 * the next handle has another burst made. There is always memory before there
 * is anything to keep.
 *
 * Nothing is taken ahead of a socket whose descriptor others know: they would
 * miss it, and it cannot be put back. */
#include <string.h>

#include "../platform.h"
#include "sys-datagram.h"
#include "udp.h"

enum {
  ROOMS = GY_SYS_DATAGRAMS_MOST,
  /* Bytes; more than a datagram has. The excess is for the processor's caches:
   * rooms that lie a power of 2 apart push each other out. */
  ROOM_SIZE = 65536 + 192
};

typedef struct gy_burst {
  int first;        /* index of the oldest that waits */
  int end;          /* and of the one after the last */
  uint64_t refused; /* the turn in which the program had no memory, or 0 */
  gy_arrival_t arrivals[ROOMS];
  char rooms[ROOMS][ROOM_SIZE];
} burst_t;

static burst_t* burst_of(const uv_udp_t* udp) {
  return udp->spare[0];
}

/* The number of this turn of the loop. It is not 0, as at first. */
static uint64_t turn_of(const uv_udp_t* udp) {
  return gy_loop(udp->loop)->metrics.loop_count + 1;
}

/* The loop's burst, or a new one; or NULL. */
static burst_t* burst_get(gy_loop_t* state) {
  burst_t* burst = state->burst;

  state->burst = NULL;
  return burst != NULL ? burst : gy_malloc(sizeof(*burst));
}

static void burst_put(gy_loop_t* state, burst_t* burst) {
  if (state->burst == NULL) {
    state->burst = burst;
  } else {
    gy_free(burst);
  }
}

/* May anything be taken ahead of |udp|? */
static bool may_take(const uv_udp_t* udp) {
  return gy_sys_has_recv_many() && !gy_loop(udp->loop)->bursts_off &&
         !gy_udp_is(udp, GY_UDP_SHARED | GY_UDP_LARGE | GY_UDP_MANY);
}

/* Is |err| of a kernel, or of a filter of system calls, that lets nobody use
 * recvmmsg(2)? No socket says so. */
static bool is_refusal(int err) {
  return err == UV_ENOSYS || err == UV_EPERM;
}

int gy_udp_take(uv_udp_t* udp, int most) {
  gy_loop_t* state = gy_loop(udp->loop);
  burst_t* burst = may_take(udp) ? burst_get(state) : NULL;
  int count;

  if (burst == NULL) {
    return 0;
  }
  most = most < ROOMS ? most : ROOMS;
  count = gy_sys_recv_many(udp->io_watcher.fd, burst->rooms[0], ROOM_SIZE,
                           burst->arrivals, (unsigned)most);
  if (count <= 0) {
    burst_put(state, burst);
    state->bursts_off = is_refusal(count);
    return is_refusal(count) ? 0 : count;
  }
  burst->first = 0;
  burst->end = count;
  burst->refused = 0;
  udp->spare[0] = burst;
  udp->flags &= ~(unsigned)GY_UDP_DRAINED;
  /* Behind a single one there may be the answer to what is made of it. */
  udp->flags |= count > 1 && count < most ? GY_UDP_DRAINED : 0;
  return count;
}

size_t gy_udp_taken_move(uv_udp_t* udp, char* memory, size_t size,
                         gy_arrival_t* arrival) {
  burst_t* burst = burst_of(udp);
  const gy_arrival_t* taken = &burst->arrivals[burst->first];
  size_t whole = taken->size;

  memcpy(&arrival->addr, &taken->addr, taken->addr_size);
  arrival->addr_size = taken->addr_size;
  arrival->size = whole < size ? whole : size;
  arrival->partial = taken->partial || whole > size;
  memcpy(memory, burst->rooms[burst->first], arrival->size);
  burst->refused = 0;
  if (++burst->first == burst->end) {
    gy_udp_taken_drop(udp);
  }
  return whole;
}

void gy_udp_taken_drop(uv_udp_t* udp) {
  burst_t* burst = burst_of(udp);

  if (burst != NULL) {
    udp->spare[0] = NULL;
    burst_put(gy_loop(udp->loop), burst);
  }
}

void gy_udp_taken_refuse(uv_udp_t* udp) {
  burst_of(udp)->refused = turn_of(udp);
  gy_udp_put_off(udp);
}

bool gy_udp_taken_is_refused(const uv_udp_t* udp) {
  return burst_of(udp)->refused == turn_of(udp);
}
