/* title-other.c - the arguments are all that shows a title. */
#include "../platform.h"

void gy_platform_show_title(const char* title) {
  (void)title; /* It has been written there. */
}
