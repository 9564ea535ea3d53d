/* load.c - bench-net-load, the client of all servers: keeps one busy, and
 * measures it from outside.
 *
 * bench-net-load WORKLOAD PID PORT is what a server program becomes. PID is its
 * child, which serves at PORT. The CPU time is that of the process PID, in user
 * and kernel, over the operations and nothing else. In the environment,
 * BENCH_OPERATIONS=N does N of them, and BENCH_CALLS=1 has strace count system
 * calls, and reports nothing else. */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  PATIENCE_S = 20, /* for an answer: valgrind takes its time */
  LIFE_S = 60,     /* after which something must have gone wrong */
  CALLS_OPERATIONS = 3000,
  MANY = 1000 /* connections from which on their memory can be told */
};

static struct {
  const net_workload_t* workload;
  pid_t server;
  clockid_t clock; /* of the server's CPU time */
  int port;
  size_t first_bytes; /* what the server holds with one connection */
} world;

/* ---- latencies -------------------------------------------------------------
 */

/* Counted in buckets: 64 for each doubling of ns, so within 2 %. */
enum {
  STEPS = 64,
  DOUBLINGS = 40
};

static uint32_t latencies[DOUBLINGS * STEPS];
static uint64_t latency_count;

static size_t bucket_of(uint64_t ns) {
  unsigned doublings = 0;

  while (ns >= (uint64_t)STEPS * 2) {
    ns >>= 1;
    doublings++;
  }
  /* |ns| is below STEPS for the first two doublings only. */
  return ns < STEPS ? (size_t)ns : (size_t)doublings * STEPS + (size_t)ns;
}

static double bucket_ns(size_t bucket) {
  size_t doublings = bucket < (size_t)STEPS * 2 ? 0 : bucket / STEPS - 1;

  return (double)(bucket - doublings * STEPS) * (double)(1ull << doublings);
}

uint64_t load_now(void) {
  return bench_clock(CLOCK_MONOTONIC);
}

void load_took(uint64_t began) {
  size_t bucket = bucket_of(load_now() - began);

  bench_check(bucket < DOUBLINGS * STEPS, "an operation took ages");
  latencies[bucket]++;
  latency_count++;
}

static void latencies_forget(void) {
  memset(latencies, 0, sizeof(latencies));
  latency_count = 0;
}

/* The latency that |share| of the operations did not exceed, in us. */
static double latency_us(double share) {
  double left = share * (double)latency_count;
  size_t bucket = 0;

  while ((left -= (double)latencies[bucket]) > 0) {
    bucket++;
  }
  return bucket_ns(bucket) / 1000;
}

/* ---- the server ------------------------------------------------------------
 */

int load_connect(int type) {
  struct sockaddr_in addr = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)world.port)};
  struct timeval patience = {PATIENCE_S, 0};
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bench_check(
      fd >= 0 && connect(fd, (struct sockaddr*)&addr, sizeof(addr)) == 0,
      "cannot connect");
  bench_check(
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0,
      "cannot limit the patience");
  return fd;
}

void load_server_stop(void) {
  int status;

  bench_check(kill(world.server, SIGSTOP) == 0 &&
                  waitpid(world.server, &status, WUNTRACED) == world.server &&
                  WIFSTOPPED(status),
              "the server does not stand still");
}

void load_server_go_on(void) {
  bench_check(kill(world.server, SIGCONT) == 0, "the server does not go on");
}

static void server_end(void) {
  int status;

  (void)kill(world.server, SIGTERM);
  bench_check(waitpid(world.server, &status, 0) == world.server &&
                  WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
              "the server had failed");
}

/* The resident memory of the server, in bytes. */
static size_t server_resident(void) {
  char path[64];
  unsigned long pages = 0;
  FILE* file;

  (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)world.server);
  file = fopen(path, "r");
  bench_check(file != NULL && fscanf(file, "%*u %lu", &pages) == 1,
              "the server's memory cannot be told");
  (void)fclose(file);
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

void load_first_is_there(void) {
  world.first_bytes = server_resident();
}

/* ---- counting system calls -------------------------------------------------
 */

typedef struct {
  pid_t pid;
  FILE* words; /* what it says */
} tracer_t;

static void tracer_become(const int ends[2]) {
  char pid_text[16];

  (void)snprintf(pid_text, sizeof(pid_text), "%d", (int)world.server);
  (void)dup2(ends[1], STDERR_FILENO);
  (void)close(ends[0]);
  (void)execlp("strace", "strace", "-c", "-f", "-p", pid_text, (char*)NULL);
  _exit(127);
}

/* Attach strace to the server. */
static tracer_t tracer_begin(void) {
  tracer_t tracer;
  int ends[2];
  char line[256];

  bench_check(pipe(ends) == 0, "no pipe");
  tracer.pid = fork();
  bench_check(tracer.pid >= 0, "no process for strace");
  if (tracer.pid == 0) {
    tracer_become(ends);
  }
  (void)close(ends[1]);
  tracer.words = fdopen(ends[0], "r");
  bench_check(tracer.words != NULL &&
                  fgets(line, sizeof(line), tracer.words) != NULL &&
                  strstr(line, "attached") != NULL,
              "strace does not work here");
  return tracer;
}

/* Detach it; how many calls there were. */
static double tracer_end(tracer_t tracer) {
  char line[256];
  double calls = -1;

  (void)kill(tracer.pid, SIGINT);
  while (fgets(line, sizeof(line), tracer.words) != NULL) {
    /* "100.00    0.123456           2     12345       100 total" */
    if (strstr(line, " total") != NULL) {
      bench_check(sscanf(line, "%*f %*f %*f %lf", &calls) == 1,
                  "strace is not understood");
    } else if (getenv("BENCH_VERBOSE") != NULL) {
      (void)fputs(line, stderr);
    }
  }
  (void)fclose(tracer.words);
  (void)waitpid(tracer.pid, NULL, 0);
  bench_check(calls >= 0, "strace has not counted");
  return calls;
}

/* ---- measuring -------------------------------------------------------------
 */

static const load_t* load_of(const net_workload_t* workload) {
  switch (workload->load) {
    case NET_LOAD_ECHO:
      return &load_tcp_echo;
    case NET_LOAD_BURST:
      return &load_tcp_burst;
    case NET_LOAD_CHURN:
      return &load_tcp_churn;
    case NET_LOAD_STREAM:
      return &load_tcp_stream;
    case NET_LOAD_PING:
      return &load_udp_ping;
    case NET_LOAD_BLAST:
      return &load_udp_blast;
  }
  return NULL;
}

static void measure_calls(const load_t* load, size_t operations) {
  tracer_t tracer = tracer_begin();

  load->run(world.workload, operations);
  bench_value("calls", tracer_end(tracer) / (double)operations);
}

static void measure_times(const load_t* load, size_t operations) {
  uint64_t cpu;
  uint64_t wall;

  latencies_forget();
  cpu = bench_clock(world.clock);
  wall = load_now();
  load->run(world.workload, operations);
  wall = load_now() - wall;
  cpu = bench_clock(world.clock) - cpu;
  bench_value("CPU ns", (double)cpu / (double)operations);
  bench_value("operations/s", (double)operations * 1e9 / (double)wall);
  if (latency_count > 0) {
    bench_value("p50 us", latency_us(0.5));
    bench_value("p99 us", latency_us(0.99));
  }
  if (world.workload->connections >= MANY) {
    bench_value("bytes/connection",
                (double)(server_resident() - world.first_bytes) /
                    (double)world.workload->connections);
  }
  bench_value("operations", (double)operations);
}

static void measure(void) {
  const load_t* load = load_of(world.workload);
  const char* wanted = getenv("BENCH_OPERATIONS");
  size_t operations = world.workload->operations;
  bool calls = getenv("BENCH_CALLS") != NULL;

  if (wanted != NULL) {
    operations = strtoul(wanted, NULL, 10);
  } else if (calls && operations > CALLS_OPERATIONS) {
    operations = CALLS_OPERATIONS;
  }
  if (load->open != NULL) {
    load->open(world.workload);
  }
  load->run(world.workload, operations / 8 + world.workload->active);
  if (calls) {
    measure_calls(load, operations);
  } else {
    measure_times(load, operations);
  }
}

int main(int argc, char** argv) {
  struct rlimit limit;

  (void)setvbuf(stdout, NULL, _IOLBF, 0);
  bench_check(argc == 4, "usage: bench-net-load WORKLOAD PID PORT");
  world.workload = net_workload_find(argv[1]);
  world.server = atoi(argv[2]);
  world.port = atoi(argv[3]);
  bench_check(world.workload != NULL, "there is no such workload");
  bench_check(clock_getcpuclockid(world.server, &world.clock) == 0,
              "the server has no clock");
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* Enough is checked in use. */
  }
  (void)alarm(LIFE_S);
  measure();
  server_end();
  return 0;
}
