/* demo.c - a loop at work, watched live.
 *
 * On one loop, which is one thread, run ten thousand connections, timers, a
 * computation in slices, messages from threads, work on the pool, a file, names
 * and a pipe; see the file of each. How long each takes to reach
 * the loop is measured, and at the end it is checked that no timer was early
 * and nothing was lost: the exit status says so.
 *
 * Only uv.h and gyre.h are used, and some of what every Unix has. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "demo.h"
#include "gyre.h"

enum {
  DEFAULT_S = 15,
  MAX_S = 3600,
  MAX_CONNECTIONS = 1000000,
  OTHER_FDS = 64 /* those that are no connections, and some to spare */
};

void must(int err, const char* what) {
  if (err < 0) {
    fprintf(stderr, "demo: %s: %s\n", what, uv_strerror(err));
    exit(1);
  }
}

/* ---- the end --------------------------------------------------------------
 */

static void on_closed(uv_handle_t* handle) {
  demo_of(uv_handle_get_loop(handle))->counts.close_calls++;
}

static void close_one(uv_handle_t* handle, void* arg) {
  (void)arg;
  if (!uv_is_closing(handle)) {
    uv_close(handle, on_closed);
  }
}

/* Close all handles; with the last, uv_run() returns. */
void demo_end(demo_t* demo) {
  signal(SIGINT, SIG_DFL); /* A second Ctrl-C ends the program. */
  if (!connections_end(demo) || atomic_exchange(&demo->stop, true)) {
    return;
  }
  messages_end(demo);
  stamps_end(demo);
  demo->ended_ns = uv_hrtime();
  demo->counts.close_calls = 0;
  uv_walk(&demo->loop, close_one, NULL);
}

static void on_end(uv_timer_t* timer) {
  demo_end(demo_of(timer->loop));
}

static void on_interrupted(uv_async_t* async) {
  demo_end(demo_of(async->loop));
}

/* What a signal handler can reach. */
static uv_async_t* interrupted;

static void on_signal(int signum) {
  (void)signum;
  (void)uv_async_send(interrupted); /* This much may be done in here. */
}

static void end_open(demo_t* demo) {
  must(uv_async_init(&demo->loop, &demo->interrupted, on_interrupted),
       "uv_async_init");
  interrupted = &demo->interrupted;
  signal(SIGINT, on_signal);
  must(uv_timer_init(&demo->loop, &demo->end), "uv_timer_init");
  must(uv_timer_start(&demo->end, on_end, demo->run_ms, 0), "uv_timer_start");
}

/* ---- what came of it ------------------------------------------------------
 */

static uint64_t messages_sent(const demo_t* demo) {
  uint64_t sent = 0;
  int index;

  for (index = 0; index < SENDERS; index++) {
    sent += demo->messages.senders[index].sent;
  }
  return sent;
}

static void summary_print(const demo_t* demo, const char* poller,
                          uint64_t closed_ns) {
  const counts_t* counts = &demo->counts;

  printf("\n%.1f s, %s turns of one loop on %s:\n",
         (double)(demo->ended_ns - demo->began_ns) / (double)NS_PER_S,
         text_count(counts->check_calls).s, poller);
  printf("  sockets   %s connections, %s messages answered, half within %s\n",
         text_count(demo->connections.came).s, text_count(counts->answers).s,
         text_time(latency_percentile(&demo->connections.latency, 50)).s);
  printf("  timers    %s measured, %s early, half within %s of their time\n",
         text_count(counts->late).s, text_count(demo->timers.early).s,
         text_time(latency_percentile(&demo->timers.late, 50)).s);
  printf("            %s idle time-outs put off, at %s each\n",
         text_count(counts->put_off).s,
         text_time(counts->put_off_ns / (counts->put_off | 1)).s);
  printf("  messages  %s sent by %d threads, %s received in %s callbacks\n",
         text_count(messages_sent(demo)).s, SENDERS,
         text_count(counts->messages).s, text_count(counts->fetches).s);
  printf("  pipe      %s stamps written, %s read\n",
         text_count(demo->stamps.written).s, text_count(counts->stamps).s);
  printf("  work      %s pieces done, half within %s\n",
         text_count(counts->pieces).s,
         text_time(latency_percentile(&demo->work.latency, 50)).s);
  printf("  look-ups  %s files read, %s names found\n",
         text_count(counts->files).s, text_count(counts->names).s);
  printf("  closing   %s handles in %s; descriptors: %d before, %d after\n",
         text_count(counts->close_calls).s,
         text_time(closed_ns - demo->ended_ns).s, demo->first_fds,
         process_fds());
}

/* Was all as it must be? If not, say what was not. */
static bool verdict(const demo_t* demo) {
  const char* wrong = NULL;

  if (demo->timers.early > 0) {
    wrong = "a timer was early";
  } else if (demo->connections.failed ||
             demo->counts.answers != demo->connections.sent) {
    wrong = "messages of connections were lost";
  } else if (demo->counts.messages != messages_sent(demo)) {
    wrong = "messages were lost";
  } else if (demo->counts.stamps != demo->stamps.written) {
    wrong = "stamps were lost";
  } else if (process_fds() != demo->first_fds) {
    wrong = "descriptors are left open";
  }
  if (wrong != NULL) {
    fprintf(stderr, "demo: %s\n", wrong);
  }
  return wrong == NULL;
}

/* ---- the beginning ---------------------------------------------------------
 */

static void usage_print(FILE* stream) {
  const char* name;
  size_t index;

  fprintf(stream,
          "usage: demo [--seconds N] [--connections N] [--poller NAME]\n\n"
          "  --seconds N      how long, 1 to %d; %d if not given\n"
          "  --connections N  how many, %d if not given, or fewer where the\n"
          "                   system allows fewer descriptors\n"
          "  --poller NAME    one of",
          MAX_S, DEFAULT_S, CONNECTIONS);
  for (index = 0; (name = gyre_poller_name(index)) != NULL; index++) {
    fprintf(stream, " %s", name);
  }
  fprintf(stream, "\n");
}

/* The number in |text|, 1 to |max|; 0 when it is none. */
static unsigned number_read(const char* text, long max) {
  char* end;
  long number = strtol(text, &end, 10);

  return *end != '\0' || number < 1 || number > max ? 0 : (unsigned)number;
}

/* Read the arguments; false when there is one that means nothing. */
static bool options_read(int argc, char** argv, demo_t* demo,
                         const char** poller) {
  unsigned seconds = DEFAULT_S;
  unsigned connections = CONNECTIONS;
  int index;

  for (index = 1; index + 1 < argc; index += 2) {
    if (strcmp(argv[index], "--poller") == 0) {
      *poller = argv[index + 1];
    } else if (strcmp(argv[index], "--seconds") == 0) {
      seconds = number_read(argv[index + 1], MAX_S);
    } else if (strcmp(argv[index], "--connections") == 0) {
      connections = number_read(argv[index + 1], MAX_CONNECTIONS);
    } else {
      return false;
    }
  }
  demo->run_ms = (uint64_t)seconds * 1000;
  demo->connections.wanted = connections;
  return index == argc && seconds > 0 && connections > 0;
}

/* Have as many descriptors as the system allows, and no more connections. */
static void descriptors_raise(demo_t* demo) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return; /* Then it is as it is; whatever fails will say so. */
  }
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* Likewise. */
    (void)getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur > OTHER_FDS &&
      demo->connections.wanted > limit.rlim_cur - OTHER_FDS) {
    demo->connections.wanted = (unsigned)limit.rlim_cur - OTHER_FDS;
  }
}

static void demo_open(demo_t* demo, const char* poller) {
  demo->first_fds = process_fds();
  must(uv_loop_init(&demo->loop), "uv_loop_init");
  uv_loop_set_data(&demo->loop, demo);
  if (poller != NULL) {
    must(gyre_loop_set_poller(&demo->loop, poller), poller);
  }
  must(uv_loop_configure(&demo->loop, UV_METRICS_IDLE_TIME),
       "uv_loop_configure");
  timers_open(demo);
  slices_open(demo);
  messages_open(demo);
  stamps_open(demo);
  work_open(demo);
  connections_open(demo);
  lookups_open(demo);
  end_open(demo);
  demo->began_ns = uv_hrtime();
  frame_open(demo);
  turns_open(demo);
}

int main(int argc, char** argv) {
  static demo_t demo;
  const char* poller = NULL;

  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    usage_print(stdout);
    return 0;
  }
  if (argc == 4 && strcmp(argv[1], "--peers") == 0) {
    return peers_main(atoi(argv[2]), number_read(argv[3], MAX_CONNECTIONS));
  }
  if (!options_read(argc, argv, &demo, &poller)) {
    usage_print(stderr);
    return 2;
  }
  descriptors_raise(&demo);
  demo_open(&demo, poller);
  poller = gyre_loop_poller(&demo.loop);
  must(uv_run(&demo.loop, UV_RUN_DEFAULT), "uv_run");
  must(uv_loop_close(&demo.loop), "uv_loop_close");
  free(demo.timers.timeouts);
  free(demo.connections.all);
  summary_print(&demo, poller, uv_hrtime());
  return verdict(&demo) ? 0 : 1;
}
