/* cgroup.c - control groups, as the kernel writes them down.
 *
 * A system may have both versions at once, and a controller is in one of them.
 * Where a group is seen follows from two files: one says which group it is, the
 * other which folder shows which part of the tree of groups. In a container
 * that is often its own group and nothing above. */
#include "cgroup.h"

#include <limits.h>
#include <string.h>

enum {
  ESCAPE_LENGTH = 4 /* a blank is \040 in a path */
};

/* ---- the group ------------------------------------------------------------
 */

/* Cut off what is up to the first |end| in |*rest|, or all of it. */
static gy_span_t span_cut(gy_span_t* rest, char end) {
  const char* found = memchr(rest->at, end, rest->length);
  gy_span_t piece = *rest;

  if (found == NULL) {
    rest->at += rest->length;
    rest->length = 0;
    return piece;
  }
  piece.length = (size_t)(found - rest->at);
  rest->at += piece.length + 1;
  rest->length -= piece.length + 1;
  return piece;
}

/* Is |word| in |list|, which has commas? */
static bool list_has(gy_span_t list, const char* word) {
  while (list.length > 0) {
    if (gy_span_is(span_cut(&list, ','), word)) {
      return true;
    }
  }
  return false;
}

bool gy_cgroup_find(const char* text, const char* controller,
                    gy_cgroup_t* group) {
  bool found = false;
  gy_span_t rest;

  while (gy_proc_line(&text, &rest)) {
    gy_span_t number = span_cut(&rest, ':');
    gy_span_t controllers = span_cut(&rest, ':');
    if (rest.length == 0 || *rest.at != '/') {
      continue;
    }
    if (list_has(controllers, controller)) {
      group->version = 1;
      group->path = rest;
      return true;
    }
    if (controllers.length == 0 && gy_span_is(number, "0")) {
      group->version = 2;
      group->path = rest;
      found = true;
    }
  }
  return found;
}

/* ---- where it is seen -----------------------------------------------------
 */

typedef struct {
  gy_span_t root; /* which part of the tree */
  gy_span_t point;
} mount_t;

/* A line of proc_pid_mountinfo(5). Is it the mount that |controller| is on? */
static bool mount_fits(gy_span_t line, const char* controller, int version,
                       mount_t* mount) {
  gy_span_t field;
  gy_span_t type;

  for (int i = 0; i < 3; i++) {
    (void)span_cut(&line, ' '); /* numbers */
  }
  mount->root = span_cut(&line, ' ');
  mount->point = span_cut(&line, ' ');
  do {
    field = span_cut(&line, ' '); /* options, and any number of tags */
  } while (line.length > 0 && !gy_span_is(field, "-"));
  type = span_cut(&line, ' ');
  (void)span_cut(&line, ' '); /* the source */
  if (mount->point.length == 0 || *mount->point.at != '/') {
    return false;
  }
  return version == 2
             ? gy_span_is(type, "cgroup2")
             : gy_span_is(type, "cgroup") && list_has(line, controller);
}

/* How many bytes of |path| are |root|, so that the rest begins with a slash or
 * is nothing; |path|'s whole length when it is not below it: then it is not
 * known where it is, but it is in the part that is shown. */
static size_t root_length(gy_span_t path, gy_span_t root) {
  if (root.length == 1) {
    return path.length == 1 ? 1 : 0;
  }
  if (path.length < root.length || memcmp(path.at, root.at, root.length) != 0 ||
      (path.length > root.length && path.at[root.length] != '/')) {
    return path.length;
  }
  return root.length;
}

static bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/* Copy |span| to |to|, which has room for it, with escapes undone if |escaped|.
 * How many bytes it came to. */
static size_t span_copy(char* to, gy_span_t span, bool escaped) {
  size_t length = 0;

  for (size_t i = 0; i < span.length;) {
    const char* c = span.at + i;
    if (escaped && *c == '\\' && span.length - i >= ESCAPE_LENGTH &&
        is_octal(c[1]) && is_octal(c[2]) && is_octal(c[3])) {
      to[length++] =
          (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0'));
      i += ESCAPE_LENGTH;
    } else {
      to[length++] = *c;
      i++;
    }
  }
  return length;
}

size_t gy_cgroup_folder(const char* mountinfo, const char* controller,
                        const gy_cgroup_t* group, char* folder, size_t size) {
  gy_span_t line;
  mount_t mount;

  while (gy_proc_line(&mountinfo, &line)) {
    if (mount_fits(line, controller, group->version, &mount)) {
      size_t skip = root_length(group->path, mount.root);
      const gy_span_t rest = {group->path.at + skip, group->path.length - skip};
      size_t length;
      if (mount.point.length + rest.length >= size) {
        return 0;
      }
      length = span_copy(folder, mount.point, true);
      folder[length + span_copy(folder + length, rest, false)] = '\0';
      return length;
    }
  }
  return 0;
}

/* ---- limits ----------------------------------------------------------------
 */

uint64_t gy_cgroup_bytes(const char* text) {
  uint64_t bytes;

  /* Version 1 has no "max": no limit is the largest number of whole pages. */
  if (!gy_proc_number(&text, &bytes) || bytes >= UINT64_C(1) << 62) {
    return GY_CGROUP_NO_LIMIT;
  }
  return bytes;
}

unsigned gy_cgroup_cpus(const char* quota, const char* period) {
  uint64_t time;
  uint64_t whole;

  /* "max" and -1 are no numbers. */
  if (!gy_proc_number(&quota, &time)) {
    return UINT_MAX;
  }
  if (period == NULL) {
    period = quota;
  }
  if (!gy_proc_number(&period, &whole) || whole == 0) {
    return UINT_MAX;
  }
  time /= whole;
  if (time >= UINT_MAX) {
    return UINT_MAX;
  }
  return time > 0 ? (unsigned)time : 1;
}
