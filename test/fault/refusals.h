/* refusals.h - what the tests of refused system calls share: a loop, a TCP
 * handle, and a call that fails. */
#ifndef GY_TEST_REFUSALS_H_
#define GY_TEST_REFUSALS_H_

#include "support/test.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"

static uv_loop_t loop;
static uv_tcp_t tcp;
static const char* failing_call;
static int failing_err;
static int failing_count; /* how often it fails; -1 for ever */
static int failed_count;

static inline int call_fail(const char* call) {
  if (failing_count == 0 || strcmp(call, failing_call) != 0)
    return 0;
  failing_count -= failing_count > 0;
  failed_count++;
  return failing_err;
}

/* Let the next |count| calls of |call| fail with |err|. */
static inline void let_fail(const char* call, int err, int count) {
  failing_call = call;
  failing_err = err;
  failing_count = count;
  failed_count = 0;
  gy_fault_hook = call_fail;
}

static inline void let_work(void) {
  gy_fault_hook = GY_FAULT_NOBODY;
}

static inline struct sockaddr_in loopback(void) {
  struct sockaddr_in address;

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static inline void ignore_connection(uv_stream_t* server, int status) {
  (void)server;
  (void)status;
}

static inline void open_tcp(void) {
  assert_int_equal(uv_tcp_init(&loop, &tcp), 0);
}

static inline int bind_it(void) {
  struct sockaddr_in address = loopback();

  return uv_tcp_bind(&tcp, (struct sockaddr*)&address, 0);
}

static inline int listen_there(void) {
  return uv_listen((uv_stream_t*)&tcp, 1, ignore_connection);
}

#endif /* GY_TEST_REFUSALS_H_ */
