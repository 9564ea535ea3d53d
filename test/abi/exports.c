/* exports.c - the shared library exports the functions of functions.tsv.
 *
 * exports LIBRARY MISSING
 *
 * MISSING is how many may be absent. It must be the true number: when one more
 * function is written, the number in CMakeLists.txt has to come down with it,
 * or the next loss would hide behind it. */
#include "exports.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static long missing_count(void* library) {
  long count = 0;
  size_t i;

  for (i = 0; i < export_count; i++) {
    if (dlsym(library, export_names[i]) == NULL) {
      printf("missing: %s\n", export_names[i]);
      count++;
    }
  }
  return count;
}

int main(int argc, char** argv) {
  void* library;
  long allowed;
  long missing;

  if (argc != 3) {
    fprintf(stderr, "usage: %s LIBRARY MISSING\n", argv[0]);
    return 2;
  }
  allowed = strtol(argv[2], NULL, 10);
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  missing = missing_count(library);
  printf("%ld exported, %ld missing, %ld expected to be missing\n",
         (long)export_count - missing, missing, allowed);
  dlclose(library);
  return missing == allowed ? 0 : 1;
}
