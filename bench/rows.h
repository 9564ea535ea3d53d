/* rows.h - what was measured: a table of all values, its file, and what the
 * values come to. */
#ifndef BENCH_ROWS_H_
#define BENCH_ROWS_H_

#include <stdio.h>

enum {
  ROWS_PEERS_MAX = 16,
  ROWS_ROUNDS_MAX = 1000,
  ROWS_NAME_SIZE = 64
};

/* One measure of one workload, of every peer in every round. */
typedef struct {
  char workload[ROWS_NAME_SIZE];
  char measure[ROWS_NAME_SIZE];
  double* values; /* of peer p in round r: [p * ROWS_ROUNDS_MAX + r]; NAN is
                     none */
} row_t;

typedef struct {
  row_t* rows;
  int count;
  char peers[ROWS_PEERS_MAX][ROWS_NAME_SIZE];
  int peer_count;
  int rounds; /* how many have a value */
} rows_t;

typedef struct {
  double median;
  double least;
  double most;
} summary_t; /* of nothing: NAN */

/* realloc() that does not fail. */
void* rows_allocate(void* memory, size_t size);

/* The number of the peer |name|, a new one if there was none. */
int rows_peer(rows_t* rows, const char* name);

void rows_add(rows_t* rows, const char* workload, const char* measure, int peer,
              int round, double value);

/* The row, or NULL. */
const row_t* rows_find(const rows_t* rows, const char* workload,
                       const char* measure);

summary_t rows_values(const rows_t* rows, const row_t* row, int peer);

/* How many times what |base| has |peer| has, round by round. */
summary_t rows_ratios(const rows_t* rows, const row_t* row, int peer, int base);

/* All values, a line for each. The reader adds to |rows|. */
void rows_write(const rows_t* rows, FILE* file);
void rows_read(rows_t* rows, FILE* file);

/* Write |value| with three digits that matter. */
void rows_print_number(FILE* file, double value);

#endif /* BENCH_ROWS_H_ */
