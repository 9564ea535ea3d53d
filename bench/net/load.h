/* load.h - the files of the client: load.c measures, and load-tcp.c and
 * load-udp.c know what there is to do. */
#ifndef BENCH_NET_LOAD_H_
#define BENCH_NET_LOAD_H_

#include <sys/types.h>

#include "../bench.h"
#include "net.h"

/* One way to keep a server busy. */
typedef struct {
  /* Get ready, calling load_first_is_there() when the server has one connection
   * and nothing else. NULL when there is nothing to do. */
  void (*open)(const net_workload_t* workload);
  /* Do |operations|; all of them are over when it returns. */
  void (*run)(const net_workload_t* workload, size_t operations);
} load_t;

extern const load_t load_tcp_echo;
extern const load_t load_tcp_burst;
extern const load_t load_tcp_churn;
extern const load_t load_tcp_stream;
extern const load_t load_udp_ping;
extern const load_t load_udp_blast;

/* A connected socket that waits, though not for ever. */
int load_connect(int type);

void load_first_is_there(void);

/* An operation is over that began at |began|, by load_now(). */
void load_took(uint64_t began);
uint64_t load_now(void);

/* Let the server stand still, and go on. */
void load_server_stop(void);
void load_server_go_on(void);

#endif /* BENCH_NET_LOAD_H_ */
