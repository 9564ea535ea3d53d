/* run.c - runs the benchmark programs in turn, and compares them.
 *
 * Each workload runs in a process of its own, library after library, and so
 * once more in every round: A B C, B C A, C A B ... What the machine does
 * meanwhile strikes all of them alike, so the ratios of one round are worth
 * more than the times. Printed are the medians of the times, and the medians
 * and the bounds of the ratios. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "rows.h"

enum {
  PROGRAMS_MAX = 64,
  FILTERS_MAX = 16,
  NAME_SIZE = ROWS_NAME_SIZE,
  /* How long valgrind may take to end what is done. It does not end a server
   * that waits by io_uring_enter(2), from which it keeps all signals. */
  END_MS = 5000
};

/* One library's workloads of one family. */
typedef struct {
  int peer;
  char variant[NAME_SIZE]; /* what BENCH_VARIANT is to be; "" is nothing */
  char path[4096];
  bool uncounted; /* valgrind cannot run it, as it showed */
} program_t;

static struct {
  int rounds;
  const char* csv; /* the file to write every value to, or NULL */
  bool instructions;
  bool calls;
  bool list;
  const char* filters[FILTERS_MAX];
  int filter_count;
  program_t programs[PROGRAMS_MAX];
  int program_count;
  bool failed; /* some program did */
} options = {.rounds = 15};

/* The first peer is what the others are divided by. */
static rows_t rows;

static void fail(const char* message, const char* about) {
  (void)fprintf(stderr, "bench-run: %s%s\n", message, about);
  exit(1);
}

static void name_copy(char* to, const char* from) {
  (void)snprintf(to, NAME_SIZE, "%.63s", from);
}

/* A value is missing; the others are worth having. */
static void program_failed(const program_t* program, const char* workload) {
  (void)fprintf(stderr, "\nbench-run: %s failed at %s\n", program->path,
                workload);
  options.failed = true;
}

static child_wish_t wish_of(const program_t* program) {
  child_wish_t wish = {NULL, NULL, NULL};

  if (program->variant[0] != '\0') {
    wish.variant = program->variant;
  }
  return wish;
}

/* ---- one run of one workload --------------------------------------------- */

/* Run it as |wish| says, and add what it reports to |round|. */
static void measure(const char* workload, const program_t* program,
                    child_wish_t wish, int round) {
  char path[sizeof(program->path)];
  char name[NAME_SIZE];
  char* argv[] = {path, name, NULL};
  char line[256];
  child_t child;

  (void)snprintf(path, sizeof(path), "%s", program->path);
  name_copy(name, workload);
  child = child_start(argv, &wish, false);
  while (fgets(line, sizeof(line), child.output) != NULL) {
    char* tab = strchr(line, '\t');
    if (tab == NULL) {
      continue;
    }
    *tab = '\0';
    if (strcmp(line, "operations") != 0) {
      rows_add(&rows, workload, line, program->peer, round, atof(tab + 1));
    }
  }
  if (!child_end(child)) {
    program_failed(program, workload);
  }
}

/* What callgrind counts: all, or while the timed function runs. */
typedef struct {
  double instructions;
  double operations;
} counted_t;

static counted_t count(const char* workload, program_t* program,
                       child_wish_t wish, bool all) {
  static char valgrind[] = "valgrind";
  static char tool[] = "--tool=callgrind";
  static char file[] = "--callgrind-out-file=/dev/null";
  static char only[] = "--toggle-collect=bench_body";
  static char every[] = "--collect-atstart=yes";
  char path[sizeof(program->path)];
  char name[NAME_SIZE];
  char* argv[] = {valgrind, tool, file, all ? every : only, path, name, NULL};
  char line[256];
  counted_t counted = {0, 0};
  int patience = -1;
  child_t child;

  (void)snprintf(path, sizeof(path), "%s", program->path);
  name_copy(name, workload);
  child = child_start(argv, &wish, true);
  while (child_read(child, line, sizeof(line), patience)) {
    char* found = strstr(line, "Collected :");
    if (found != NULL) {
      counted.instructions = atof(found + strlen("Collected :"));
    } else if (strncmp(line, "operations\t", strlen("operations\t")) == 0) {
      counted.operations = atof(line + strlen("operations\t"));
      patience = END_MS;
    }
  }
  if (!child_end(child)) {
    (void)fprintf(stderr, "\nbench-run: valgrind cannot run %s\n",
                  program->path);
    program->uncounted = true;
    counted.operations = 0;
  }
  return counted;
}

/* The instructions of a server are those that many operations take more than
 * few: so starting, and what warms it up, are left out. */
static void measure_instructions(const char* workload, program_t* program,
                                 bool served) {
  child_wish_t wish = wish_of(program);
  counted_t few = {0, 0};
  counted_t many;

  if (program->uncounted) {
    return;
  }
  if (served) {
    wish.operations = "2048";
    few = count(workload, program, wish, true);
    if (program->uncounted) {
      return;
    }
    wish.operations = "10240";
  }
  many = count(workload, program, wish, served);
  if (many.operations > few.operations && (few.operations > 0 || !served)) {
    rows_add(&rows, workload, "instructions", program->peer, 0,
             (many.instructions - few.instructions) /
                 (many.operations - few.operations));
  }
}

static void measure_calls(const char* workload, const program_t* program) {
  child_wish_t wish = wish_of(program);

  wish.calls = "1";
  measure(workload, program, wish, 0);
}

/* ---- all of them ----------------------------------------------------------
 */

typedef struct {
  char name[NAME_SIZE];
  bool served;                 /* by a process that is measured from outside */
  int program[ROWS_PEERS_MAX]; /* of each peer; -1 is none */
} workload_t;

typedef struct {
  workload_t* list;
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

static void workloads_add(workloads_t* all, const char* name, bool served,
                          int program) {
  workload_t* workload;
  int index = 0;
  int peer;

  while (index < all->count && strcmp(all->list[index].name, name) != 0) {
    index++;
  }
  if (index == all->count) {
    all->count++;
    all->list =
        rows_allocate(all->list, (size_t)all->count * sizeof(*all->list));
    workload = &all->list[index];
    name_copy(workload->name, name);
    workload->served = served;
    for (peer = 0; peer < ROWS_PEERS_MAX; peer++) {
      workload->program[peer] = -1;
    }
  }
  all->list[index].program[options.programs[program].peer] = program;
}

/* A line for each workload: its name, and after a tab "served" if it is. */
static workloads_t workloads_read(void) {
  static char list[] = "--list";
  workloads_t all = {NULL, 0};
  char line[2 * NAME_SIZE];
  int index;

  for (index = 0; index < options.program_count; index++) {
    program_t* program = &options.programs[index];
    char* argv[] = {program->path, list, NULL};
    child_wish_t wish = wish_of(program);
    child_t child = child_start(argv, &wish, false);
    while (fgets(line, sizeof(line), child.output) != NULL) {
      size_t length = strcspn(line, "\t\n");
      bool served = strcmp(line + length, "\tserved\n") == 0;
      line[length] = '\0';
      if (is_wanted(line)) {
        workloads_add(&all, line, served, index);
      }
    }
    if (!child_end(child)) {
      fail("this program does not list its workloads: ", program->path);
    }
  }
  return all;
}

typedef void (*measure_t)(const workload_t* workload, program_t* program,
                          int round);

static void take_times(const workload_t* workload, program_t* program,
                       int round) {
  measure(workload->name, program, wish_of(program), round);
}

static void take_instructions(const workload_t* workload, program_t* program,
                              int round) {
  (void)round;
  measure_instructions(workload->name, program, workload->served);
}

static void take_calls(const workload_t* workload, program_t* program,
                       int round) {
  (void)round;
  if (workload->served) {
    measure_calls(workload->name, program);
  }
}

/* Have |take| measure all, the peers in the order of |round|. */
static void round_run(const workloads_t* all, measure_t take, int round,
                      const char* what) {
  int index;
  int turn;

  for (index = 0; index < all->count; index++) {
    const workload_t* workload = &all->list[index];
    (void)fprintf(stderr, "\r%s %d of %d: %-24s", what, round + 1,
                  options.rounds, workload->name);
    for (turn = 0; turn < rows.peer_count; turn++) {
      int program = workload->program[(turn + round) % rows.peer_count];
      if (program >= 0) {
        take(workload, &options.programs[program], round);
      }
    }
  }
}

/* ---- tables ----------------------------------------------------------------
 */

static void print_number(const char* before, double value, const char* after) {
  printf("%s", before);
  if (!isnan(value)) {
    rows_print_number(stdout, value);
  }
  printf("%s", after);
}

static void table_head(void) {
  int peer;

  printf("| workload | measure |");
  for (peer = 0; peer < rows.peer_count; peer++) {
    printf(" %s |", rows.peers[peer]);
  }
  for (peer = 1; peer < rows.peer_count; peer++) {
    printf(" %s/%s |", rows.peers[peer], rows.peers[0]);
  }
  printf("\n|---|---|");
  for (peer = 1; peer < rows.peer_count * 2; peer++) {
    printf("--:|");
  }
  printf("\n");
}

static void table_row(const row_t* row) {
  int peer;

  printf("| %s | %s |", row->workload, row->measure);
  for (peer = 0; peer < rows.peer_count; peer++) {
    print_number(" ", rows_values(&rows, row, peer).median, " |");
  }
  for (peer = 1; peer < rows.peer_count; peer++) {
    summary_t ratio = rows_ratios(&rows, row, peer, 0);
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

  if (file == NULL) {
    fail("cannot write ", options.csv);
  }
  rows_write(&rows, file);
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
  for (index = 0; index < rows.count; index++) {
    table_row(&rows.rows[index]);
  }
}

/* ---- the programs ----------------------------------------------------------
 */

static program_t* program_add(const char* peer, const char* path) {
  program_t* program = &options.programs[options.program_count];

  if (options.program_count == PROGRAMS_MAX || strlen(peer) >= NAME_SIZE ||
      strlen(path) >= sizeof(program->path)) {
    fail("too much to compare: ", path);
  }
  program->peer = rows_peer(&rows, peer);
  program->variant[0] = '\0';
  (void)snprintf(program->path, sizeof(program->path), "%s", path);
  options.program_count++;
  return program;
}

/* Add the variants of |path|, which belongs to |peer|, as peers. */
static void variants_find(const char* peer, const char* path) {
  static char variants[] = "--variants";
  char copy[sizeof(options.programs[0].path)];
  char* argv[] = {copy, variants, NULL};
  child_wish_t wish = {NULL, NULL, NULL};
  child_t child;
  char line[NAME_SIZE / 2];
  char name[NAME_SIZE];

  (void)snprintf(copy, sizeof(copy), "%s", path);
  child = child_start(argv, &wish, false);
  while (fgets(line, sizeof(line), child.output) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    (void)snprintf(name, sizeof(name), "%.30s/%s", peer, line);
    name_copy(program_add(name, path)->variant, line);
  }
  if (!child_end(child)) {
    fail("this program does not list its variants: ", path);
  }
}

/* The programs in the folder of |self| that were built: bench-FAMILY-LIBRARY,
 * the same of every library in turn. */
static void programs_find(const char* self) {
  static const char* const families[] = {"core", "net", "files", "spawn"};
  static const char* const libraries[] = {
      "gyre", "libuv", "libevent", "libev", "epoll", "io_uring", "posix"};
  const char* slash = strrchr(self, '/');
  int folder = slash != NULL ? (int)(slash - self) + 1 : 0;
  char path[4096];
  size_t family;
  size_t library;

  for (library = 0; library < sizeof(libraries) / sizeof(*libraries);
       library++) {
    for (family = 0; family < sizeof(families) / sizeof(*families); family++) {
      int length = snprintf(path, sizeof(path), "%.*sbench-%s-%s", folder, self,
                            families[family], libraries[library]);
      if (length < (int)sizeof(path) && access(path, X_OK) == 0) {
        (void)program_add(libraries[library], path);
        variants_find(libraries[library], path);
      }
    }
  }
  if (options.program_count == 0) {
    fail("there is no benchmark program beside ", self);
  }
}

/* ---- the command line ------------------------------------------------------
 */

static void usage(FILE* file) {
  (void)fprintf(
      file,
      "usage: bench-run [options]\n\n"
      "  --rounds N         run each workload so often (default: 15); 0 only\n"
      "                     counts\n"
      "  --filter TEXT      only workloads whose name holds TEXT; may be "
      "repeated\n"
      "  --csv FILE         write every value to FILE too\n"
      "  --instructions     count instructions too, by valgrind, once\n"
      "  --calls            count system calls of servers too, by strace, "
      "once\n"
      "  --peer NAME=PATH   compare these programs, in the order given, and\n"
      "                     not those beside bench-run; a NAME may have "
      "several\n"
      "  --list             print the names of the workloads, and run none\n");
}

static void peer_take(const char* value) {
  const char* equals = strchr(value, '=');
  char name[NAME_SIZE];

  if (equals == NULL || equals - value >= NAME_SIZE) {
    fail("--peer wants NAME=PATH, and not ", value);
  }
  (void)snprintf(name, sizeof(name), "%.*s", (int)(equals - value), value);
  (void)program_add(name, equals + 1);
}

/* Take the option |name| with |value|; false when there is no such option. */
static bool option_take(const char* name, const char* value) {
  if (strcmp(name, "--rounds") == 0) {
    options.rounds = atoi(value);
    if (options.rounds < 0 || options.rounds > ROWS_ROUNDS_MAX) {
      fail("rounds are from 0 to 1000, and not ", value);
    }
  } else if (strcmp(name, "--filter") == 0) {
    if (options.filter_count == FILTERS_MAX) {
      fail("too many filters: ", value);
    }
    options.filters[options.filter_count++] = value;
  } else if (strcmp(name, "--csv") == 0) {
    options.csv = value;
  } else if (strcmp(name, "--peer") == 0) {
    peer_take(value);
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
    } else if (strcmp(name, "--calls") == 0) {
      options.calls = true;
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
  if (options.program_count == 0) {
    programs_find(argv[0]);
  }
}

static void measure_all(const workloads_t* all) {
  int round;

  for (round = 0; round < options.rounds; round++) {
    round_run(all, take_times, round, "round");
  }
  if (options.instructions) {
    round_run(all, take_instructions, 0, "instructions");
  }
  if (options.calls) {
    round_run(all, take_calls, 0, "calls");
  }
  (void)fprintf(stderr, "\r%60s\r", "");
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
      puts(all.list[index].name);
    }
    return 0;
  }
  measure_all(&all);
  print_all();
  return options.failed;
}
