/* scenario.h - what the scenarios of the network share: a loop whose handles
 * all close when something does not work, and requests that are counted. */
#ifndef GY_FAULT_SCENARIO_H_
#define GY_FAULT_SCENARIO_H_

#include "sweep.h"

#include <netinet/in.h>
#include <sys/socket.h>

static uv_loop_t loop;
static bool gave_up;
static int under_way; /* requests */

static inline void close_it(uv_handle_t* handle, void* arg) {
  (void)arg; /* uv_walk() passes one */
  if (!uv_is_closing(handle)) {
    uv_close(handle, NULL);
  }
}

/* Leave: what is on its way ends with UV_ECANCELED. */
static inline void give_up(void) {
  gave_up = true;
  uv_walk(&loop, close_it, NULL);
}

/* Did |err| mean success? Else give up. Once that is done, errors are what
 * comes of it, but for success there is no excuse. */
#define goes(err) scene_goes(err, #err, __FILE__, __LINE__)

static inline bool scene_goes(int err, const char* what, const char* file,
                              int line) {
  if (err == 0) {
    return true;
  }
  if (!gave_up) {
    error_check(err, what, file, line);
    give_up();
  }
  return false;
}

/* The same for a call that begins a request. */
#define begins(err) (goes(err) && ++under_way > 0)

/* A request is over with |status|. Is that a reason to go on? */
static inline bool ends(int status) {
  under_way--;
  CHECK(under_way >= 0);
  return goes(status) && !gave_up;
}

static inline bool scene_begin(void) {
  gave_up = false;
  under_way = 0;
  return works(uv_loop_init(&loop));
}

/* Run until all is closed. */
static inline void scene_end(void) {
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(under_way == 0);
  CHECK(uv_loop_close(&loop) == 0);
}

static inline void give_memory(uv_handle_t* handle, size_t suggested,
                               uv_buf_t* buf) {
  static char memory[3 * 65536];

  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

static inline struct sockaddr_in loopback(void) {
  struct sockaddr_in address;

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static inline uv_buf_t text(const char* words) {
  /* What is written is only read. */
  return uv_buf_init((char*)(uintptr_t)words, (unsigned)strlen(words));
}

#endif /* GY_FAULT_SCENARIO_H_ */
