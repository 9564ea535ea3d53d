/* demo.h - what the files of the demonstration share.
 *
 * Each activity is a structure with what it needs, a function that opens it and
 * callbacks that find their way back by uv_handle_get_data(), or by the data of
 * the loop. Nothing is global but what a signal handler needs. */
#ifndef DEMO_H_
#define DEMO_H_

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uv.h"

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/* End the program if |err|, which |what| gave, is an error. */
void must(int err, const char* what);

/* ---- latency.c: how long something took -------------------------------- */

enum {
  LATENCY_BINS = 320 /* to 2^42 ns, more than an hour */
};

/* How often which time was seen, to an eighth of itself. */
typedef struct {
  uint64_t count;
  uint64_t max_ns;
  uint64_t bins[LATENCY_BINS];
} latency_t;

void latency_add(latency_t* latency, uint64_t ns);

/* The time within which |percent| of all were. */
uint64_t latency_percentile(const latency_t* latency, unsigned percent);

/* How many took from |from_ns| to just below |to_ns|, or so. */
uint64_t latency_between(const latency_t* latency, uint64_t from_ns,
                         uint64_t to_ns);

/* ---- what is counted, all from the start -------------------------------- */

typedef struct {
  uint64_t idle_calls; /* callbacks, by phase */
  uint64_t prepare_calls;
  uint64_t poll_calls;
  uint64_t check_calls;
  uint64_t close_calls;
  uint64_t timer_calls;
  uint64_t idle_ns;  /* in idle callbacks */
  uint64_t poll_ns;  /* from prepare to check, asleep or not */
  uint64_t rest_ns;  /* from check to prepare */
  uint64_t sleep_ns; /* asleep; known when a frame is drawn */
  uint64_t put_off;
  uint64_t put_off_ns;
  uint64_t messages;
  uint64_t primes;
  uint64_t late; /* as many as the latency of that name has */
  uint64_t stamps;
  uint64_t fetches;
  uint64_t pieces;
  uint64_t answers;
  uint64_t files;
  uint64_t names;
} counts_t;

/* ---- timers.c: idle time-outs that are put off, and probes --------------- */

enum {
  IDLE_TIMEOUTS = 100000,
  PROBES = 8
};

/* A timer that measures how late it is. */
typedef struct {
  uv_timer_t timer;
  uint64_t timeout_ms;
  uint64_t due_ns; /* not before this time of uv_hrtime() */
} probe_t;

typedef struct {
  uv_timer_t traffic;
  uv_timer_t* timeouts; /* IDLE_TIMEOUTS of them */
  unsigned random;
  probe_t probes[PROBES];
  uint64_t early;
  latency_t late;
} timers_t;

/* ---- slices.c: an idle handle with a long computation, cut into slices ----
 */

typedef struct {
  uv_timer_t timer;
  uv_idle_t idle;
  unsigned left;   /* slices, until the next time */
  unsigned number; /* the next to be looked at */
} slices_t;

/* ---- messages.c: threads that send to asyncs ------------------------------
 */

enum {
  SENDERS = 4
};

/* A thread that sends messages, and where they lie until they are fetched. */
typedef struct {
  uv_async_t async;
  uv_thread_t thread;
  uv_mutex_t lock;   /* for the next two */
  uint64_t waiting;  /* messages */
  uint64_t first_ns; /* when the oldest of them was sent */
  uint64_t sent;     /* the thread's, until it is joined */
  const atomic_int* stop;
} sender_t;

typedef struct {
  sender_t senders[SENDERS];
  latency_t latency; /* from the oldest message to the callback */
} messages_t;

/* ---- stamps.c: a poll handle for a pipe that a thread writes to ------------
 */

typedef struct {
  uv_poll_t poll;
  uv_thread_t thread;
  int fds[2];
  uint64_t written; /* the thread's, until it is joined */
  const atomic_int* stop;
  latency_t latency; /* from write() to the callback */
} stamps_t;

/* ---- work.c: bursts of work for the pool ----------------------------------
 */

enum {
  PIECES = 32
};

typedef struct {
  uv_work_t req;
  uint64_t queued_ns;
  uint64_t result;
} piece_t;

typedef struct {
  uv_timer_t timer;
  piece_t pieces[PIECES];
  unsigned out;      /* queued, and not done */
  latency_t latency; /* from uv_queue_work() to the callback */
} work_t;

/* ---- connections.c: a server for many -------------------------------------
 */

enum {
  CONNECTIONS = 10000 /* if nothing else is wanted, and the system lets us */
};

typedef struct {
  uint64_t sent_ns; /* by uv_hrtime(), which is one clock for all processes */
  uint64_t number;
  char text[48];
} message_t;

typedef struct {
  uv_tcp_t tcp;
  uv_write_t write;
  message_t message;
  size_t size; /* of it that has arrived */
} connection_t;

typedef struct {
  uv_tcp_t server;
  connection_t* all; /* |wanted| of them */
  unsigned wanted;
  unsigned came;
  unsigned open;
  uv_process_t child; /* peers.c */
  uv_pipe_t input;    /* its */
  uv_pipe_t output;
  char report[32]; /* what it said */
  size_t report_size;
  uint64_t sent; /* messages, as it says at its end */
  bool running;
  bool reported;
  bool failed;
  latency_t latency; /* from the write in the child to the callback */
} connections_t;

/* ---- lookups.c: a file and a name, again and again ------------------------
 */

typedef struct {
  uv_timer_t file_timer;
  uv_fs_t file_req;
  uv_file file;
  char text[4096];
  uint64_t file_ns; /* when it was begun */
  bool file_busy;
  uv_timer_t name_timer;
  uv_getaddrinfo_t name_req;
  uint64_t name_ns;
  bool name_busy;
  latency_t file_latency; /* to open, read and close it */
  latency_t name_latency;
} lookups_t;

/* ---- screen.c: text that goes out in one piece -----------------------------
 */

typedef struct {
  bool live;  /* draws over itself */
  bool color; /* and in colours */
  int lines;  /* that it has drawn, to go back by */
  size_t length;
  char text[8192]; /* written at once, so that it does not flicker */
} screen_t;

/* A short text, for printing a number. */
typedef struct {
  char s[24];
} text_t;

/* "1,234,567". */
text_t text_count(uint64_t count);

/* "850 ns", "61 us", "1.2 ms", "12 s". */
text_t text_time(uint64_t ns);

/* Look what stdout can do; |lines| of 80 columns are wanted to be live. */
void screen_open(screen_t* screen, int lines);

/* Begin to draw, over what was drawn before if the screen is live. */
void screen_begin(screen_t* screen);

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void screen_print(screen_t* screen, const char* format, ...);

/* Go on in a style of ANSI terminals, such as "1" for bold; "0" is normal. */
void screen_style(screen_t* screen, const char* style);

void screen_end_line(screen_t* screen);

/* Write it all to stdout. */
void screen_show(screen_t* screen);

/* ---- the whole ------------------------------------------------------------
 */

typedef struct {
  uv_loop_t loop;
  atomic_int stop; /* it is time for threads to end */

  timers_t timers;
  slices_t slices;
  messages_t messages;
  stamps_t stamps;
  work_t work;
  connections_t connections;
  lookups_t lookups;

  uv_prepare_t prepare; /* turns.c */
  uv_check_t check;
  uint64_t mark_ns; /* the last prepare or check */
  counts_t counts;

  uint64_t run_ms;
  uint64_t began_ns;
  uv_timer_t end;
  uv_async_t interrupted;
  uint64_t ended_ns; /* when the closing began */
  int first_fds;     /* descriptors there were at the start */

  uv_timer_t frame; /* frame.c */
  counts_t drawn;   /* what |counts| was in the last frame */
  uint64_t drawn_ns;
  uint64_t drawn_cpu_ns;
  screen_t screen;
} demo_t;

static inline demo_t* demo_of(uv_loop_t* loop) {
  return uv_loop_get_data(loop);
}

void timers_open(demo_t* demo);
void slices_open(demo_t* demo);
void messages_open(demo_t* demo);
void stamps_open(demo_t* demo);
void work_open(demo_t* demo);
void connections_open(demo_t* demo);
void lookups_open(demo_t* demo);
void turns_open(demo_t* demo);

/* Join the threads, and fetch what they sent last. */
void messages_end(demo_t* demo);
void stamps_end(demo_t* demo);

/* Have the child end, which calls demo_end() then; true when it has. */
bool connections_end(demo_t* demo);

/* What the child does: |count| connections to |port|. The exit status. */
int peers_main(int port, unsigned count);

/* The end: of the child first, then of the threads and all handles. */
void demo_end(demo_t* demo);

/* Draw from now on; the first frame is due at once. */
void frame_open(demo_t* demo);
void frame_draw(demo_t* demo);

/* How many descriptors the process has, -1 if that cannot be told. */
int process_fds(void);

#endif /* DEMO_H_ */
