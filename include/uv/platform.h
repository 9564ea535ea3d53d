/* uv/platform.h - what depends on the system: how a symbol is exported, and
 * the header with the system's types and the private parts of the structs.
 *
 * UV_EXTERN stands before every function of the interface. On Windows, define
 * USING_UV_SHARED to use the DLL, and nothing to use the static library;
 * BUILDING_UV_SHARED is for building the DLL. Elsewhere it needs no help. */
#ifndef UV_PLATFORM_H_
#define UV_PLATFORM_H_

#include <stdint.h>

struct uv_loop_s;

/* What the private parts below are made of, on all systems. */

/* A circular list's link, of uv_loop_t.handle_queue among others. */
struct uv__queue {
  struct uv__queue* next;
  struct uv__queue* prev;
};

/* Work for the thread pool: |run| there, then |done| in the loop's thread. */
struct gy_work {
  void (*run)(struct gy_work* work);
  void (*done)(struct gy_work* work, int status);
  struct uv_loop_s* loop;
  struct gy_work* next;
  struct gy_work* prev;
};

/* A callback of a handle that is put off to the loop's next pending phase. */
struct gy_task {
  struct uv__queue node;
  void (*run)(struct gy_task* task);
};

/* A timer's place in the wheel of its loop. */
struct gy_wheel_node {
  uint64_t due;
  struct gy_wheel_node* next;
  struct gy_wheel_node** link;
  uint64_t order;
  unsigned int where;
};

#if defined(_WIN32)
#if defined(BUILDING_UV_SHARED)
#define UV_EXTERN __declspec(dllexport)
#elif defined(USING_UV_SHARED)
#define UV_EXTERN __declspec(dllimport)
#else
#define UV_EXTERN
#endif
#include "uv/win.h"
#else
#if defined(__GNUC__) || defined(__clang__) || defined(__SUNPRO_C)
#define UV_EXTERN __attribute__((visibility("default")))
#else
#define UV_EXTERN
#endif
#include "uv/unix.h"
#endif

#endif /* UV_PLATFORM_H_ */
