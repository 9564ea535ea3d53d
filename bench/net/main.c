/* main.c - a program bench-net-*: lists what it can, or serves one workload and
 * becomes its client. */
#include <arpa/inet.h>
#include <libgen.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bench.h"
#include "net.h"

enum {
  BACKLOG = 4096
};

/* A socket at a port of the kernel's choice, which is put into |*port|. */
static int socket_open(bool udp, int* port) {
  struct sockaddr_in addr = {.sin_family = AF_INET};
  socklen_t size = sizeof(addr);
  int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  int fd = socket(AF_INET, type, 0);

  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bench_check(fd >= 0 && bind(fd, (struct sockaddr*)&addr, sizeof(addr)) == 0 &&
                  (udp || listen(fd, BACKLOG) == 0) &&
                  getsockname(fd, (struct sockaddr*)&addr, &size) == 0,
              "no socket to serve at");
  *port = ntohs(addr.sin_port);
  return fd;
}

static int port_pipe[2]; /* from the server to who becomes its client */

void net_publish(int port) {
  bench_check(write(port_pipe[1], &port, sizeof(port)) == sizeof(port),
              "nobody wants to know the port");
  (void)close(port_pipe[1]);
}

static void serve(const net_workload_t* workload) {
  net_service_t service = workload->service;
  int fd = -1;
  int port;

  /* The client ends it; and should the client die, so does this. */
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)close(port_pipe[0]);
  if (!net_binds()) {
    fd = socket_open(net_is_udp(service), &port);
    net_publish(port);
  }
  net_serve(service, fd);
  _exit(1);
}

/* Wait for the port of the server; one that failed has said why. */
static int port_hear(void) {
  int port;

  (void)close(port_pipe[1]);
  if (read(port_pipe[0], &port, sizeof(port)) != sizeof(port)) {
    exit(1);
  }
  (void)close(port_pipe[0]);
  return port;
}

/* Become the client, which lies beside |self|. */
static void load(const char* self, const net_workload_t* workload, pid_t server,
                 int port) {
  char path[4096];
  char copy[4096];
  char pid_text[16];
  char port_text[16];

  (void)snprintf(copy, sizeof(copy), "%s", self);
  (void)snprintf(path, sizeof(path), "%s/bench-net-load", dirname(copy));
  (void)snprintf(pid_text, sizeof(pid_text), "%d", (int)server);
  (void)snprintf(port_text, sizeof(port_text), "%d", port);
  (void)execl(path, path, workload->name, pid_text, port_text, (char*)NULL);
  (void)kill(server, SIGKILL);
  bench_check(false, "bench-net-load is not beside the server");
}

static void run(const char* self, const net_workload_t* workload) {
  struct rlimit limit;
  pid_t server;

  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* Enough is checked in use. */
  }
  bench_check(pipe(port_pipe) == 0, "no pipe");
  server = fork();
  bench_check(server >= 0, "no process to serve in");
  if (server == 0) {
    serve(workload);
  }
  load(self, workload, server, port_hear());
}

static void list_workloads(void) {
  const net_workload_t* workload;

  for (workload = net_workloads; workload->name != NULL; workload++) {
    if (net_can_serve(workload) && net_variant_can_serve(workload)) {
      printf("%s\tserved\n", workload->name);
    }
  }
}

static void list_variants(void) {
  size_t index;

  for (index = 0; net_variant(index) != NULL; index++) {
    puts(net_variant(index));
  }
}

int main(int argc, char** argv) {
  const char* wanted = argc == 2 ? argv[1] : "--help";
  const net_workload_t* workload = net_workload_find(wanted);

  net_take_variant(getenv("BENCH_VARIANT"));
  if (strcmp(wanted, "--list") == 0) {
    list_workloads();
  } else if (strcmp(wanted, "--variants") == 0) {
    list_variants();
  } else if (workload != NULL) {
    run(argv[0], workload);
  } else {
    (void)fprintf(stderr, "usage: %s --list | --variants | WORKLOAD\n",
                  argv[0]);
    return 2;
  }
  return 0;
}
