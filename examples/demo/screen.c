/* screen.c - text that is put together in memory and goes out in one piece.
 *
 * On a terminal the next piece is drawn over the last: the cursor goes up as
 * many lines, and each line is cleared to its end. NO_COLOR takes the colours
 * away (see no-color.org); TERM=dumb, or a window that is too small, the
 * drawing over. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "demo.h"

#define CURSOR_HIDE "\033[?25l"
#define CURSOR_SHOW "\033[?25h"
#define CLEAR_TO_END "\033[K"

text_t text_count(uint64_t count) {
  char digits[21];
  text_t text;
  size_t length = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                   (unsigned long long)count);
  size_t from;
  size_t to = 0;

  for (from = 0; from < length && to < sizeof(text.s) - 2; from++) {
    if (from > 0 && (length - from) % 3 == 0) {
      text.s[to++] = ',';
    }
    text.s[to++] = digits[from];
  }
  text.s[to] = '\0';
  return text;
}

text_t text_time(uint64_t ns) {
  static const char* const units[] = {"ns", "us", "ms", "s"};
  double value = (double)ns;
  size_t unit = 0;
  text_t text;

  while (value >= 999.5 && unit < 3) {
    value /= 1000;
    unit++;
  }
  (void)snprintf(text.s, sizeof(text.s), "%.*f %s",
                 unit > 0 && value < 9.95 ? 1 : 0, value, units[unit]);
  return text;
}

static void cursor_show(void) {
  (void)fputs(CURSOR_SHOW, stdout);
  (void)fflush(stdout);
}

static bool window_is_smaller(int lines, int columns) {
  struct winsize size;

  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) {
    return false; /* It does not say. */
  }
  return size.ws_row < lines || size.ws_col < columns;
}

static bool env_is(const char* name, const char* value) {
  const char* got = getenv(name);

  return got != NULL && strcmp(got, value) == 0;
}

void screen_open(screen_t* screen, int lines) {
  const char* no_color = getenv("NO_COLOR");

  screen->live = isatty(STDOUT_FILENO) && !env_is("TERM", "dumb") &&
                 !window_is_smaller(lines + 1, 80);
  screen->color = screen->live && (no_color == NULL || no_color[0] == '\0');
  if (screen->live) {
    (void)fputs(CURSOR_HIDE, stdout);
    (void)atexit(cursor_show); /* A hidden cursor is all there is to lose. */
  }
}

void screen_begin(screen_t* screen) {
  screen->length = 0;
  if (screen->live && screen->lines > 0) {
    screen_print(screen, "\033[%dA", screen->lines);
  }
  screen->lines = 0;
}

void screen_print(screen_t* screen, const char* format, ...) {
  size_t room = sizeof(screen->text) - screen->length;
  va_list ap;
  int length;

  va_start(ap, format);
  length = vsnprintf(screen->text + screen->length, room, format, ap);
  va_end(ap);
  if (length > 0 && (size_t)length < room) {
    screen->length += (size_t)length;
  }
}

void screen_style(screen_t* screen, const char* style) {
  if (screen->color) {
    screen_print(screen, "\033[%sm", style);
  }
}

void screen_end_line(screen_t* screen) {
  screen_print(screen, "%s\n", screen->live ? CLEAR_TO_END : "");
  screen->lines++;
}

void screen_show(screen_t* screen) {
  (void)fwrite(screen->text, 1, screen->length, stdout);
  (void)fflush(stdout); /* Nobody may be there to read it, and that is all. */
}
