/* exports.c - the shared library exports the functions of functions.tsv.
 *
 * exports LIBRARY MISSING
 *
 * The file MISSING names, one in a line, the functions that are not written
 * yet. It must be true: a name in it that the library has is an error as well,
 * or the list would hide the next loss of that function. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "exports.h"

typedef struct {
  size_t exported;
  size_t missing; /* as it is listed */
  size_t wrong;
} tally_t;

/* Is |name| a line of |list|? */
static bool list_has(FILE* list, const char* name) {
  char line[128];

  rewind(list);
  while (fgets(line, sizeof(line), list) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, name) == 0)
      return true;
  }
  return false;
}

static void name_check(void* library, FILE* list, const char* name,
                       tally_t* tally) {
  bool exported = dlsym(library, name) != NULL;
  bool listed = list_has(list, name);

  if (exported)
    tally->exported++;
  if (!exported && listed)
    tally->missing++;
  if (exported != listed)
    return;
  tally->wrong++;
  printf("%s is %s\n", name,
         exported ? "exported: take it off the list of what is missing"
                  : "missing");
}

static int library_check(void* library, FILE* list) {
  tally_t tally = {0, 0, 0};
  size_t i;

  for (i = 0; i < export_count; i++)
    name_check(library, list, export_names[i], &tally);
  printf("%zu exported, %zu not written yet, %zu wrong\n", tally.exported,
         tally.missing, tally.wrong);
  return tally.wrong == 0 ? 0 : 1;
}

int main(int argc, char** argv) {
  void* library;
  FILE* list;
  int status;

  if (argc != 3) {
    fprintf(stderr, "usage: %s LIBRARY MISSING\n", argv[0]);
    return 2;
  }
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  list = fopen(argv[2], "r");
  if (list == NULL) {
    perror(argv[2]);
    dlclose(library);
    return 2;
  }
  status = library_check(library, list);
  fclose(list);
  dlclose(library);
  return status;
}
