/* error.c - names and messages of the UV_E* codes. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "core.h"
#include "platform.h"

/* The text for a code that has none, kept so that the pointer given out stays
 * good, as libuv's does, and is not made anew at each call, as libuv's is. */
typedef struct unknown {
  struct unknown* next;
  int err;
  char text[40];
} unknown_t;

static _Atomic(unknown_t*) unknowns;

static void unknown_print(char* buf, size_t size, int err) {
  (void)snprintf(buf, size, "Unknown system error %d", err);
}

static const char* unknown_text(int err) {
  unknown_t* head = atomic_load_explicit(&unknowns, memory_order_acquire);
  unknown_t* entry;

  for (entry = head; entry != NULL; entry = entry->next) {
    if (entry->err == err) {
      return entry->text;
    }
  }
  entry = gy_malloc(sizeof(*entry));
  if (entry == NULL) {
    return "Unknown system error";
  }
  entry->err = err;
  unknown_print(entry->text, sizeof(entry->text), err);
  do {
    entry->next = head;
  } while (!atomic_compare_exchange_weak_explicit(
      &unknowns, &head, entry, memory_order_release, memory_order_acquire));
  return entry->text;
}

void gy_error_shutdown(void) {
  unknown_t* entry = atomic_exchange(&unknowns, NULL);

  while (entry != NULL) {
    unknown_t* next = entry->next;
    gy_free(entry);
    entry = next;
  }
}

#define NAME_CASE(name, message) \
  case UV_##name:                \
    return #name;

#define MESSAGE_CASE(name, message) \
  case UV_##name:                   \
    return message;

/* The name without its UV_, or NULL. */
static const char* known_name(int err) {
  switch (err) {
    UV_ERRNO_MAP(NAME_CASE)
    default:
      return NULL;
  }
}

static const char* known_message(int err) {
  switch (err) {
    UV_ERRNO_MAP(MESSAGE_CASE)
    default:
      return NULL;
  }
}

static char* text_copy(const char* text, int err, char* buf, size_t size) {
  if (text != NULL) {
    (void)snprintf(buf, size, "%s", text);
  } else {
    unknown_print(buf, size, err);
  }
  return buf;
}

const char* uv_err_name(int err) {
  const char* name = known_name(err);

  return name != NULL ? name : unknown_text(err);
}

char* uv_err_name_r(int err, char* buf, size_t buflen) {
  return text_copy(known_name(err), err, buf, buflen);
}

const char* uv_strerror(int err) {
  const char* message = known_message(err);

  return message != NULL ? message : unknown_text(err);
}

char* uv_strerror_r(int err, char* buf, size_t buflen) {
  return text_copy(known_message(err), err, buf, buflen);
}

int uv_translate_sys_error(int sys_errno) {
  return gy_platform_error(sys_errno);
}

int uv_fs_get_system_error(const uv_fs_t* req) {
  return gy_platform_system_error(req);
}
