/* load-udp.c - the client's side of UDP: one datagram after the other, and many
 * at once. */
#include "load.h"

#include <sys/socket.h>

static int fd;

static void datagrams_open(const net_workload_t* workload) {
  (void)workload;
  fd = load_connect(SOCK_DGRAM);
}

static void datagram_send(char first) {
  static char message[NET_MESSAGE];

  message[0] = first;
  bench_check(send(fd, message, sizeof(message), 0) == NET_MESSAGE,
              "cannot send");
}

static void datagram_receive(void) {
  char message[NET_ROOM];

  bench_check(recv(fd, message, sizeof(message), 0) == NET_MESSAGE,
              "a datagram was lost");
}

static void ping_run(const net_workload_t* workload, size_t operations) {
  (void)workload;
  while (operations-- > 0) {
    uint64_t began = load_now();
    datagram_send(NET_LOUD);
    datagram_receive();
    load_took(began);
  }
}

const load_t load_udp_ping = {datagrams_open, ping_run};

/* The last of a burst is answered: then all have been received. */
static void blast_run(const net_workload_t* workload, size_t operations) {
  size_t done;
  size_t index;

  for (done = 0; done < operations; done += workload->connections) {
    load_server_stop();
    for (index = 1; index < workload->connections; index++) {
      datagram_send(NET_MUTE);
    }
    datagram_send(NET_LOUD);
    load_server_go_on();
    datagram_receive();
  }
}

const load_t load_udp_blast = {datagrams_open, blast_run};
