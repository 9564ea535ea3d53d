/* run.c - runs the benchmark programs in turn, and compares them.
 *
 * Each workload runs in a process of its own, library after library, and so
 * once more in every round: A B C, B C A, C A B ... What the machine does
 * meanwhile strikes all of them alike, so the ratios of one round are worth
 * more than the times. Printed are the medians of the times, and the medians
 * and the bounds of the ratios. */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  PEERS_MAX = 8,
  FILTERS_MAX = 16,
  ROUNDS_MAX = 1000,
  NAME_SIZE = 64
};

typedef struct {
  char name[NAME_SIZE];
  char path[4096];
} peer_t;

/* One measure of one workload, of every peer in every round. */
typedef struct {
  char workload[NAME_SIZE];
  char measure[NAME_SIZE];
  double* values; /* of peer p in round r: [p * rounds + r]; NAN is none */
} row_t;

static struct {
  int rounds;
  const char* csv; /* the file to write every value to, or NULL */
  bool instructions;
  bool list;
  const char* filters[FILTERS_MAX];
  int filter_count;
  peer_t peers[PEERS_MAX]; /* the first is what the others are divided by */
  int peer_count;
  row_t* rows;
  int row_count;
} options = {.rounds = 15};

static void fail(const char* message, const char* about) {
  (void)fprintf(stderr, "bench-run: %s%s\n", message, about);
  exit(1);
}

static void* allocate(void* memory, size_t size) {
  memory = realloc(memory, size);
  if (memory == NULL) {
    fail("out of memory", "");
  }
  return memory;
}

static void name_copy(char* to, const char* from) {
  (void)snprintf(to, NAME_SIZE, "%s", from);
}

/* ---- children ------------------------------------------------------------ */

typedef struct {
  FILE* output;
  pid_t pid;
} child_t;

/* Start |argv| with its output in a pipe, and its errors too if |errors|. */
static child_t child_start(char* const* argv, bool errors) {
  child_t child;
  int ends[2];

  if (pipe(ends) != 0 || (child.pid = fork()) < 0) {
    fail("cannot start a process", "");
  }
  if (child.pid == 0) {
    (void)dup2(ends[1], STDOUT_FILENO);
    if (errors) {
      (void)dup2(ends[1], STDERR_FILENO);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)execvp(argv[0], argv);
    _exit(127);
  }
  (void)close(ends[1]);
  child.output = fdopen(ends[0], "r");
  if (child.output == NULL) {
    fail("cannot read from a process", "");
  }
  return child;
}

static void child_end(child_t child, const char* name) {
  int status;

  (void)fclose(child.output);
  if (waitpid(child.pid, &status, 0) != child.pid || !WIFEXITED(status) ||
      WEXITSTATUS(status) != 0) {
    fail("this program failed: ", name);
  }
}

/* ---- rows ---------------------------------------------------------------- */

static row_t* row_find(const char* workload, const char* measure) {
  size_t values = (size_t)(options.peer_count * options.rounds);
  row_t* row;
  size_t index;
  int which;

  for (which = 0; which < options.row_count; which++) {
    row = &options.rows[which];
    if (strcmp(row->workload, workload) == 0 &&
        strcmp(row->measure, measure) == 0) {
      return row;
    }
  }
  options.rows = allocate(
      options.rows, sizeof(*options.rows) * (size_t)(options.row_count + 1));
  row = &options.rows[options.row_count++];
  name_copy(row->workload, workload);
  name_copy(row->measure, measure);
  row->values = allocate(NULL, values * sizeof(*row->values));
  for (index = 0; index < values; index++) {
    row->values[index] = (double)NAN;
  }
  return row;
}

static void row_add(const char* workload, const char* measure, int peer,
                    int round, double value) {
  row_t* row = row_find(workload, measure);

  row->values[peer * options.rounds + round] = value;
}

/* ---- one run of one workload --------------------------------------------- */

static void measure_times(const char* workload, int peer, int round) {
  peer_t* self = &options.peers[peer];
  char name[NAME_SIZE];
  char* argv[] = {self->path, name, NULL};
  char line[256];
  child_t child;

  name_copy(name, workload);
  child = child_start(argv, false);
  while (fgets(line, sizeof(line), child.output) != NULL) {
    char* tab = strchr(line, '\t');
    if (tab == NULL) {
      continue;
    }
    *tab = '\0';
    if (strcmp(line, "operations") != 0) {
      row_add(workload, line, peer, round, atof(tab + 1));
    }
  }
  child_end(child, self->name);
}

/* What callgrind counts while the timed function runs, by operation. */
static void measure_instructions(const char* workload, int peer, int round) {
  static char valgrind[] = "valgrind";
  static char tool[] = "--tool=callgrind";
  static char only[] = "--toggle-collect=bench_body";
  static char file[] = "--callgrind-out-file=/dev/null";
  peer_t* self = &options.peers[peer];
  char name[NAME_SIZE];
  char* argv[] = {valgrind, tool, only, file, self->path, name, NULL};
  char line[256];
  double operations = 0;
  double collected = 0;
  child_t child;

  name_copy(name, workload);
  child = child_start(argv, true);
  while (fgets(line, sizeof(line), child.output) != NULL) {
    char* found = strstr(line, "Collected :");
    if (found != NULL) {
      collected = atof(found + strlen("Collected :"));
    } else if (strncmp(line, "operations\t", strlen("operations\t")) == 0) {
      operations = atof(line + strlen("operations\t"));
    }
  }
  child_end(child, "valgrind");
  if (operations > 0) {
    row_add(workload, "instructions", peer, round, collected / operations);
  }
}

/* ---- all of them ----------------------------------------------------------
 */

typedef struct {
  char (*names)[NAME_SIZE];
  bool (*has)[PEERS_MAX];
  int count;
} workloads_t;

static bool is_wanted(const char* name) {
  int index;

  for (index = 0; index < options.filter_count; index++) {
    if (strstr(name, options.filters[index]) != NULL) {
      return true;
    }
  }
  return options.filter_count == 0;
}

static void workloads_add(workloads_t* all, const char* name, int peer) {
  size_t size;
  int index = 0;

  while (index < all->count && strcmp(all->names[index], name) != 0) {
    index++;
  }
  if (index == all->count) {
    size = (size_t)++all->count;
    all->names = allocate(all->names, size * sizeof(*all->names));
    all->has = allocate(all->has, size * sizeof(*all->has));
    name_copy(all->names[index], name);
    memset(all->has[index], 0, sizeof(all->has[index]));
  }
  all->has[index][peer] = true;
}

static workloads_t workloads_read(void) {
  static char list[] = "--list";
  workloads_t all = {NULL, NULL, 0};
  char line[NAME_SIZE];
  int peer;

  for (peer = 0; peer < options.peer_count; peer++) {
    char* argv[] = {options.peers[peer].path, list, NULL};
    child_t child = child_start(argv, false);
    while (fgets(line, sizeof(line), child.output) != NULL) {
      line[strcspn(line, "\n")] = '\0';
      if (is_wanted(line)) {
        workloads_add(&all, line, peer);
      }
    }
    child_end(child, options.peers[peer].name);
  }
  return all;
}

static void round_run(const workloads_t* all, int round) {
  int index;
  int turn;

  for (index = 0; index < all->count; index++) {
    (void)fprintf(stderr, "\rround %d of %d: %-24s", round + 1, options.rounds,
                  all->names[index]);
    for (turn = 0; turn < options.peer_count; turn++) {
      int peer = (turn + round) % options.peer_count;
      if (!all->has[index][peer]) {
        continue;
      }
      if (options.instructions) {
        measure_instructions(all->names[index], peer, round);
      } else {
        measure_times(all->names[index], peer, round);
      }
    }
  }
}

/* ---- statistics -----------------------------------------------------------
 */

typedef struct {
  double median;
  double least;
  double most;
} summary_t;

static int number_compare(const void* a, const void* b) {
  double x = *(const double*)a;
  double y = *(const double*)b;

  return (x > y) - (x < y);
}

/* Of |count| numbers, which are sorted. NAN when there is none. */
static summary_t summarize(double* numbers, int count) {
  summary_t none = {(double)NAN, (double)NAN, (double)NAN};
  summary_t summary;

  if (count == 0) {
    return none;
  }
  qsort(numbers, (size_t)count, sizeof(*numbers), number_compare);
  summary.least = numbers[0];
  summary.most = numbers[count - 1];
  summary.median = (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
  return summary;
}

static summary_t row_values(const row_t* row, int peer) {
  double numbers[ROUNDS_MAX];
  int count = 0;
  int round;

  for (round = 0; round < options.rounds; round++) {
    double value = row->values[peer * options.rounds + round];
    if (!isnan(value)) {
      numbers[count++] = value;
    }
  }
  return summarize(numbers, count);
}

/* How many times what the first peer takes |peer| takes, round by round. */
static summary_t row_ratios(const row_t* row, int peer) {
  double numbers[ROUNDS_MAX];
  int count = 0;
  int round;

  for (round = 0; round < options.rounds; round++) {
    double base = row->values[round];
    double value = row->values[peer * options.rounds + round];
    if (base > 0 && !isnan(value)) {
      numbers[count++] = value / base;
    }
  }
  return summarize(numbers, count);
}

/* ---- tables ----------------------------------------------------------------
 */

/* Three digits that matter. */
static void print_number(const char* before, double value, const char* after) {
  int digits = fabs(value) < 10 ? 2 : fabs(value) < 100 ? 1 : 0;

  if (isnan(value)) {
    printf("%s%s", before, after);
  } else {
    printf("%s%.*f%s", before, digits, value, after);
  }
}

static void table_head(void) {
  int peer;

  printf("| workload | measure |");
  for (peer = 0; peer < options.peer_count; peer++) {
    printf(" %s |", options.peers[peer].name);
  }
  for (peer = 1; peer < options.peer_count; peer++) {
    printf(" %s/%s |", options.peers[peer].name, options.peers[0].name);
  }
  printf("\n|---|---|");
  for (peer = 1; peer < options.peer_count * 2; peer++) {
    printf("--:|");
  }
  printf("\n");
}

static void table_row(const row_t* row) {
  int peer;

  printf("| %s | %s |", row->workload, row->measure);
  for (peer = 0; peer < options.peer_count; peer++) {
    print_number(" ", row_values(row, peer).median, " |");
  }
  for (peer = 1; peer < options.peer_count; peer++) {
    summary_t ratio = row_ratios(row, peer);
    if (isnan(ratio.median)) {
      printf(" |");
      continue;
    }
    print_number(" **", ratio.median, "**");
    print_number(" (", ratio.least, "");
    print_number("-", ratio.most, ") |");
  }
  printf("\n");
}

static void csv_write(void) {
  FILE* file = fopen(options.csv, "w");
  int index;
  int peer;
  int round;

  if (file == NULL) {
    fail("cannot write ", options.csv);
  }
  (void)fprintf(file, "workload,measure,library,round,value\n");
  for (index = 0; index < options.row_count; index++) {
    const row_t* row = &options.rows[index];
    for (peer = 0; peer < options.peer_count; peer++) {
      for (round = 0; round < options.rounds; round++) {
        double value = row->values[peer * options.rounds + round];
        if (!isnan(value)) {
          (void)fprintf(file, "%s,%s,%s,%d,%.3f\n", row->workload, row->measure,
                        options.peers[peer].name, round, value);
        }
      }
    }
  }
  if (fclose(file) != 0) {
    fail("cannot write ", options.csv);
  }
}

static void print_all(void) {
  int index;

  if (options.csv != NULL) {
    csv_write();
  }
  table_head();
  for (index = 0; index < options.row_count; index++) {
    table_row(&options.rows[index]);
  }
}

/* ---- the command line ------------------------------------------------------
 */

static void usage(FILE* file) {
  (void)fprintf(
      file,
      "usage: bench-run [options]\n\n"
      "  --rounds N         run each workload so often (default: 15)\n"
      "  --filter TEXT      only workloads whose name holds TEXT; may be "
      "repeated\n"
      "  --csv FILE         write every value to FILE too\n"
      "  --instructions     count instructions, by valgrind, once\n"
      "  --peer NAME=PATH   compare these programs, in the order given, and\n"
      "                     not those beside bench-run\n"
      "  --list             print the names of the workloads, and run none\n");
}

static void peer_add(const char* name, size_t length, const char* path) {
  peer_t* peer = &options.peers[options.peer_count];

  if (options.peer_count == PEERS_MAX || length >= NAME_SIZE ||
      strlen(path) >= sizeof(peer->path)) {
    fail("too much to compare: ", name);
  }
  memcpy(peer->name, name, length);
  peer->name[length] = '\0';
  (void)snprintf(peer->path, sizeof(peer->path), "%s", path);
  options.peer_count++;
}

/* The programs in the folder of |self| that were built. */
static void peers_find(const char* self) {
  static const char* const names[] = {"gyre", "libuv", "libevent", "libev"};
  const char* slash = strrchr(self, '/');
  int folder = slash != NULL ? (int)(slash - self) + 1 : 0;
  char path[4096];
  size_t index;

  for (index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
    int length = snprintf(path, sizeof(path), "%.*sbench-core-%s", folder, self,
                          names[index]);
    if (length < (int)sizeof(path) && access(path, X_OK) == 0) {
      peer_add(names[index], strlen(names[index]), path);
    }
  }
  if (options.peer_count == 0) {
    fail("there is no benchmark program beside ", self);
  }
}

/* Take the option |name| with |value|; false when there is no such option. */
static bool option_take(const char* name, const char* value) {
  const char* equals = strchr(value, '=');

  if (strcmp(name, "--rounds") == 0) {
    options.rounds = atoi(value);
    if (options.rounds < 1 || options.rounds > ROUNDS_MAX) {
      fail("rounds are from 1 to 1000, and not ", value);
    }
  } else if (strcmp(name, "--filter") == 0) {
    if (options.filter_count == FILTERS_MAX) {
      fail("too many filters: ", value);
    }
    options.filters[options.filter_count++] = value;
  } else if (strcmp(name, "--csv") == 0) {
    options.csv = value;
  } else if (strcmp(name, "--peer") == 0) {
    if (equals == NULL) {
      fail("--peer wants NAME=PATH, and not ", value);
    }
    peer_add(value, (size_t)(equals - value), equals + 1);
  } else {
    return false;
  }
  return true;
}

static void options_read(int argc, char** argv) {
  int index;

  for (index = 1; index < argc; index++) {
    const char* name = argv[index];
    if (strcmp(name, "--instructions") == 0) {
      options.instructions = true;
    } else if (strcmp(name, "--list") == 0) {
      options.list = true;
    } else if (strcmp(name, "--help") == 0) {
      usage(stdout);
      exit(0);
    } else if (index + 1 < argc && option_take(name, argv[index + 1])) {
      index++;
    } else {
      usage(stderr);
      exit(2);
    }
  }
  if (options.instructions) {
    options.rounds = 1; /* Counts do not vary. */
  }
  if (options.peer_count == 0) {
    peers_find(argv[0]);
  }
}

int main(int argc, char** argv) {
  workloads_t all;
  int index;

  options_read(argc, argv);
  all = workloads_read();
  if (all.count == 0) {
    fail("no workload has such a name", "");
  }
  if (options.list) {
    for (index = 0; index < all.count; index++) {
      puts(all.names[index]);
    }
    return 0;
  }
  for (index = 0; index < options.rounds; index++) {
    round_run(&all, index);
  }
  (void)fprintf(stderr, "\r%60s\r", "");
  print_all();
  return 0;
}
