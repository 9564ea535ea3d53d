/* net.h - what the servers of the network benchmarks share with their client.
 *
 * A program bench-net-* is one library's servers. Called with the name of a
 * workload, it becomes two processes: the child serves, and the parent becomes
 * bench-net-load, the client that is the same for all, which measures the child
 * from outside and prints what it found. */
#ifndef BENCH_NET_H_
#define BENCH_NET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a server does with what comes. */
typedef enum {
  NET_ECHO,   /* TCP: send back what is received; close at its end */
  NET_ACCEPT, /* TCP: accept, and close at once */
  NET_SINK,   /* TCP: receive, and throw away; close at its end */
  NET_ANSWER, /* UDP: send back each datagram */
  NET_COUNT,  /* UDP: throw away those that begin with NET_MUTE, and send back
                 the others; many wait at once */
  NET_BATCH   /* the same, with the call that receives many, if there is one */
} net_service_t;

/* What the client does. */
typedef enum {
  NET_LOAD_ECHO,   /* |active| of |connections| each have a message under way */
  NET_LOAD_BURST,  /* |connections| are made at once while the server stands
                      still, and end when it has taken them */
  NET_LOAD_CHURN,  /* |connections| at a time: connect, echo, close */
  NET_LOAD_STREAM, /* one connection, as fast as it goes */
  NET_LOAD_PING,   /* one datagram after the other */
  NET_LOAD_BLAST   /* |connections| datagrams at once while the server stands
                      still */
} net_load_t;

typedef struct {
  const char* name; /* NULL ends the table */
  net_service_t service;
  net_load_t load;
  size_t connections;
  size_t active;
  size_t operations;
} net_workload_t;

extern const net_workload_t net_workloads[];

/* NULL when there is none of that name. */
const net_workload_t* net_workload_find(const char* name);

enum {
  NET_MESSAGE = 64,    /* bytes of a message, and of a datagram */
  NET_ROOM = 256,      /* bytes that a server receives an echo's message into */
  NET_CHUNK = 65536,   /* bytes that a sink receives at once: its operation */
  NET_BATCH_MOST = 32, /* datagrams that are received at once */
  NET_MUTE = 'm',      /* the first byte of a datagram without an answer */
  NET_LOUD = 'l'
};

static inline bool net_is_udp(net_service_t service) {
  return service >= NET_ANSWER;
}

/* ---- variants of a library: plain.c, or pollers.c -------------------------
 */

/* What BENCH_VARIANT may say, beside not being set, by index; NULL ends it. */
const char* net_variant(size_t index);

/* Take the variant |name|, or NULL for the usual, before all else. */
void net_take_variant(const char* name);

bool net_variant_can_serve(const net_workload_t* workload);

/* ---- what a library's file defines ---------------------------------------
 */

bool net_can_serve(const net_workload_t* workload);

/* Does net_serve() make its socket itself, and call net_publish()? A library
 * that has its own way to do so is used in that way. */
bool net_binds(void);

/* Serve until the process is killed: at a socket of its own; or at |fd|, one
 * that is bound, does not block, and listens if it is one of TCP. */
void net_serve(net_service_t service, int fd);

/* ---- main.c ---------------------------------------------------------------
 */

/* Tell the client the |port| that the server is at. */
void net_publish(int port);

#endif /* BENCH_NET_H_ */
