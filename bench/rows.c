/* rows.c - what was measured; see rows.h. */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

void* rows_allocate(void* memory, size_t size) {
  memory = realloc(memory, size);
  bench_check(memory != NULL, "out of memory");
  return memory;
}

int rows_peer(rows_t* rows, const char* name) {
  int peer;

  for (peer = 0; peer < rows->peer_count; peer++) {
    if (strcmp(rows->peers[peer], name) == 0) {
      return peer;
    }
  }
  bench_check(rows->peer_count < ROWS_PEERS_MAX, "too much to compare");
  (void)snprintf(rows->peers[peer], ROWS_NAME_SIZE, "%s", name);
  return rows->peer_count++;
}

static row_t* row_find(const rows_t* rows, const char* workload,
                       const char* measure) {
  int index;

  for (index = 0; index < rows->count; index++) {
    row_t* row = &rows->rows[index];
    if (strcmp(row->workload, workload) == 0 &&
        strcmp(row->measure, measure) == 0) {
      return row;
    }
  }
  return NULL;
}

const row_t* rows_find(const rows_t* rows, const char* workload,
                       const char* measure) {
  return row_find(rows, workload, measure);
}

static row_t* row_make(rows_t* rows, const char* workload,
                       const char* measure) {
  size_t values = (size_t)ROWS_PEERS_MAX * ROWS_ROUNDS_MAX;
  row_t* row;
  size_t index;

  rows->rows =
      rows_allocate(rows->rows, sizeof(*row) * (size_t)(rows->count + 1));
  row = &rows->rows[rows->count++];
  (void)snprintf(row->workload, ROWS_NAME_SIZE, "%s", workload);
  (void)snprintf(row->measure, ROWS_NAME_SIZE, "%s", measure);
  row->values = rows_allocate(NULL, values * sizeof(*row->values));
  for (index = 0; index < values; index++) {
    row->values[index] = (double)NAN;
  }
  return row;
}

void rows_add(rows_t* rows, const char* workload, const char* measure, int peer,
              int round, double value) {
  row_t* row = row_find(rows, workload, measure);

  if (row == NULL) {
    row = row_make(rows, workload, measure);
  }
  bench_check(round >= 0 && round < ROWS_ROUNDS_MAX, "too many rounds");
  row->values[peer * ROWS_ROUNDS_MAX + round] = value;
  rows->rounds = round < rows->rounds ? rows->rounds : round + 1;
}

/* ---- statistics ------------------------------------------------------------
 */

static int number_compare(const void* a, const void* b) {
  double x = *(const double*)a;
  double y = *(const double*)b;

  return (x > y) - (x < y);
}

/* Of |count| numbers, which are sorted. */
static summary_t summarize(double* numbers, int count) {
  summary_t summary = {(double)NAN, (double)NAN, (double)NAN};

  if (count == 0) {
    return summary;
  }
  qsort(numbers, (size_t)count, sizeof(*numbers), number_compare);
  summary.least = numbers[0];
  summary.most = numbers[count - 1];
  summary.median = (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
  return summary;
}

summary_t rows_values(const rows_t* rows, const row_t* row, int peer) {
  double numbers[ROWS_ROUNDS_MAX];
  int count = 0;
  int round;

  for (round = 0; round < rows->rounds; round++) {
    double value = row->values[peer * ROWS_ROUNDS_MAX + round];
    if (!isnan(value)) {
      numbers[count++] = value;
    }
  }
  return summarize(numbers, count);
}

summary_t rows_ratios(const rows_t* rows, const row_t* row, int peer,
                      int base) {
  double numbers[ROWS_ROUNDS_MAX];
  int count = 0;
  int round;

  for (round = 0; round < rows->rounds; round++) {
    double divisor = row->values[base * ROWS_ROUNDS_MAX + round];
    double value = row->values[peer * ROWS_ROUNDS_MAX + round];
    if (divisor > 0 && !isnan(value)) {
      numbers[count++] = value / divisor;
    }
  }
  return summarize(numbers, count);
}

/* ---- the file --------------------------------------------------------------
 */

void rows_write(const rows_t* rows, FILE* file) {
  int index;
  int peer;
  int round;

  (void)fprintf(file, "workload,measure,library,round,value\n");
  for (index = 0; index < rows->count; index++) {
    const row_t* row = &rows->rows[index];
    for (peer = 0; peer < rows->peer_count; peer++) {
      for (round = 0; round < rows->rounds; round++) {
        double value = row->values[peer * ROWS_ROUNDS_MAX + round];
        if (!isnan(value)) {
          (void)fprintf(file, "%s,%s,%s,%d,%.3f\n", row->workload, row->measure,
                        rows->peers[peer], round, value);
        }
      }
    }
  }
}

void rows_read(rows_t* rows, FILE* file) {
  char line[4 * ROWS_NAME_SIZE];
  char workload[ROWS_NAME_SIZE];
  char measure[ROWS_NAME_SIZE];
  char library[ROWS_NAME_SIZE];
  int round;
  double value;

  while (fgets(line, sizeof(line), file) != NULL) {
    if (sscanf(line, "%63[^,],%63[^,],%63[^,],%d,%lf", workload, measure,
               library, &round, &value) == 5) {
      rows_add(rows, workload, measure, rows_peer(rows, library), round, value);
    }
  }
}

void rows_print_number(FILE* file, double value) {
  int digits = fabs(value) < 10 ? 2 : fabs(value) < 100 ? 1 : 0;

  (void)fprintf(file, "%.*f", digits, value);
}
