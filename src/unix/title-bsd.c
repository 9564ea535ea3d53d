/* title-bsd.c - showing a title on the BSDs, whose kernels keep one. */
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "../platform.h"

void gy_platform_show_title(const char* title) {
  /* The dash says not to put the program's name before it; where it has no
   * meaning it is shown. */
  setproctitle("-%s", title);
}
