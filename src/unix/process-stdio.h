/* process-stdio.h - the descriptors that a child gets. */
#ifndef GY_UNIX_PROCESS_STDIO_H_
#define GY_UNIX_PROCESS_STDIO_H_

#include "../core.h"
#include "sys-spawn.h"

/* For each descriptor that the child is to have. */
typedef struct {
  int count;                /* GY_SYS_STDIO at least */
  gy_sys_source_t* sources; /* where it comes from */
  int* ours;                /* our end of a new pipe, or -1 */
  int* theirs;              /* its other end, or -1 */
} gy_stdio_t;

/* Make |stdio| what |options| ask for. UV_E*, with nothing left open. */
int gy_stdio_open(gy_stdio_t* stdio, const uv_process_options_t* options);

/* The child has what it needs, or there is none: close what was for it, and
 * give our ends of the pipes to their streams. */
void gy_stdio_close(gy_stdio_t* stdio, const uv_process_options_t* options);

#endif /* GY_UNIX_PROCESS_STDIO_H_ */
