/* files.h - the files that the workloads about files are about.
 *
 * They are in a folder of their own, in $TMPDIR or /tmp. */
#ifndef BENCH_FILES_H_
#define BENCH_FILES_H_

#include "bench.h"

enum {
  FILES_COUNT = 10000, /* small ones */
  FILES_SIZE = 4096,   /* of each of them */
  FILES_COLD = 2000,   /* so many of them are dropped from memory */
  FILES_STATS = 100000,
  FILES_READS = 100000,
  FILES_CHUNK = 64 * 1024, /* of a large one */
  FILES_PATH_SIZE = 128
};

/* Make the folder, and |count| small files. */
void files_open(size_t count);

/* Make one large file of |megabytes|. */
void files_open_large(size_t megabytes);

/* The name of a small file, of the large one, and of its copy. */
const char* files_path(size_t index);
const char* files_large(void);
const char* files_copy(void);

/* Have what |path| holds on the disk, and no longer in memory. */
void files_drop(const char* path);

/* Remove all that is in the folder, and the folder. */
void files_close(void);

#endif /* BENCH_FILES_H_ */
