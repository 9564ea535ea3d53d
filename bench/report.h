/* report.h - plots of the report: bars, by workload and peer. */
#ifndef BENCH_REPORT_H_
#define BENCH_REPORT_H_

#include <stdio.h>

#include "rows.h"

enum {
  PLOT_ROWS_MAX = 64
};

typedef struct {
  const char* title;
  const char* peers[ROWS_PEERS_MAX];
  int peer_count;
  const char* rows[PLOT_ROWS_MAX];
  int row_count;
  double values[PLOT_ROWS_MAX * ROWS_PEERS_MAX]; /* row after row */
  int value_count;
} plot_t;

/* First all peers; then each row, followed by a value for each peer, which is
 * NAN when there is none. The names are kept. */
void plot_add_peer(plot_t* plot, const char* name);
void plot_add_row(plot_t* plot, const char* name);
void plot_add_value(plot_t* plot, double value);

/* Write it as SVG. When the values lie far apart, the axis is logarithmic. */
void plot_draw(const plot_t* plot, FILE* out);

#endif /* BENCH_REPORT_H_ */
