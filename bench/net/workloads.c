/* workloads.c - the table of the network's workloads. */
#include <string.h>

#include "net.h"

/* An operation is a message there and back, a connection, a chunk, or a
 * datagram. */
const net_workload_t net_workloads[] = {
    {"tcp-echo-1", NET_ECHO, NET_LOAD_ECHO, 1, 1, 10000},
    {"tcp-echo-100", NET_ECHO, NET_LOAD_ECHO, 100, 100, 30000},
    {"tcp-echo-1k", NET_ECHO, NET_LOAD_ECHO, 1000, 1000, 30000},
    {"tcp-echo-10k", NET_ECHO, NET_LOAD_ECHO, 9000, 9000, 27000},
    {"tcp-idle-10k", NET_ECHO, NET_LOAD_ECHO, 9000, 100, 30000},
    {"tcp-accept-64", NET_ACCEPT, NET_LOAD_BURST, 64, 0, 6400},
    {"tcp-churn-64", NET_ECHO, NET_LOAD_CHURN, 64, 64, 5000},
    {"tcp-sink", NET_SINK, NET_LOAD_STREAM, 1, 1, 4096},
    {"udp-echo-1", NET_ANSWER, NET_LOAD_PING, 1, 1, 10000},
    {"udp-blast-64", NET_COUNT, NET_LOAD_BLAST, 64, 0, 64000},
    {"udp-batch-64", NET_BATCH, NET_LOAD_BLAST, 64, 0, 64000},
    {NULL, NET_ECHO, NET_LOAD_ECHO, 0, 0, 0}};

const net_workload_t* net_workload_find(const char* name) {
  const net_workload_t* workload;

  for (workload = net_workloads; workload->name != NULL; workload++) {
    if (strcmp(workload->name, name) == 0) {
      return workload;
    }
  }
  return NULL;
}
