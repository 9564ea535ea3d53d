/* report.c - bench-report: makes of the values that bench-run wrote a page with
 * tables, and plots.
 *
 * bench-report FOLDER INTRODUCTION CSV... writes FOLDER/results.md, which
 * begins with the file INTRODUCTION, and FOLDER/GROUP.svg for each group of
 * workloads. Gyre is what the others are compared with. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "report.h"
#include "rows.h"

/* Workloads whose names begin alike. */
typedef struct {
  const char* prefix;
  const char* title;
} group_t;

static const group_t groups[] = {
    {"tcp-", "TCP"},    {"udp-", "UDP"},      {"timer-", "Timers"},
    {"loop-", "Loops"}, {"async-", "Asyncs"}, {"work-", "Work items"},
    {"file-", "Files"}, {"fs-", "Files"},     {"spawn-", "Processes"},
    {NULL, NULL}};

/* What is measured, in the order of the tables, and what it is called there. */
typedef struct {
  const char* measure;
  const char* title;
} column_t;

static const column_t measures[] = {
    {"CPU ns", "CPU time of one operation, ns"},
    {"wall ns", "wall time of one operation, ns"},
    {"operations/s", "operations in a second"},
    {"p50 us", "median latency, us"},
    {"p99 us", "latency of the slowest hundredth, us"},
    {"calls", "system calls of one operation"},
    {"instructions", "instructions of one operation, in user space"},
    {"bytes/connection", "resident bytes of a connection"},
    {"senders' CPU ns", "CPU time of a sender, ns"},
    {"descriptors", "descriptors"},
    {"bytes", "bytes allocated"},
    {"resident bytes", "bytes resident"},
    {NULL, NULL}};

/* What Gyre aims at: libuv takes |times| what it does. */
typedef struct {
  const char* workload;
  const char* measure;
  double times;
  bool over_uring; /* and not over the default poller */
} aim_t;

static const aim_t aims[] = {{"tcp-echo-1", "CPU ns", 1.30, false},
                             {"tcp-echo-100", "CPU ns", 1.18, false},
                             {"tcp-echo-100", "CPU ns", 1.25, true},
                             {"tcp-echo-1k", "CPU ns", 1.22, false},
                             {"tcp-echo-1k", "CPU ns", 1.33, true},
                             {"tcp-accept-64", "CPU ns", 1.28, false},
                             {"tcp-accept-64", "CPU ns", 1.45, true},
                             {"tcp-churn-64", "CPU ns", 1.33, false},
                             {"tcp-churn-64", "CPU ns", 1.42, true},
                             {"udp-echo-1", "CPU ns", 1.4, false},
                             {"udp-blast-64", "CPU ns", 1.4, false},
                             {"timer-start-1m", "CPU ns", 5, false},
                             {"timer-stop-1m", "CPU ns", 5, false},
                             {"timer-fire-1m", "CPU ns", 8, false},
                             {"timer-rearm-1m", "CPU ns", 25, false},
                             {"timer-idle-100k", "CPU ns", 25, false},
                             {"async-one-10k", "CPU ns", 50, false},
                             {"work-flight-1k-4t", "wall ns", 3, false},
                             {"work-queued-1m-4t", "wall ns", 1.5, false},
                             {"work-latency", "wall ns", 2, false},
                             {"loop-birth", "CPU ns", 4, false},
                             {"file-visit-32", "wall ns", 2.5, false},
                             {"file-visit-32", "CPU ns", 4, false},
                             {"file-stat-32", "wall ns", 1.6, false},
                             {"file-stat-1", "wall ns", 5, false},
                             {"file-read-1", "wall ns", 5, false},
                             {NULL, NULL, 0, false}};

static rows_t rows;

static FILE* file_open(const char* folder, const char* name) {
  char path[4096];
  FILE* file;

  bench_check(
      snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path),
      "the folder's name is too long");
  file = fopen(path, "w");
  bench_check(file != NULL, "a file of the report cannot be written");
  return file;
}

static void file_close(FILE* file) {
  bench_check(fclose(file) == 0, "a file of the report cannot be written");
}

static bool begins_with(const char* text, const char* prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- tables ----------------------------------------------------------------
 */

static void number(FILE* out, const char* before, double value,
                   const char* after) {
  (void)fputs(before, out);
  if (!isnan(value)) {
    rows_print_number(out, value);
  }
  (void)fputs(after, out);
}

/* Does |peer| have a value of |measure| in the group |prefix|? */
static bool peer_is_in(const char* prefix, const char* measure, int peer) {
  int index;

  for (index = 0; index < rows.count; index++) {
    const row_t* row = &rows.rows[index];
    if (begins_with(row->workload, prefix) &&
        (measure == NULL || strcmp(row->measure, measure) == 0) &&
        !isnan(rows_values(&rows, row, peer).median)) {
      return true;
    }
  }
  return false;
}

static void table_head(FILE* out, const char* prefix, const column_t* column) {
  int peer;

  (void)fprintf(out, "\n%s", column->title);
  (void)fprintf(out, ", and in brackets how many times Gyre's it is:\n\n| |");
  for (peer = 0; peer < rows.peer_count; peer++) {
    if (peer_is_in(prefix, column->measure, peer)) {
      (void)fprintf(out, " %s |", rows.peers[peer]);
    }
  }
  (void)fprintf(out, "\n|---|");
  for (peer = 0; peer < rows.peer_count; peer++) {
    if (peer_is_in(prefix, column->measure, peer)) {
      (void)fprintf(out, "--:|");
    }
  }
  (void)fprintf(out, "\n");
}

static void table_row(FILE* out, const char* prefix, const row_t* row) {
  int peer;

  (void)fprintf(out, "| `%s` |", row->workload);
  for (peer = 0; peer < rows.peer_count; peer++) {
    double ratio;
    if (!peer_is_in(prefix, row->measure, peer)) {
      continue;
    }
    number(out, " ", rows_values(&rows, row, peer).median, "");
    ratio = rows_ratios(&rows, row, peer, 0).median;
    if (peer > 0 && !isnan(ratio)) {
      number(out, " (", ratio, ")");
    }
    (void)fprintf(out, " |");
  }
  (void)fprintf(out, "\n");
}

static void table(FILE* out, const char* prefix, const column_t* column) {
  bool begun = false;
  int index;

  for (index = 0; index < rows.count; index++) {
    const row_t* row = &rows.rows[index];
    if (!begins_with(row->workload, prefix) ||
        strcmp(row->measure, column->measure) != 0) {
      continue;
    }
    if (!begun) {
      table_head(out, prefix, column);
      begun = true;
    }
    table_row(out, prefix, row);
  }
}

/* What is the raw limit of |aim|? */
static int aim_limit(const aim_t* aim) {
  const char* by_epoll =
      begins_with(aim->workload, "file-") ? "posix" : "epoll";

  return rows_peer(&rows, aim->over_uring ? "io_uring" : by_epoll);
}

/* The aims that there are values of: against libuv and, where there is one, the
 * raw limit. */
static void table_of_aims(FILE* out) {
  int libuv = rows_peer(&rows, "libuv");
  const aim_t* aim;

  (void)fprintf(out,
                "\n## Against what was aimed at\n\n"
                "How many times what Gyre takes libuv takes, and a server "
                "written by hand over\nthe same interface of the kernel, or "
                "plain system calls on files: medians, and the\nleast and the "
                "greatest of the rounds.\n\n"
                "| | | aim | libuv / Gyre | by hand / Gyre |\n"
                "|---|---|--:|--:|--:|\n");
  for (aim = aims; aim->workload != NULL; aim++) {
    const row_t* row = rows_find(&rows, aim->workload, aim->measure);
    int base = aim->over_uring ? rows_peer(&rows, "gyre/io_uring") : 0;
    summary_t limit;
    summary_t ratio;
    if (row == NULL) {
      continue;
    }
    ratio = rows_ratios(&rows, row, libuv, base);
    limit = rows_ratios(&rows, row, aim_limit(aim), base);
    (void)fprintf(out, "| `%s`%s | %s |", aim->workload,
                  aim->over_uring ? ", io_uring" : "",
                  strcmp(aim->measure, "CPU ns") == 0 ? "CPU" : "wall");
    number(out, " ", aim->times, " |");
    number(out, ratio.median >= aim->times ? " **" : " ", ratio.median,
           ratio.median >= aim->times ? "**" : "");
    number(out, " (", ratio.least, "");
    number(out, "-", ratio.most, ") |");
    if (!isnan(limit.median)) {
      number(out, " ", limit.median, "");
      number(out, " (", limit.least, "");
      number(out, "-", limit.most, ")");
    }
    (void)fprintf(out, " |\n");
  }
}

/* ---- plots -----------------------------------------------------------------
 */

/* Draw how many times Gyre's CPU time the peers take in the group. */
static void group_plot(const char* folder, const group_t* group) {
  char name[ROWS_NAME_SIZE];
  plot_t plot = {.title = group->title};
  FILE* out;
  int index;
  int peer;

  for (peer = 0; peer < rows.peer_count; peer++) {
    if (peer_is_in(group->prefix, "CPU ns", peer)) {
      plot_add_peer(&plot, rows.peers[peer]);
    }
  }
  for (index = 0; index < rows.count; index++) {
    const row_t* row = &rows.rows[index];
    if (!begins_with(row->workload, group->prefix) ||
        strcmp(row->measure, "CPU ns") != 0) {
      continue;
    }
    plot_add_row(&plot, row->workload);
    for (peer = 0; peer < rows.peer_count; peer++) {
      if (peer_is_in(group->prefix, "CPU ns", peer)) {
        plot_add_value(&plot, rows_ratios(&rows, row, peer, 0).median);
      }
    }
  }
  (void)snprintf(name, sizeof(name), "%.*s.svg", (int)strlen(group->prefix) - 1,
                 group->prefix);
  out = file_open(folder, name);
  plot_draw(&plot, out);
  file_close(out);
}

static bool group_exists(const group_t* group) {
  return peer_is_in(group->prefix, NULL, 0);
}

static void group_write(FILE* out, const char* folder, const group_t* group) {
  const column_t* column;

  if (!group_exists(group)) {
    return;
  }
  (void)fprintf(out, "\n## %s\n", group->title);
  if (peer_is_in(group->prefix, "CPU ns", 0)) {
    group_plot(folder, group);
    (void)fprintf(out, "\n![%s: CPU time, Gyre is 1](%.*s.svg)\n", group->title,
                  (int)strlen(group->prefix) - 1, group->prefix);
  }
  for (column = measures; column->measure != NULL; column++) {
    table(out, group->prefix, column);
  }
}

/* ---- all of it -------------------------------------------------------------
 */

static void copy(FILE* out, const char* path) {
  FILE* from = fopen(path, "r");
  char line[1024];

  bench_check(from != NULL, "there is no introduction");
  while (fgets(line, sizeof(line), from) != NULL) {
    (void)fputs(line, out);
  }
  (void)fclose(from);
}

int main(int argc, char** argv) {
  const group_t* group;
  FILE* out;
  int index;

  bench_check(argc >= 4, "usage: bench-report FOLDER INTRODUCTION CSV...");
  (void)rows_peer(&rows, "gyre");
  for (index = 3; index < argc; index++) {
    FILE* file = fopen(argv[index], "r");
    bench_check(file != NULL, "a file of values cannot be read");
    rows_read(&rows, file);
    (void)fclose(file);
  }
  out = file_open(argv[1], "results.md");
  copy(out, argv[2]);
  table_of_aims(out);
  for (group = groups; group->prefix != NULL; group++) {
    group_write(out, argv[1], group);
  }
  file_close(out);
  return 0;
}
