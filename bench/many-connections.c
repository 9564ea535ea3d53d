/* many-connections.c - how many connections one thread bears, and what each of
 * them costs.
 *
 *   bench-many-connections [--connections N] [--rounds N] [--poller NAME]
 *
 * A server process, of one thread and one loop, holds the connections and sends
 * back what comes; a client process of the same library connects to it from
 * several addresses of 127.0.0.0/8, because one has only so many ports, and has
 * all connections send at the same time. Each message has to come back as it
 * was. Both ends of a connection are a descriptor, so they are two processes;
 * if the limit of one does not suffice, there are more servers, each with a
 * client of its own, and that is said.
 *
 * This process does none of that: it gives each of the others one command at a
 * time, by a byte, and gets a report. What a connection takes of a server is
 * the growth of its resident memory; what it takes of the kernel is what
 * /proc/slabinfo says of the caches that sockets are made of, if it may be
 * read, and /proc/net/sockstat of buffers. */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <gyre.h>

enum {
  CONNECTIONS = 10000,
  CONNECTIONS_MOST = 1000000,
  ROUNDS = 3,
  MESSAGE_SIZE = 64,
  WORKERS_MOST = 64,
  SPARE_FDS = 64,      /* of a process, for all else */
  PORTS_USED = 10000,  /* of one source address */
  CONNECTS_MOST = 256, /* under way */
  BACKLOG = 4096
};

typedef struct {
  uint64_t count;    /* connections that a worker has */
  uint64_t wrong;    /* what has not gone as it should */
  uint64_t resident; /* bytes */
  uint64_t cpu_ns;
  int port;
} report_t;

/* A process that serves or connects, as this one sees it. */
typedef struct {
  pid_t pid;
  int control;
} worker_t;

static void must(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "many-connections: %s: %s\n", what, uv_strerror(result));
    exit(1);
  }
}

static double now_s(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- a worker, whichever it is ---------------------------------------------
 */

static uv_loop_t loop;
static uv_pipe_t control;
static report_t report;
static unsigned worker_number;
static unsigned wanted; /* connections of this worker */
static unsigned rounds;
static int server_port;
static void (*command_do)(char command);
static char read_memory[65536];

static uint64_t resident_bytes(void) {
  unsigned long size = 0;
  unsigned long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");

  if (file != NULL) {
    if (fscanf(file, "%lu %lu", &size, &pages) != 2) {
      pages = 0;
    }
    fclose(file);
  }
  return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t cpu_ns(void) {
  struct timespec used;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* The command is carried out: say how things are. */
static void report_send(void) {
  uv_buf_t buf = uv_buf_init((char*)&report, sizeof(report));

  report.resident = resident_bytes();
  report.cpu_ns = cpu_ns();
  if (uv_try_write((uv_stream_t*)&control, &buf, 1) != sizeof(report)) {
    _exit(1); /* Nobody is there any more. */
  }
}

static void give_memory(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(read_memory, sizeof(read_memory));
}

static void control_read(uv_stream_t* stream, ssize_t count,
                         const uv_buf_t* buf) {
  (void)stream;
  if (count < 0) {
    _exit(0);
  }
  for (ssize_t i = 0; i < count; i++) {
    if (buf->base[i] == 'q') {
      _exit(0);
    }
    command_do(buf->base[i]);
  }
}

static void worker_run(int fd, const char* poller) {
  must(uv_loop_init(&loop), "loop");
  if (poller != NULL) {
    must(gyre_loop_set_poller(&loop, poller), poller);
  }
  must(uv_pipe_init(&loop, &control, 0), "pipe");
  must(uv_pipe_open(&control, fd), "pipe");
  must(uv_read_start((uv_stream_t*)&control, give_memory, control_read),
       "pipe");
  uv_run(&loop, UV_RUN_DEFAULT);
  _exit(1); /* The pipe does not end before the process. */
}

static struct sockaddr_in local_address(unsigned b, unsigned c, unsigned d,
                                        int port) {
  struct sockaddr_in address;

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  address.sin_addr.s_addr = htonl(127u << 24 | b << 16 | c << 8 | d);
  return address;
}

/* ---- the server -------------------------------------------------------------
 */

static uv_tcp_t listener;
static uv_tcp_t* served; /* all that a connection has in this program */

static void serve_closed(uv_handle_t* handle) {
  (void)handle; /* it is one of many in a piece */
  report.count--;
}

static void serve(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  uv_buf_t answer = uv_buf_init(buf->base, (unsigned)(count > 0 ? count : 0));

  if (count < 0) {
    uv_close((uv_handle_t*)stream, serve_closed);
  } else if (count > 0 && uv_try_write(stream, &answer, 1) != (int)count) {
    report.wrong++; /* So little always fits. */
  }
}

static void welcome(uv_stream_t* server, int status) {
  uv_tcp_t* tcp = &served[report.count];

  if (status != 0 || report.count == wanted) {
    report.wrong++;
    return;
  }
  must(uv_tcp_init(&loop, tcp), "tcp");
  must(uv_accept(server, (uv_stream_t*)tcp), "accept");
  must(uv_read_start((uv_stream_t*)tcp, give_memory, serve), "read");
  report.count++;
}

static void server_do(char command) {
  struct sockaddr_in address = local_address(0, 0, 1, 0);
  int size = sizeof(address);

  if (command == 'b') {
    served = malloc(sizeof(*served) * wanted);
    if (served == NULL) {
      must(UV_ENOMEM, "server");
    }
    must(uv_tcp_init(&loop, &listener), "tcp");
    must(uv_tcp_bind(&listener, (const struct sockaddr*)&address, 0), "bind");
    must(uv_listen((uv_stream_t*)&listener, BACKLOG, welcome), "listen");
    must(uv_tcp_getsockname(&listener, (struct sockaddr*)&address, &size),
         "name");
    report.port = ntohs(address.sin_port);
  }
  report_send();
}

/* ---- the client -------------------------------------------------------------
 */

typedef struct {
  uv_tcp_t tcp; /* first: a pointer to it is one to the client */
  unsigned round;
  unsigned received; /* bytes of this round */
} client_t;

static client_t* clients;
static uv_connect_t connects[CONNECTS_MOST];
static unsigned begun;     /* connects */
static unsigned connected; /* or failed */
static unsigned echoing;   /* connections that have rounds to go */

static unsigned char byte_of(const client_t* client, unsigned at) {
  return (unsigned char)((size_t)(client - clients) * 31u + client->round * 7u +
                         at);
}

static void connect_next(uv_connect_t* req);

static void connect_done(uv_connect_t* req, int status) {
  connected++;
  if (status == 0) {
    report.count++;
  } else {
    report.wrong++;
  }
  if (begun < wanted) {
    connect_next(req);
  } else if (connected == wanted) {
    report_send();
  }
}

/* Give |tcp| the source address |from|. Its port is for connect(2) to choose,
 * which knows the other end: bind(2) would have to find one that is free for
 * all, and searches for long when most are taken. */
static void source_set(uv_tcp_t* tcp, const struct sockaddr_in* from) {
  uv_os_fd_t fd;
  int on = 1;

  must(uv_tcp_init_ex(&loop, tcp, AF_INET), "tcp");
  must(uv_fileno((uv_handle_t*)tcp, &fd), "tcp");
  (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  must(uv_tcp_bind(tcp, (const struct sockaddr*)from, 0), "bind");
}

static void connect_next(uv_connect_t* req) {
  unsigned source = begun / PORTS_USED;
  client_t* client = &clients[begun++];
  struct sockaddr_in from = local_address(1, worker_number, 1 + source, 0);
  struct sockaddr_in to = local_address(0, 0, 1, server_port);

  source_set(&client->tcp, &from);
  must(uv_tcp_connect(req, &client->tcp, (const struct sockaddr*)&to,
                      connect_done),
       "connect");
}

static void client_connect(void) {
  clients = calloc(wanted, sizeof(*clients));
  if (clients == NULL) {
    must(UV_ENOMEM, "client");
  }
  for (unsigned i = 0; i < CONNECTS_MOST && begun < wanted; i++) {
    connect_next(&connects[i]);
  }
}

static void client_end(client_t* client) {
  uv_read_stop((uv_stream_t*)&client->tcp);
  if (--echoing == 0) {
    report_send();
  }
}

static void client_send(client_t* client) {
  char message[MESSAGE_SIZE];
  uv_buf_t buf = uv_buf_init(message, MESSAGE_SIZE);

  for (unsigned i = 0; i < MESSAGE_SIZE; i++) {
    message[i] = (char)byte_of(client, i);
  }
  client->received = 0;
  if (uv_try_write((uv_stream_t*)&client->tcp, &buf, 1) != MESSAGE_SIZE) {
    report.wrong++;
    client_end(client);
  }
}

static void client_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf) {
  client_t* client = (client_t*)stream;

  if (count < 0) {
    report.wrong++;
    client_end(client);
    return;
  }
  for (ssize_t i = 0; i < count; i++) {
    report.wrong +=
        (unsigned char)buf->base[i] != byte_of(client, client->received++);
  }
  if (client->received < MESSAGE_SIZE) {
    return;
  }
  if (++client->round < rounds) {
    client_send(client);
  } else {
    client_end(client);
  }
}

static void client_echo(void) {
  echoing = wanted;
  for (unsigned i = 0; i < wanted; i++) {
    must(uv_read_start((uv_stream_t*)&clients[i].tcp, give_memory, client_read),
         "read");
  }
  for (unsigned i = 0; i < wanted; i++) {
    client_send(&clients[i]);
  }
}

/* By resets: a port in TIME_WAIT for each would keep others from them. */
static void client_close(void) {
  for (unsigned i = 0; i < wanted; i++) {
    must(uv_tcp_close_reset(&clients[i].tcp, NULL), "close");
  }
  report.count = 0;
  report_send();
}

static void client_do(char command) {
  switch (command) {
    case 'c':
      client_connect();
      break;
    case 'e':
      client_echo();
      break;
    case 'x':
      client_close();
      break;
    default:
      report_send();
      break;
  }
}

/* ---- the one who asks
 * --------------------------------------------------------- */

static worker_t worker_start(void (*does)(char command), const char* poller) {
  worker_t worker;
  int fds[2];

  must(uv_socketpair(SOCK_STREAM, 0, fds, 0, 0), "socketpair");
  fflush(NULL);
  worker.pid = fork();
  if (worker.pid == 0) {
    close(fds[0]);
    command_do = does;
    worker_run(fds[1], poller);
  }
  if (worker.pid < 0) {
    must(uv_translate_sys_error(errno), "fork");
  }
  close(fds[1]);
  worker.control = fds[0];
  return worker;
}

static void worker_command(const worker_t* worker, char command) {
  if (send(worker->control, &command, 1, MSG_NOSIGNAL) != 1) {
    must(UV_EPIPE, "a worker");
  }
}

static report_t worker_report(const worker_t* worker) {
  report_t answer;

  if (recv(worker->control, &answer, sizeof(answer), MSG_WAITALL) !=
      sizeof(answer)) {
    must(UV_EOF, "a worker");
  }
  return answer;
}

/* All of |workers| do |command|; the sum of their reports. */
static report_t command_all(const worker_t* workers, unsigned count,
                            char command) {
  report_t sum;

  memset(&sum, 0, sizeof(sum));
  for (unsigned i = 0; i < count; i++) {
    worker_command(&workers[i], command);
  }
  for (unsigned i = 0; i < count; i++) {
    report_t one = worker_report(&workers[i]);
    sum.count += one.count;
    sum.wrong += one.wrong;
    sum.resident += one.resident;
    sum.cpu_ns += one.cpu_ns;
  }
  return sum;
}

/* How many descriptors a process may have, at best |need|. */
static unsigned descriptors_allow(unsigned need) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    must(uv_translate_sys_error(errno), "limit");
  }
  if (limit.rlim_cur < need) {
    struct rlimit more = {need, limit.rlim_max > need ? limit.rlim_max : need};
    if (setrlimit(RLIMIT_NOFILE, &more) != 0) {
      more.rlim_cur = limit.rlim_max; /* What anybody may do. */
      more.rlim_max = limit.rlim_max;
      (void)setrlimit(RLIMIT_NOFILE, &more);
    }
    (void)getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur < need ? (unsigned)limit.rlim_cur : need;
}

/* The bytes in the caches that sockets are made of, without the names of all
 * files; 0 when it is not told. */
static uint64_t slab_bytes(void) {
  static const char* const names[] = {"TCP",
                                      "sock_inode_cache",
                                      "filp",
                                      "eventpoll_epi",
                                      "eventpoll_pwq",
                                      "tcp_bind_bucket",
                                      "tcp_bind2_bucket"};
  char line[512];
  uint64_t bytes = 0;
  FILE* file = fopen("/proc/slabinfo", "r");

  while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
    char name[64];
    unsigned long active;
    unsigned long total;
    unsigned long size;
    if (sscanf(line, "%63s %lu %lu %lu", name, &active, &total, &size) != 4) {
      continue;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
      bytes += strcmp(name, names[i]) == 0 ? active * size : 0;
    }
  }
  if (file != NULL) {
    fclose(file);
  }
  return bytes;
}

/* ---- the run
 * ------------------------------------------------------------------ */

static worker_t servers[WORKERS_MOST];
static worker_t connectors[WORKERS_MOST];

/* Start |pairs| of servers and clients for |total| connections. */
static void pairs_start(unsigned pairs, unsigned total, const char* poller) {
  for (unsigned i = 0; i < pairs; i++) {
    wanted = total / pairs + (i < total % pairs);
    worker_number = i;
    servers[i] = worker_start(server_do, poller);
    worker_command(&servers[i], 'b');
    server_port = worker_report(&servers[i]).port;
    connectors[i] = worker_start(client_do, poller);
  }
}

/* Workers made later have the pipes of those before them, so closing ends none.
 */
static void worker_end(const worker_t* worker) {
  worker_command(worker, 'q');
  close(worker->control);
  (void)waitpid(worker->pid, NULL, 0);
}

static void pairs_end(unsigned pairs) {
  for (unsigned i = 0; i < pairs; i++) {
    worker_end(&connectors[i]);
    worker_end(&servers[i]);
  }
}

static void memory_print(const report_t* before, const report_t* after,
                         uint64_t slabs, unsigned total) {
  printf(
      "server:      %.0f bytes a connection, of which %zu are the program's\n",
      (double)(after->resident - before->resident) / total, sizeof(uv_tcp_t));
  if (slabs == 0) {
    printf("kernel:      /proc/slabinfo may not be read\n");
  } else {
    printf("kernel:      %.0f bytes a connection, both ends\n",
           (double)(slab_bytes() - slabs) / total);
  }
}

static int run(unsigned pairs, unsigned total, const char* poller) {
  report_t before;
  report_t after;
  report_t done;
  report_t sent;
  uint64_t slabs = slab_bytes();
  unsigned long messages = (unsigned long)total * rounds;
  double start;

  pairs_start(pairs, total, poller);
  before = command_all(servers, pairs, 'r');
  start = now_s();
  sent = command_all(connectors, pairs, 'c');
  do {
    after = command_all(servers, pairs, 'r'); /* They may not have got to it. */
  } while (sent.wrong == 0 && after.count < total);
  printf("connected:   %lu in %.2f s, by %.1f us of a server's CPU each\n",
         (unsigned long)after.count, now_s() - start,
         (double)(after.cpu_ns - before.cpu_ns) / 1e3 / total);
  memory_print(&before, &after, slabs, total);
  start = now_s();
  sent = command_all(connectors, pairs, 'e');
  done = command_all(servers, pairs, 'r');
  printf(
      "echoed:      %lu messages of %d bytes in %.2f s, by %.1f us of a "
      "server's CPU each\n",
      messages, MESSAGE_SIZE, now_s() - start,
      (double)(done.cpu_ns - after.cpu_ns) / 1e3 / (double)messages);
  memory_print(&before, &done, slabs, total);
  (void)command_all(connectors, pairs, 'x');
  pairs_end(pairs);
  printf("wrong:       %lu\n", (unsigned long)(sent.wrong + done.wrong));
  return sent.wrong + done.wrong != 0 || done.count != total;
}

/* The number |text|, from 1 to |most|; or 0. */
static unsigned number(const char* text, unsigned long most) {
  char* end;
  unsigned long value = strtoul(text, &end, 10);

  return *text == '\0' || *end != '\0' || value > most ? 0 : (unsigned)value;
}

int main(int argc, char** argv) {
  unsigned total = CONNECTIONS;
  unsigned room;
  unsigned pairs;
  const char* poller = NULL;
  int good = argc % 2;

  rounds = ROUNDS;
  for (int i = 1; good && i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--connections") == 0) {
      good = (total = number(argv[i + 1], CONNECTIONS_MOST)) > 0;
    } else if (strcmp(argv[i], "--rounds") == 0) {
      good = (rounds = number(argv[i + 1], 1000)) > 0;
    } else {
      good = strcmp(argv[i], "--poller") == 0;
      poller = argv[i + 1];
    }
  }
  if (!good) {
    fprintf(stderr,
            "usage: %s [--connections N] [--rounds N] [--poller NAME]\n",
            argv[0]);
    return 2;
  }
  room = descriptors_allow(total + SPARE_FDS);
  room -= room > SPARE_FDS ? SPARE_FDS : room - 1;
  pairs = (total + room - 1) / room;
  must(pairs > WORKERS_MOST ? UV_EMFILE : 0, "limit of descriptors");
  printf(
      "descriptors: %u a process, so %u connections are %u server%s of one "
      "thread\n",
      room + SPARE_FDS, total, pairs, pairs > 1 ? "s" : "");
  return run(pairs, total, poller);
}
