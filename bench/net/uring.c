/* uring.c - the servers, written by hand over io_uring: connections are taken
 * and bytes received by requests that go on and on, into buffers that the
 * kernel takes from a ring, and what is sent leaves in the one call that waits
 * for more. */
#include "../bench.h"
#include "net.h"

#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  ENTRIES = 4096,   /* of the queue of requests */
  ROOMS = 4096,     /* buffers in the ring; a power of two */
  SINK_ROOMS = 256, /* the same where they are large */
  SENDS_MOST = 256, /* datagrams on their way out */
  HEAD_SIZE = 256,  /* bytes of what comes before a datagram */
  GROUP = 0
};

/* What a completion is of: the low bits of its cookie. */
enum {
  OF_ACCEPT,
  OF_RECV,
  OF_SEND,
  OF_CLOSE,
  OF_MASK = 7
};

typedef struct {
  int fd;
  bool over; /* it ended while something was being sent */
  bool sending;
  unsigned from;
  unsigned to;
  char data[NET_ROOM];
} conn_t;

/* A datagram on its way out. */
typedef struct answer {
  struct answer* next;
  struct sockaddr_in to;
  struct iovec vector;
  struct msghdr head;
  char data[NET_ROOM];
} answer_t;

static struct {
  net_service_t service;
  int fd;
  struct io_uring ring;
  struct io_uring_buf_ring* rooms;
  char* memory;
  unsigned room_count;
  unsigned room_size;
  struct msghdr arrival;
  answer_t* answers;
} world;

static struct io_uring_sqe* request(void) {
  struct io_uring_sqe* sqe = io_uring_get_sqe(&world.ring);

  if (sqe == NULL) {
    (void)io_uring_submit(&world.ring);
    sqe = io_uring_get_sqe(&world.ring);
  }
  bench_check(sqe != NULL, "no room for a request");
  return sqe;
}

/* Once |sqe| is prepared: what its completion is to say. */
static void request_is(struct io_uring_sqe* sqe, void* about, unsigned of) {
  io_uring_sqe_set_data64(sqe, (uint64_t)(uintptr_t)about | of);
}

/* ---- the buffers -----------------------------------------------------------
 */

static char* room_of(unsigned flags) {
  return world.memory +
         (size_t)(flags >> IORING_CQE_BUFFER_SHIFT) * world.room_size;
}

static void room_give(unsigned index) {
  io_uring_buf_ring_add(world.rooms,
                        world.memory + (size_t)index * world.room_size,
                        world.room_size, (unsigned short)index,
                        io_uring_buf_ring_mask(world.room_count), 0);
  io_uring_buf_ring_advance(world.rooms, 1);
}

/* Give back what a completion with |flags| came in. */
static void room_return(unsigned flags) {
  if (flags & IORING_CQE_F_BUFFER) {
    room_give(flags >> IORING_CQE_BUFFER_SHIFT);
  }
}

static void rooms_open(void) {
  struct io_uring_buf_reg ring = {.bgid = GROUP};
  unsigned index;

  world.room_count = world.service == NET_SINK ? SINK_ROOMS : ROOMS;
  world.room_size = world.service == NET_SINK   ? NET_CHUNK
                    : net_is_udp(world.service) ? NET_ROOM + HEAD_SIZE
                                                : NET_ROOM;
  world.memory = bench_alloc(world.room_count, world.room_size);
  ring.ring_entries = world.room_count;
  world.rooms =
      aligned_alloc(4096, world.room_count * sizeof(struct io_uring_buf));
  bench_check(world.rooms != NULL, "out of memory");
  io_uring_buf_ring_init(world.rooms);
  ring.ring_addr = (uint64_t)(uintptr_t)world.rooms;
  bench_check(io_uring_register_buf_ring(&world.ring, &ring, 0) == 0,
              "no ring of buffers");
  for (index = 0; index < world.room_count; index++) {
    room_give(index);
  }
}

/* ---- TCP -------------------------------------------------------------------
 */

static void conn_receive(conn_t* conn) {
  struct io_uring_sqe* sqe = request();

  io_uring_prep_recv_multishot(sqe, conn->fd, NULL, 0, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = GROUP;
  request_is(sqe, conn, OF_RECV);
}

static void conn_send(conn_t* conn) {
  struct io_uring_sqe* sqe = request();

  io_uring_prep_send(sqe, conn->fd, conn->data + conn->from,
                     conn->to - conn->from, MSG_NOSIGNAL);
  request_is(sqe, conn, OF_SEND);
  conn->sending = true;
}

static void fd_close(int fd) {
  struct io_uring_sqe* sqe = request();

  io_uring_prep_close(sqe, fd);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  request_is(sqe, NULL, OF_CLOSE);
}

static void conn_end(conn_t* conn) {
  conn->over = true;
  if (!conn->sending) {
    fd_close(conn->fd);
    free(conn);
  }
}

static void on_accept(int result, unsigned flags) {
  conn_t* conn;

  bench_check(result >= 0, "cannot accept");
  bench_check(flags & IORING_CQE_F_MORE, "no more is accepted");
  if (world.service == NET_ACCEPT) {
    fd_close(result);
    return;
  }
  conn = bench_alloc(1, sizeof(*conn));
  conn->fd = result;
  conn_receive(conn);
}

static void on_receive(conn_t* conn, int result, unsigned flags) {
  if (result > 0 && world.service == NET_ECHO) {
    /* The client sends one message, and waits for it to come back. */
    bench_check(!conn->sending, "a second message came before the echo");
    memcpy(conn->data, room_of(flags), (size_t)result);
    conn->from = 0;
    conn->to = (unsigned)result;
    conn_send(conn);
  }
  room_return(flags);
  if (result <= 0 && result != -ENOBUFS) {
    conn_end(conn);
  } else if (!(flags & IORING_CQE_F_MORE)) {
    conn_receive(conn); /* The buffers had run out. */
  }
}

static void on_send(conn_t* conn, int result) {
  conn->sending = false;
  if (conn->over || result < 0) {
    conn_end(conn);
    return;
  }
  conn->from += (unsigned)result;
  if (conn->from < conn->to) {
    conn_send(conn);
  }
}

static void listener_begin(void) {
  struct io_uring_sqe* sqe = request();

  io_uring_prep_multishot_accept(sqe, world.fd, NULL, NULL, SOCK_CLOEXEC);
  request_is(sqe, NULL, OF_ACCEPT);
}

/* ---- UDP -------------------------------------------------------------------
 */

static void datagrams_receive(void) {
  struct io_uring_sqe* sqe = request();

  memset(&world.arrival, 0, sizeof(world.arrival));
  world.arrival.msg_namelen = sizeof(struct sockaddr_in);
  io_uring_prep_recvmsg_multishot(sqe, world.fd, &world.arrival, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = GROUP;
  request_is(sqe, NULL, OF_RECV);
}

static void answer_send(struct io_uring_recvmsg_out* arrival, int size) {
  answer_t* answer = world.answers;
  struct io_uring_sqe* sqe = request();
  unsigned length =
      io_uring_recvmsg_payload_length(arrival, size, &world.arrival);

  bench_check(answer != NULL && length <= NET_ROOM, "no room for an answer");
  world.answers = answer->next;
  memcpy(&answer->to, io_uring_recvmsg_name(arrival), sizeof(answer->to));
  memcpy(answer->data, io_uring_recvmsg_payload(arrival, &world.arrival),
         length);
  answer->vector = (struct iovec){answer->data, length};
  answer->head = (struct msghdr){.msg_name = &answer->to,
                                 .msg_namelen = sizeof(answer->to),
                                 .msg_iov = &answer->vector,
                                 .msg_iovlen = 1};
  io_uring_prep_sendmsg(sqe, world.fd, &answer->head, 0);
  request_is(sqe, answer, OF_SEND);
}

static void on_datagram(int result, unsigned flags) {
  struct io_uring_recvmsg_out* arrival = NULL;
  const char* data = NULL;

  if (result > 0) {
    arrival = io_uring_recvmsg_validate(room_of(flags), result, &world.arrival);
    bench_check(arrival != NULL, "what is before a datagram is not understood");
    data = io_uring_recvmsg_payload(arrival, &world.arrival);
    if (world.service == NET_ANSWER || *data != NET_MUTE) {
      answer_send(arrival, result);
    }
  }
  room_return(flags);
  if (!(flags & IORING_CQE_F_MORE)) {
    datagrams_receive();
  }
}

static void on_answered(answer_t* answer) {
  answer->next = world.answers;
  world.answers = answer;
}

static void answers_open(void) {
  answer_t* all = bench_alloc(SENDS_MOST, sizeof(*all));
  size_t index;

  for (index = 0; index < SENDS_MOST; index++) {
    on_answered(&all[index]);
  }
}

/* ---- both ------------------------------------------------------------------
 */

static void on_completion(const struct io_uring_cqe* cqe) {
  void* about = (void*)(uintptr_t)(cqe->user_data & ~(uint64_t)OF_MASK);
  bool udp = net_is_udp(world.service);

  switch (cqe->user_data & OF_MASK) {
    case OF_ACCEPT:
      on_accept(cqe->res, cqe->flags);
      break;
    case OF_RECV:
      if (udp) {
        on_datagram(cqe->res, cqe->flags);
      } else {
        on_receive(about, cqe->res, cqe->flags);
      }
      break;
    case OF_SEND:
      if (udp) {
        on_answered(about);
      } else {
        on_send(about, cqe->res);
      }
      break;
    default:
      bench_check(false, "a socket could not be closed");
  }
}

static void ring_open(void) {
  struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER |
                                            IORING_SETUP_DEFER_TASKRUN |
                                            IORING_SETUP_CQSIZE,
                                   .cq_entries = 4 * ENTRIES};

  bench_check(io_uring_queue_init_params(ENTRIES, &world.ring, &params) == 0,
              "no io_uring");
  rooms_open();
}

bool net_binds(void) {
  return false;
}

void net_serve(net_service_t service, int fd) {
  world.service = service;
  world.fd = fd;
  ring_open();
  if (net_is_udp(service)) {
    answers_open();
    datagrams_receive();
  } else {
    listener_begin();
  }
  for (;;) {
    struct io_uring_cqe* cqe;
    unsigned count = 0;
    unsigned head;
    (void)io_uring_submit_and_wait(&world.ring, 1);
    io_uring_for_each_cqe(&world.ring, head, cqe) {
      on_completion(cqe);
      count++;
    }
    io_uring_cq_advance(&world.ring, count);
  }
}

bool net_can_serve(const net_workload_t* workload) {
  return workload->service != NET_BATCH; /* Receiving is that always. */
}
