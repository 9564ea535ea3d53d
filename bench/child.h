/* child.h - benchmark programs as child processes of bench-run. */
#ifndef BENCH_CHILD_H_
#define BENCH_CHILD_H_

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct {
  FILE* output;
  pid_t pid;
} child_t;

/* What a child finds in its environment; NULL leaves it out. */
typedef struct {
  const char* variant;    /* BENCH_VARIANT */
  const char* operations; /* BENCH_OPERATIONS */
  const char* calls;      /* BENCH_CALLS */
} child_wish_t;

/* Start |argv| with its output in a pipe, and its errors too if |errors|. */
child_t child_start(char* const* argv, const child_wish_t* wish, bool errors);

/* Its next line, into |line|; false when there is none, or |patience_ms| pass
 * without one (-1 waits for ever): then it is killed. */
bool child_read(child_t child, char* line, int size, int patience_ms);

/* Wait for its end. Was it a good one? */
bool child_end(child_t child);

#endif /* BENCH_CHILD_H_ */
