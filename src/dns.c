/* dns.c - the front desk for names: what needs a thread, and what does not.
 *
 * An address in figures with a port in figures is not looked up anywhere, so
 * the system is asked on the spot. The answer still comes from the loop and
 * never from within the call: it is posted as if a thread had brought it. */
#include <string.h>

#include "core.h"
#include "idna.h"
#include "platform.h"

/* Post |work|, which is done already. */
static void work_answer(uv_loop_t* loop, gy_work_t* work,
                        void (*run)(gy_work_t* work),
                        void (*done)(gy_work_t* work, int status)) {
  work->run = run; /* Not NULL, which would mean that it was cancelled. */
  work->done = done;
  work->loop = loop;
  work->prev = work; /* No lane has it, so it cannot be taken back. */
  gy_wake_post_work(loop, work);
}

/* ---- names to addresses ---------------------------------------------------
 */

static bool is_address(const char* text) {
  unsigned char bytes[sizeof(struct in6_addr)];

  return uv_inet_pton(AF_INET, text, bytes) == 0 ||
         uv_inet_pton(AF_INET6, text, bytes) == 0;
}

static bool is_port(const char* text) {
  return text[strspn(text, "0123456789")] == '\0';
}

/* Can this be answered without looking anything up? */
static bool addrinfo_is_at_hand(const char* node, const char* service) {
  return node != NULL && is_address(node) &&
         (service == NULL || is_port(service));
}

/* Find what is at hand. Which addresses this machine has does not matter for
 * it, and asking the kernel for them, as glibc does even without hints, would
 * take six system calls, and a socket that may block. */
static int addrinfo_find(const char* node, const char* service,
                         const struct addrinfo* hints, struct addrinfo** list) {
  struct addrinfo plain;

  memset(&plain, 0, sizeof(plain));
  if (hints != NULL) {
    plain = *hints;
    plain.ai_flags &= ~AI_ADDRCONFIG;
  }
  return gy_platform_getaddrinfo(node, service, &plain, list);
}

static size_t text_size(const char* text) {
  return text != NULL ? strlen(text) + 1 : 0;
}

/* Copy |text|, which may be NULL, to |*room|, and move that behind it. */
static char* text_copy(char** room, const char* text) {
  size_t size = text_size(text);
  char* copy = *room;

  if (text == NULL) {
    return NULL;
  }
  memcpy(copy, text, size);
  *room += size;
  return copy;
}

/* Keep copies of what is searched for in |req|, in one allocation. */
static int query_keep(uv_getaddrinfo_t* req, const char* node,
                      const char* service, const struct addrinfo* hints) {
  size_t hints_size = hints != NULL ? sizeof(*hints) : 0;
  char* room = gy_malloc(hints_size + text_size(node) + text_size(service));

  if (room == NULL) {
    return UV_ENOMEM;
  }
  req->hints = NULL;
  if (hints != NULL) {
    req->hints = memcpy(room, hints, hints_size);
    room += hints_size;
  }
  req->hostname = text_copy(&room, node);
  req->service = text_copy(&room, service);
  return 0;
}

/* Free them: the first of the three that is there began the allocation. */
static void query_drop(uv_getaddrinfo_t* req) {
  if (req->hints != NULL) {
    gy_free(req->hints);
  } else if (req->hostname != NULL) {
    gy_free(req->hostname);
  } else {
    gy_free(req->service);
  }
  req->hints = NULL;
  req->hostname = NULL;
  req->service = NULL;
}

static void addrinfo_run(gy_work_t* work) {
  uv_getaddrinfo_t* req = GY_CONTAINER_OF(work, uv_getaddrinfo_t, work);

  req->retcode = gy_platform_getaddrinfo(req->hostname, req->service,
                                         req->hints, &req->addrinfo);
}

static void addrinfo_done(gy_work_t* work, int status) {
  uv_getaddrinfo_t* req = GY_CONTAINER_OF(work, uv_getaddrinfo_t, work);

  gy_req_finish(req->loop);
  query_drop(req);
  if (status == UV_ECANCELED) {
    req->retcode = UV_EAI_CANCELED;
  }
  req->cb(req, req->retcode, req->addrinfo);
}

/* Start what |req| is for. UV_E* when that cannot be, with nothing kept. */
static int addrinfo_start(uv_loop_t* loop, uv_getaddrinfo_t* req,
                          const char* node, const char* service,
                          const struct addrinfo* hints) {
  int err;

  if (addrinfo_is_at_hand(node, service)) {
    err = gy_wake_enable(loop);
    if (err == 0) {
      req->retcode = addrinfo_find(node, service, hints, &req->addrinfo);
      work_answer(loop, &req->work, addrinfo_run, addrinfo_done);
    }
    return err;
  }
  err = query_keep(req, node, service, hints);
  if (err != 0) {
    return err;
  }
  err = gy_pool_submit(loop, &req->work, GY_LANE_NAMES, addrinfo_run,
                       addrinfo_done);
  if (err != 0) {
    query_drop(req);
  }
  return err;
}

int uv_getaddrinfo(uv_loop_t* loop, uv_getaddrinfo_t* req, uv_getaddrinfo_cb cb,
                   const char* node, const char* service,
                   const struct addrinfo* hints) {
  char ascii[GY_IDNA_SIZE];
  int err;

  if (req == NULL || (loop == NULL && cb != NULL) ||
      (node == NULL && service == NULL)) {
    return UV_EINVAL;
  }
  if (node != NULL) {
    err = gy_idna_to_ascii(node, ascii);
    if (err < 0) {
      return err;
    }
    node = ascii;
  }
  req->type = UV_GETADDRINFO;
  req->loop = loop;
  req->cb = cb;
  req->hints = NULL;
  req->hostname = NULL;
  req->service = NULL;
  req->addrinfo = NULL;
  req->retcode = 0;
  if (cb == NULL) {
    return gy_platform_getaddrinfo(node, service, hints, &req->addrinfo);
  }
  gy_req_start(loop, (uv_req_t*)req, UV_GETADDRINFO);
  err = addrinfo_start(loop, req, node, service, hints);
  if (err != 0) {
    gy_req_finish(loop);
  }
  return err;
}

void uv_freeaddrinfo(struct addrinfo* ai) {
  if (ai != NULL) {
    gy_platform_freeaddrinfo(ai);
  }
}

/* ---- addresses to names ---------------------------------------------------
 */

/* How large the address |addr| is; 0 when it is of no family that is known. */
static size_t address_size(const struct sockaddr* addr) {
  switch (addr->sa_family) {
    case AF_INET:
      return sizeof(struct sockaddr_in);
    case AF_INET6:
      return sizeof(struct sockaddr_in6);
    default:
      return 0;
  }
}

/* Is nothing to be looked up? */
static bool nameinfo_is_at_hand(int flags) {
  const int figures = NI_NUMERICHOST | NI_NUMERICSERV;

  return (flags & figures) == figures;
}

static void nameinfo_find(uv_getnameinfo_t* req) {
  const struct sockaddr* addr = (const struct sockaddr*)&req->storage;

  req->retcode =
      gy_platform_getnameinfo(addr, address_size(addr), req, req->flags);
}

static void nameinfo_run(gy_work_t* work) {
  nameinfo_find(GY_CONTAINER_OF(work, uv_getnameinfo_t, work));
}

static void nameinfo_done(gy_work_t* work, int status) {
  uv_getnameinfo_t* req = GY_CONTAINER_OF(work, uv_getnameinfo_t, work);

  gy_req_finish(req->loop);
  if (status == UV_ECANCELED) {
    req->retcode = UV_EAI_CANCELED;
  }
  if (req->retcode != 0) {
    req->cb(req, req->retcode, NULL, NULL);
  } else {
    req->cb(req, 0, req->host, req->service);
  }
}

static int nameinfo_start(uv_loop_t* loop, uv_getnameinfo_t* req) {
  int err;

  if (!nameinfo_is_at_hand(req->flags)) {
    return gy_pool_submit(loop, &req->work, GY_LANE_NAMES, nameinfo_run,
                          nameinfo_done);
  }
  err = gy_wake_enable(loop);
  if (err == 0) {
    nameinfo_find(req);
    work_answer(loop, &req->work, nameinfo_run, nameinfo_done);
  }
  return err;
}

int uv_getnameinfo(uv_loop_t* loop, uv_getnameinfo_t* req, uv_getnameinfo_cb cb,
                   const struct sockaddr* addr, int flags) {
  int err;

  if (req == NULL || addr == NULL || (loop == NULL && cb != NULL) ||
      address_size(addr) == 0) {
    return UV_EINVAL;
  }
  memset(&req->storage, 0, sizeof(req->storage));
  memcpy(&req->storage, addr, address_size(addr));
  req->type = UV_GETNAMEINFO;
  req->loop = loop;
  req->cb = cb;
  req->flags = flags;
  req->retcode = 0;
  if (cb == NULL) {
    nameinfo_find(req);
    return req->retcode;
  }
  gy_req_start(loop, (uv_req_t*)req, UV_GETNAMEINFO);
  err = nameinfo_start(loop, req);
  if (err != 0) {
    gy_req_finish(loop);
  }
  return err;
}
