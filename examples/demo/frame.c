/* frame.c - what is drawn: a frame on a terminal, a line elsewhere, and in the
 * end a summary. */
#include <dirent.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "demo.h"
#include "gyre.h"

enum {
  FRAME_LINES = 23,
  FRAME_MS = 200,
  LINE_MS = 1000,
  BAR_COLUMNS = 30,
  STRIP_COLUMNS = 24 /* from 1 us to 10 ms */
};

/* ---- what is known of the process -----------------------------------------
 */

/* How much memory it has, in MB; 0 where there is no Linux to say so. */
static double process_mb(void) {
  FILE* file = fopen("/proc/self/statm", "r");
  long pages = 0;

  if (file == NULL) {
    return 0;
  }
  if (fscanf(file, "%*s %ld", &pages) != 1) {
    pages = 0;
  }
  (void)fclose(file); /* It was only read. */
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

int process_fds(void) {
  DIR* folder = opendir("/dev/fd");
  int count = -3; /* Itself, . and .. */

  if (folder == NULL) {
    return -1;
  }
  while (readdir(folder) != NULL) {
    count++;
  }
  (void)closedir(folder);
  return count;
}

static uint64_t process_cpu_ns(void) {
  return (uint64_t)clock() * (NS_PER_S / CLOCKS_PER_SEC);
}

/* ---- numbers since the last frame ------------------------------------------
 */

/* What |count| less |drawn|, in |passed_ns|, makes in a second. */
static uint64_t rate(uint64_t count, uint64_t drawn, uint64_t passed_ns) {
  return (uint64_t)((double)(count - drawn) * (double)NS_PER_S /
                    (double)passed_ns);
}

/* What the time |ns| less |drawn_ns| is of |passed_ns|, in percent. */
static double share(uint64_t ns, uint64_t drawn_ns, uint64_t passed_ns) {
  return (double)(ns - drawn_ns) * 100 / (double)passed_ns;
}

/* ns for each time-out that was put off. */
static uint64_t put_off_cost(const counts_t* now, const counts_t* drawn) {
  uint64_t count = now->put_off - drawn->put_off;

  return count > 0 ? (now->put_off_ns - drawn->put_off_ns) / count : 0;
}

/* ---- a frame
 * ------------------------------------------------------------------ */

static void bar_print(screen_t* screen, double percent) {
  int filled = (int)(percent * BAR_COLUMNS / 100 + 0.5);
  int column;

  screen_style(screen, "46");
  for (column = 0; column < BAR_COLUMNS; column++) {
    if (column == filled) {
      screen_style(screen, "0");
    }
    screen_print(screen, "%c", column < filled && !screen->color ? '#' : ' ');
  }
  screen_style(screen, "0");
}

/* A line of the upper table; what has no share of its own has -1. */
static void phase_print(screen_t* screen, const char* name, uint64_t calls,
                        double percent, const char* note) {
  screen_print(screen, " %-9s%10s  ", name,
               calls > 0 ? text_count(calls).s : "");
  if (percent < 0) {
    screen_print(screen, "%6s  %*s", "", BAR_COLUMNS, "");
  } else {
    screen_print(screen, "%5.1f%%  ", percent);
    bar_print(screen, percent);
  }
  screen_style(screen, "2");
  screen_print(screen, " %s", note);
  screen_style(screen, "0");
  screen_end_line(screen);
}

/* How the times are spread, a column for each sixth of a power of ten: the more
 * ink, the more of them. */
static void strip_print(screen_t* screen, const latency_t* latency) {
  static const char ink[] = " .:-=+*#%@";
  static const char* const styles[] = {"0", "34", "36", "32", "1;33"};
  uint64_t from_ns = 0;
  double edge_ns = 1000;
  int column;

  for (column = 0; column < STRIP_COLUMNS; column++) {
    uint64_t to_ns;
    uint64_t seen;
    unsigned level;
    edge_ns *= 1.4677992676220695; /* The sixth root of ten. */
    to_ns = column == STRIP_COLUMNS - 1 ? NS_PER_S * 60 : (uint64_t)edge_ns;
    seen = latency_between(latency, from_ns, to_ns);
    level = seen > 0 ? 1 + (unsigned)(seen * 30 / latency->count) : 0;
    level = level < 9 ? level : 9;
    screen_style(screen, styles[(level + 1) / 2 < 4 ? (level + 1) / 2 : 4]);
    screen_print(screen, "%c", ink[level]);
    from_ns = to_ns;
  }
  screen_style(screen, "0");
}

/* A line of the lower table. */
static void latency_print(screen_t* screen, const char* name, uint64_t per_s,
                          const latency_t* latency) {
  screen_print(screen, " %-17s%8s%9s%9s%9s  ", name, text_count(per_s).s,
               text_time(latency_percentile(latency, 50)).s,
               text_time(latency_percentile(latency, 99)).s,
               text_time(latency->max_ns).s);
  strip_print(screen, latency);
  screen_end_line(screen);
}

static void title_print(demo_t* demo, uint64_t now_ns) {
  screen_t* screen = &demo->screen;
  double s = (double)(now_ns - demo->began_ns) / (double)NS_PER_S;

  screen_style(screen, "1");
  screen_print(screen, " Gyre %s, one loop on %s", gyre_version_string(),
               gyre_loop_poller(&demo->loop));
  screen_style(screen, "0");
  screen_print(screen, "   %.1f of %.0f s   Ctrl-C ends it", s,
               (double)demo->run_ms / 1000);
  screen_end_line(screen);
}

static void header_print(screen_t* screen, const char* text) {
  screen_style(screen, "4");
  screen_print(screen, "%-79s", text);
  screen_style(screen, "0");
  screen_end_line(screen);
}

static void phases_print(demo_t* demo, uint64_t passed_ns) {
  screen_t* screen = &demo->screen;
  const counts_t* now = &demo->counts;
  const counts_t* drawn = &demo->drawn;
  double sleep = share(now->sleep_ns, drawn->sleep_ns, passed_ns);
  double poll = share(now->poll_ns, drawn->poll_ns, passed_ns) - sleep;
  double idle = share(now->idle_ns, drawn->idle_ns, passed_ns);
  double rest = share(now->rest_ns, drawn->rest_ns, passed_ns) - idle;
  char primes[48];

  (void)snprintf(primes, sizeof(primes), "%s primes",
                 text_count(now->primes).s);
  header_print(screen, " phase        calls/s   share of the time");
  phase_print(screen, "idle",
              rate(now->idle_calls, drawn->idle_calls, passed_ns), idle,
              primes);
  phase_print(screen, "prepare",
              rate(now->prepare_calls, drawn->prepare_calls, passed_ns), -1,
              "once in a turn");
  phase_print(screen, "poll",
              rate(now->poll_calls, drawn->poll_calls, passed_ns), poll,
              "sockets, work, ...");
  phase_print(screen, " asleep", 0, sleep, "");
  phase_print(screen, "check",
              rate(now->check_calls, drawn->check_calls, passed_ns), -1,
              "once in a turn");
  phase_print(screen, "close",
              rate(now->close_calls, drawn->close_calls, passed_ns), -1,
              "and opened again");
  phase_print(screen, "timers",
              rate(now->timer_calls, drawn->timer_calls, passed_ns), rest,
              "and this display");
  screen_end_line(screen);
}

static void latencies_print(demo_t* demo, uint64_t passed_ns) {
  screen_t* screen = &demo->screen;
  const counts_t* now = &demo->counts;
  const counts_t* drawn = &demo->drawn;

  header_print(screen,
               " to the callback   each s      p50      p99      max  "
               "1us   10us  .1ms  1ms");
  latency_print(screen, "message, sent",
                rate(now->answers, drawn->answers, passed_ns),
                &demo->connections.latency);
  latency_print(screen, "timer, since due",
                rate(now->late, drawn->late, passed_ns), &demo->timers.late);
  latency_print(screen, "bytes in a pipe",
                rate(now->stamps, drawn->stamps, passed_ns),
                &demo->stamps.latency);
  latency_print(screen, "async send",
                rate(now->fetches, drawn->fetches, passed_ns),
                &demo->messages.latency);
  latency_print(screen, "work, from queued",
                rate(now->pieces, drawn->pieces, passed_ns),
                &demo->work.latency);
  latency_print(screen, "file opened, read",
                rate(now->files, drawn->files, passed_ns),
                &demo->lookups.file_latency);
  latency_print(screen, "name looked up",
                rate(now->names, drawn->names, passed_ns),
                &demo->lookups.name_latency);
  screen_end_line(screen);
}

static void facts_print(demo_t* demo, uint64_t passed_ns) {
  screen_t* screen = &demo->screen;
  const counts_t* now = &demo->counts;
  const counts_t* drawn = &demo->drawn;

  screen_print(screen, " %s connections on this one thread: %s answers so far",
               text_count(demo->connections.open).s,
               text_count(now->answers).s);
  screen_end_line(screen);
  screen_print(screen, " %s idle time-outs: %s put off a second, at %s each",
               text_count(IDLE_TIMEOUTS).s,
               text_count(rate(now->put_off, drawn->put_off, passed_ns)).s,
               text_time(put_off_cost(now, drawn)).s);
  screen_end_line(screen);
  screen_print(screen, " %d threads: %s messages a second, %s until now",
               SENDERS,
               text_count(rate(now->messages, drawn->messages, passed_ns)).s,
               text_count(now->messages).s);
  screen_end_line(screen);
  screen_print(screen,
               " process: %.1f MB, %d descriptors, %.0f%% of a processor",
               process_mb(), process_fds(),
               share(process_cpu_ns(), demo->drawn_cpu_ns, passed_ns));
  screen_end_line(screen);
}

/* ---- a line
 * ------------------------------------------------------------------- */

static void line_header_print(screen_t* screen) {
  screen_print(screen, "%4s %8s %7s %7s %10s %9s %9s %9s %9s", "s", "turns/s",
               "asleep", "sockets", "messages/s", "msg p99", "timer p99",
               "async p99", "work p99");
  screen_end_line(screen);
}

static void line_print(demo_t* demo, uint64_t now_ns, uint64_t passed_ns) {
  screen_t* screen = &demo->screen;
  const counts_t* now = &demo->counts;
  const counts_t* drawn = &demo->drawn;

  screen_print(
      screen, "%4.1f %8s %6.1f%% %7s %10s %9s %9s %9s %9s",
      (double)(now_ns - demo->began_ns) / (double)NS_PER_S,
      text_count(rate(now->check_calls, drawn->check_calls, passed_ns)).s,
      share(now->sleep_ns, drawn->sleep_ns, passed_ns),
      text_count(demo->connections.open).s,
      text_count(rate(now->answers, drawn->answers, passed_ns)).s,
      text_time(latency_percentile(&demo->connections.latency, 99)).s,
      text_time(latency_percentile(&demo->timers.late, 99)).s,
      text_time(latency_percentile(&demo->messages.latency, 99)).s,
      text_time(latency_percentile(&demo->work.latency, 99)).s);
  screen_end_line(screen);
}

/* ---- when
 * ---------------------------------------------------------------------- */

void frame_draw(demo_t* demo) {
  uint64_t now_ns = uv_hrtime();
  uint64_t passed_ns = now_ns - demo->drawn_ns;

  demo->counts.sleep_ns = uv_metrics_idle_time(&demo->loop);
  screen_begin(&demo->screen);
  if (demo->screen.live) {
    title_print(demo, now_ns);
    phases_print(demo, passed_ns);
    latencies_print(demo, passed_ns);
    facts_print(demo, passed_ns);
  } else {
    line_print(demo, now_ns, passed_ns);
  }
  screen_show(&demo->screen);
  demo->drawn = demo->counts;
  demo->drawn_ns = now_ns;
  demo->drawn_cpu_ns = process_cpu_ns();
}

static void on_frame(uv_timer_t* timer) {
  demo_t* demo = demo_of(timer->loop);

  demo->counts.timer_calls++;
  frame_draw(demo);
}

void frame_open(demo_t* demo) {
  uint64_t every_ms;

  screen_open(&demo->screen, FRAME_LINES);
  every_ms = demo->screen.live ? FRAME_MS : LINE_MS;
  demo->drawn = demo->counts;
  demo->drawn_ns = uv_hrtime();
  demo->drawn_cpu_ns = process_cpu_ns();
  if (!demo->screen.live) {
    line_header_print(&demo->screen);
    screen_show(&demo->screen);
  }
  must(uv_timer_init(&demo->loop, &demo->frame), "uv_timer_init");
  must(uv_timer_start(&demo->frame, on_frame, every_ms, every_ms),
       "uv_timer_start");
}
