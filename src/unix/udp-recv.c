/* udp-recv.c - the datagrams that arrive, and errors that are told in their
 * place.
 *
 * How many reads are made in a turn is learned. To read once more only to hear
 * that there is nothing costs as much as a read, and to leave a datagram for
 * the next turn costs a sleep that does not sleep. So a handle that has a crowd
 * at its door reads on until there is nothing left, and one that has had one
 * datagram at a time reads one, and tries a second one ever more rarely.
 *
 * A crowd that waits together is taken ahead, many with one call, and handed to
 * the program one by one; see udp-burst.c. Who is answered at once, and sends
 * again at once, is no crowd: there the next read finds what a take would have
 * been too early for. Whatever was taken and cannot be handed over now comes
 * before all that the kernel still has. */
#include <string.h>

#include "../platform.h"
#include "sys-datagram.h"
#include "udp.h"

enum {
  CHUNK_SIZE = 65536, /* bytes; what alloc_cb is asked for, and what each of
                         many datagrams has */
  READS_MOST = 32,    /* datagrams in a turn, before others have a turn */
  PATIENCE_MOST = 16, /* turns of one datagram before a second one is tried */
  TAKE_FIRST = 4,     /* datagrams, to find out whether there are many */
  LARGE_SIZE = 4096   /* bytes; copying more than that is dearer than a call */
};

/* What a turn has done so far. */
typedef struct {
  int left;  /* datagrams, and reads that found none, until it is over */
  int found; /* datagrams */
} turn_t;

static uv_udp_t* udp_of(gy_watcher_t* watcher) {
  return GY_CONTAINER_OF(watcher, uv_udp_t, io_watcher);
}

static void clear(uv_udp_t* udp, unsigned flags) {
  udp->flags &= ~flags;
}

/* ---- telling ---------------------------------------------------------------
 */

static void tell(uv_udp_t* udp, ssize_t nread, const uv_buf_t* buf,
                 const struct sockaddr* addr, unsigned flags) {
  udp->recv_cb(udp, nread, buf, addr, flags);
}

/* Ask for memory. Programs count on it that whatever they are told comes with
 * some of theirs: BIND takes back what it gave, and insists that it is that. */
static uv_buf_t ask_for_memory(uv_udp_t* udp) {
  uv_buf_t buf = {NULL, 0};

  udp->alloc_cb((uv_handle_t*)udp, CHUNK_SIZE, &buf);
  return buf;
}

static bool is_memory(const uv_buf_t* buf) {
  return buf->base != NULL && buf->len > 0;
}

/* There is nothing more this time: as a read that finds none would tell. */
static void tell_end(uv_udp_t* udp) {
  uv_buf_t buf;

  if (gy_udp_is(udp, GY_HANDLE_READING)) {
    buf = ask_for_memory(udp);
    tell(udp, is_memory(&buf) ? 0 : UV_ENOBUFS, &buf, NULL, 0);
  }
}

/* A datagram has a sender, if only a nameless one. */
static void tell_arrival(uv_udp_t* udp, gy_arrival_t* arrival,
                         const uv_buf_t* buf, unsigned flags) {
  if (arrival->addr_size == 0) {
    arrival->addr.ss_family = AF_UNSPEC;
  }
  tell(udp, (ssize_t)arrival->size, buf, (struct sockaddr*)&arrival->addr,
       flags | (arrival->partial ? UV_UDP_PARTIAL : 0));
}

/* ---- what ICMP says --------------------------------------------------------
 */

/* Tell what ICMP said, if the socket keeps that, the first with |buf| unless it
 * is NULL; whether there was any. When nobody listens they are dropped: the
 * poller reports them until then. */
static bool errors_read(uv_udp_t* udp, const uv_buf_t* buf) {
  gy_arrival_t failed;
  uv_buf_t own;
  int count;

  for (count = 0; count < READS_MOST && gy_udp_has_fd(udp); count++) {
    int err = gy_sys_recv_error(udp->io_watcher.fd, &failed);
    if (err == UV_EAGAIN) {
      break;
    }
    if (gy_udp_is(udp, GY_HANDLE_READING)) {
      if (count > 0 || buf == NULL) {
        own = ask_for_memory(udp);
        buf = &own;
      }
      tell(udp, err, buf,
           failed.addr_size > 0 ? (struct sockaddr*)&failed.addr : NULL,
           UV_UDP_LINUX_RECVERR);
    }
  }
  return count > 0;
}

/* Reading into |buf| ended with |err|. A socket that keeps what ICMP says tells
 * it in both ways, of which the queue's is better; and its not being empty may
 * be all that the poller meant. */
static void read_fail(uv_udp_t* udp, int err, const uv_buf_t* buf, bool first) {
  bool ask = first || err != UV_EAGAIN;

  if (!ask || !errors_read(udp, buf)) {
    tell(udp, err == UV_EAGAIN ? 0 : err, buf, NULL, 0);
  }
}

/* ---- what was taken ahead --------------------------------------------------
 */

/* Large datagrams are not taken ahead, but read into the program's memory. */
static void note_size(uv_udp_t* udp, size_t size) {
  clear(udp, GY_UDP_LARGE);
  udp->flags |= size > LARGE_SIZE ? GY_UDP_LARGE : 0;
}

/* Tell of the next one that was taken, in |buf|. */
static void taken_tell(uv_udp_t* udp, const uv_buf_t* buf) {
  gy_arrival_t arrival;

  note_size(udp, gy_udp_taken_move(udp, buf->base, buf->len, &arrival));
  tell_arrival(udp, &arrival, buf, 0);
}

/* Hand out what was taken ahead. May there be more behind it? */
static bool taken_hand_out(uv_udp_t* udp) {
  while (gy_udp_is(udp, GY_HANDLE_READING) && gy_udp_has_taken(udp)) {
    uv_buf_t buf = ask_for_memory(udp);
    if (!gy_udp_has_taken(udp)) {
      tell(udp, UV_EBADF, &buf, NULL, 0); /* It was closed in there. */
      return false;
    }
    if (!is_memory(&buf)) {
      gy_udp_taken_refuse(udp);
      tell(udp, UV_ENOBUFS, &buf, NULL, 0);
      return false;
    }
    taken_tell(udp, &buf);
  }
  if (gy_udp_is(udp, GY_UDP_DRAINED)) {
    tell_end(udp);
    return false;
  }
  return gy_udp_is(udp, GY_HANDLE_READING);
}

/* The same for what an earlier turn had to keep; and nothing in a turn in which
 * the program has said that it has no memory. */
static void taken_resume(uv_udp_t* udp) {
  if (gy_udp_taken_is_refused(udp)) {
    gy_udp_put_off(udp);
    return;
  }
  (void)taken_hand_out(udp); /* What is behind them, the poller tells. */
}

void gy_udp_resume(uv_udp_t* udp) {
  if (gy_udp_is(udp, GY_HANDLE_READING) && gy_udp_has_taken(udp)) {
    taken_resume(udp);
  }
}

/* Taking ahead into the library's memory came to |count|, or UV_E*: tell of it,
 * the first with |buf|. May there be more? */
static bool taken_tell_all(uv_udp_t* udp, const uv_buf_t* buf, int count,
                           turn_t* turn) {
  bool first = turn->left == READS_MOST;

  if (count < 0) {
    turn->left -= 1;
    read_fail(udp, count, buf, first);
    return false;
  }
  turn->left -= count;
  turn->found += count;
  clear(udp, GY_UDP_CROWD);
  udp->flags |= count > 1 ? GY_UDP_CROWD : 0;
  taken_tell(udp, buf);
  return taken_hand_out(udp);
}

/* ---- reading ---------------------------------------------------------------
 */

/* Read one datagram into |buf|. Was there one? What else was found has been
 * told. */
static bool read_one(uv_udp_t* udp, const uv_buf_t* buf, turn_t* turn) {
  bool first = turn->left-- == READS_MOST;
  gy_arrival_t arrival;
  int err = gy_sys_recv_from(udp->io_watcher.fd, buf->base, buf->len, &arrival);

  if (err != 0) {
    read_fail(udp, err, buf, first);
    return false;
  }
  turn->found++;
  note_size(udp, arrival.size);
  tell_arrival(udp, &arrival, buf, 0);
  return true;
}

/* Read up to |most| datagrams into the chunks of |buf|. How many, or UV_E*,
 * which was told. */
static int read_chunks(uv_udp_t* udp, const uv_buf_t* buf, unsigned most,
                       bool first) {
  gy_arrival_t arrivals[GY_SYS_DATAGRAMS_MOST];
  int index;
  int count = gy_sys_recv_many(udp->io_watcher.fd, buf->base, CHUNK_SIZE,
                               arrivals, most);

  if (count < 0) {
    read_fail(udp, count, buf, first);
    return count;
  }
  for (index = 0; index < count && gy_udp_is(udp, GY_HANDLE_READING); index++) {
    uv_buf_t chunk = {buf->base + (size_t)index * CHUNK_SIZE, CHUNK_SIZE};
    tell_arrival(udp, &arrivals[index], &chunk, UV_UDP_MMSG_CHUNK);
  }
  if (gy_udp_is(udp, GY_HANDLE_READING)) {
    tell(udp, 0, buf, NULL, UV_UDP_MMSG_FREE);
  }
  return count;
}

/* Read into the chunks of |buf|, of which there are several. May there be more?
 */
static bool read_many(uv_udp_t* udp, const uv_buf_t* buf, turn_t* turn) {
  bool first = turn->left == READS_MOST;
  size_t chunks = buf->len / CHUNK_SIZE;
  int count;

  chunks = chunks < (size_t)turn->left ? chunks : (size_t)turn->left;
  count = read_chunks(udp, buf, (unsigned)chunks, first);
  turn->left -= count > 0 ? count : 1;
  if (count > 0 && (size_t)count < chunks) {
    tell_end(udp);
    return false;
  }
  return count > 0;
}

/* Take ahead what this |turn| may still have, at first a few. */
static int take(uv_udp_t* udp, const turn_t* turn) {
  bool few = !gy_udp_is(udp, GY_UDP_CROWD) && turn->left > TAKE_FIRST;

  return gy_udp_take(udp, few ? TAKE_FIRST : turn->left);
}

/* Read once: one datagram, or as many as |udp| may take with one call, which is
 * worth while when there is a |crowd|. May there be more? What else was found
 * has been told. */
static bool read_once(uv_udp_t* udp, turn_t* turn, bool crowd) {
  uv_buf_t buf = ask_for_memory(udp);
  int count;

  if (!is_memory(&buf)) {
    tell(udp, UV_ENOBUFS, &buf, NULL, 0);
    return false;
  }
  if (gy_udp_is(udp, GY_UDP_MANY) && buf.len >= 2 * CHUNK_SIZE) {
    return read_many(udp, &buf, turn);
  }
  if (crowd) {
    count = take(udp, turn);
    if (count != 0) {
      return taken_tell_all(udp, &buf, count, turn);
    }
  }
  return read_one(udp, &buf, turn);
}

/* Is this a turn in which more than one read is made? */
static bool turn_is_long(uv_udp_t* udp) {
  if (udp->waited < udp->patience) {
    udp->waited++;
    return false;
  }
  return true;
}

/* A long turn that found |found| datagrams is over. */
static void turn_learn(uv_udp_t* udp, int found) {
  udp->waited = 0;
  if (found > 1) {
    udp->patience = 0;
  } else if (udp->patience < PATIENCE_MOST) {
    udp->patience = (unsigned short)(udp->patience > 0 ? udp->patience * 2 : 1);
  }
}

/* Do many wait at once, as far as is known? Two in a turn may be a crowd, or
 * one of them the answer to what was made of the other: it is found out by
 * trying, once in a turn. */
static bool is_crowd(const uv_udp_t* udp, const turn_t* turn) {
  return gy_udp_is(udp, GY_UDP_CROWD) || turn->found == 2;
}

static void udp_read(uv_udp_t* udp) {
  turn_t turn = {READS_MOST, 0};
  bool more;

  if (gy_udp_has_taken(udp)) {
    taken_resume(udp);
    return;
  }
  if (!gy_udp_is(udp, GY_UDP_MANY) && !turn_is_long(udp)) {
    if (read_once(udp, &turn, false)) {
      tell_end(udp);
    }
    return;
  }
  do {
    more = read_once(udp, &turn, is_crowd(udp, &turn));
  } while (more && gy_udp_is(udp, GY_HANDLE_READING) && turn.left > 0);
  turn_learn(udp, turn.found);
}

int gy_platform_udp_recv_start(uv_udp_t* udp) {
  int err = gy_udp_need_bound(udp, AF_INET, 0);

  if (err != 0) {
    return err;
  }
  udp->flags |= GY_HANDLE_READING;
  err = gy_udp_watch(udp);
  if (err != 0) {
    clear(udp, GY_HANDLE_READING);
    return err;
  }
  if (gy_udp_has_taken(udp)) {
    gy_udp_put_off(udp); /* The poller knows nothing of these. */
  }
  return 0;
}

void gy_platform_udp_recv_stop(uv_udp_t* udp) {
  clear(udp, GY_HANDLE_READING);
  (void)gy_udp_watch(udp); /* It cannot fail: less is wanted than before. */
}

bool gy_platform_udp_receives_many(const uv_udp_t* udp) {
  return gy_udp_is(udp, GY_UDP_MANY);
}

/* ---- events ----------------------------------------------------------------
 */

/* |err| came from the poller, which has forgotten the descriptor. */
static void udp_fail(uv_udp_t* udp, int err) {
  uv_buf_t buf;

  gy_udp_fail_sends(udp, err);
  if (gy_udp_is(udp, GY_HANDLE_READING)) {
    buf = ask_for_memory(udp);
    if (gy_udp_is(udp, GY_HANDLE_READING)) {
      gy_platform_udp_recv_stop(udp);
      tell(udp, err, &buf, NULL, 0);
    }
  }
  if (!gy_udp_is(udp, GY_HANDLE_CLOSING)) {
    gy_udp_call_back(udp);
  }
}

void gy_udp_ready(uv_loop_t* loop, gy_watcher_t* watcher, unsigned mask,
                  int err) {
  uv_udp_t* udp = udp_of(watcher);

  (void)loop;
  if (err != 0) {
    udp_fail(udp, err);
    return;
  }
  if (mask & GY_FAILED) {
    /* What is not in the queue is told by a read or a send. */
    (void)errors_read(udp, NULL);
  }
  if ((mask & ~(unsigned)GY_WRITABLE) && gy_udp_is(udp, GY_HANDLE_READING)) {
    udp_read(udp);
  }
  if ((mask & ~(unsigned)GY_READABLE) && !gy_udp_is(udp, GY_HANDLE_CLOSING) &&
      !gy_queue_empty(&udp->write_queue)) {
    gy_udp_drain(udp);
    gy_udp_call_back(udp);
  }
}
