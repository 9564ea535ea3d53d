/* plot.c - bars as SVG; see report.h. */
#include <math.h>
#include <stdbool.h>

#include "bench.h"
#include "report.h"

/* Pixels. */
enum {
  LEFT = 150,  /* room for the names of rows */
  WIDTH = 520, /* of the longest bar */
  RIGHT = 60,  /* room for a number */
  TOP = 60,
  BAR = 9,
  GAP = 12, /* between rows */
  LEGEND = 92
};

#define FAR_APART 6.0 /* from this ratio on, the axis is logarithmic */
#define LOG_LEAST 0.25

static const char* const colors[] = {"#1b5e8a", "#d95f02", "#7570b3", "#e7298a",
                                     "#4d4d4d", "#66a61e", "#a6761d", "#e6ab02",
                                     "#1b9e77", "#999999"};

void plot_add_peer(plot_t* plot, const char* name) {
  plot->peers[plot->peer_count++] = name;
}

void plot_add_row(plot_t* plot, const char* name) {
  bench_check(plot->row_count < PLOT_ROWS_MAX, "too much to draw");
  plot->rows[plot->row_count++] = name;
}

void plot_add_value(plot_t* plot, double value) {
  plot->values[plot->value_count++] = value;
}

typedef struct {
  bool log;
  double most;
} axis_t;

static axis_t axis_of(const plot_t* plot) {
  axis_t axis = {false, 1};
  int index;

  for (index = 0; index < plot->value_count; index++) {
    if (plot->values[index] > axis.most) {
      axis.most = plot->values[index];
    }
  }
  axis.log = axis.most > FAR_APART;
  return axis;
}

/* How long the bar of |value| is. */
static double bar_length(axis_t axis, double value) {
  double share = value / axis.most;

  if (axis.log) {
    share = log(value / LOG_LEAST) / log(axis.most / LOG_LEAST);
  }
  return share > 0 ? share * WIDTH : 1;
}

static const char* color_of(int peer) {
  return colors[peer % (int)(sizeof(colors) / sizeof(colors[0]))];
}

static void draw_legend(const plot_t* plot, FILE* out) {
  int peer;

  for (peer = 0; peer < plot->peer_count; peer++) {
    int x = 10 + peer * LEGEND;
    (void)fprintf(out,
                  "<rect x=\"%d\" y=\"34\" width=\"10\" height=\"10\" "
                  "fill=\"%s\"/>\n<text x=\"%d\" y=\"43\">%s</text>\n",
                  x, color_of(peer), x + 14, plot->peers[peer]);
  }
}

static void draw_row(const plot_t* plot, axis_t axis, int row, int y,
                     FILE* out) {
  int peer;

  (void)fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
                LEFT - 8, y + plot->peer_count * BAR / 2 + 4, plot->rows[row]);
  for (peer = 0; peer < plot->peer_count; peer++) {
    double value = plot->values[row * plot->peer_count + peer];
    double length;
    if (isnan(value)) {
      continue;
    }
    length = bar_length(axis, value);
    (void)fprintf(out,
                  "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" "
                  "fill=\"%s\"/>\n<text x=\"%.1f\" y=\"%d\" "
                  "font-size=\"8\">%.2f</text>\n",
                  LEFT, y + peer * BAR, length, BAR - 1, color_of(peer),
                  LEFT + length + 3, y + peer * BAR + 7, value);
  }
}

void plot_draw(const plot_t* plot, FILE* out) {
  axis_t axis = axis_of(plot);
  int step = plot->peer_count * BAR + GAP;
  int width = LEFT + WIDTH + RIGHT;
  int height = TOP + plot->row_count * step;
  double one = LEFT + bar_length(axis, 1);
  int row;

  if (width < 10 + plot->peer_count * LEGEND) {
    width = 10 + plot->peer_count * LEGEND;
  }
  (void)fprintf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                "height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
                "<text x=\"10\" y=\"20\" font-size=\"14\">%s: CPU time of one "
                "operation, Gyre is 1%s</text>\n",
                width, height, plot->title, axis.log ? " (logarithmic)" : "");
  draw_legend(plot, out);
  (void)fprintf(out,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" "
                "stroke=\"#bbbbbb\"/>\n",
                one, TOP - 8, one, height);
  for (row = 0; row < plot->row_count; row++) {
    draw_row(plot, axis, row, TOP + row * step, out);
  }
  (void)fprintf(out, "</svg>\n");
}
