/* dns.h - names to addresses and back, as the system resolves them.
 *
 * getaddrinfo(3) and getnameinfo(3) on a thread of the pool. Without a
 * callback they run in the call and block it.
 *
 * For every function here: with a callback, loop thread only, and the request
 * stays in place and belongs to the loop until the callback, which comes once,
 * from uv_run(); without one, any thread, and the loop is not touched.
 * uv_cancel() ends a request that has not begun with UV_EAI_CANCELED. One that
 * looks nothing up, because host and service are numbers, begins in the call,
 * and its callback still comes from uv_run(). The errors of resolving are the
 * UV_EAI_*. The contract is libuv 1.x's, manual page "dns"; see RFC 3493. */
#ifndef UV_DNS_H_
#define UV_DNS_H_

#include "uv/request.h"

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo;

/* Tell that |req| is over: |status| is 0 and |res| the list of addresses,
 * which is the user's and goes to uv_freeaddrinfo(); or |status| is UV_EAI_*
 * or what the system says and |res| NULL. |req| is the user's again. */
typedef void (*uv_getaddrinfo_cb)(uv_getaddrinfo_t* req, int status,
                                  struct addrinfo* res);

/* Tell that |req| is over: |status| is 0 and |hostname| and |service| are the
 * names, which live in |req|; or |status| is UV_EAI_* or what the
 * system says and both are NULL. |req| is the user's again. */
typedef void (*uv_getnameinfo_cb)(uv_getnameinfo_t* req, int status,
                                  const char* hostname, const char* service);

/* A search for addresses. Needs no init. */
struct uv_getaddrinfo_s {
  UV_REQ_FIELDS
  /* The loop it was started on. Read only. */
  uv_loop_t* loop;
  /* Not for users. */
  GY_GETADDRINFO_PRIVATE
  /* The result, NULL on failure; to be freed with uv_freeaddrinfo(), once: it
   * is what the callback was given. */
  struct addrinfo* addrinfo;
  /* Not for users. */
  GY_GETADDRINFO_TAIL
};

/* A search for a name. Needs no init. */
struct uv_getnameinfo_s {
  UV_REQ_FIELDS
  /* The loop it was started on. Read only. */
  uv_loop_t* loop;
  /* Not for users. */
  GY_GETNAMEINFO_PRIVATE
  /* The result, with a 0 byte at the end; NI_MAXHOST and NI_MAXSERV bytes. */
  char host[1025];
  char service[32];
  /* Not for users. */
  GY_GETNAMEINFO_TAIL
};

/* Find the addresses of the host |node| and the port of |service|; one of the
 * two may be NULL. |hints| narrows the search, and may be NULL. All three are
 * copied. A |node| beyond ASCII is UTF-8 and looked up as IDNA; see RFC 5891.
 * See getaddrinfo(3).
 *
 * With |getaddrinfo_cb|: start, and tell it the result. If it is NULL (since
 * libuv 1.3): do it now, and leave the result in |req->addrinfo|.
 *
 * Returns 0; UV_EINVAL if |req| is NULL, |node| and |service| are both NULL, or
 * |node| is no valid UTF-8 or too long a name; UV_ENOMEM; without a callback
 * also the UV_EAI_* of the search. If not 0, no callback and nothing to free.
 */
UV_EXTERN int uv_getaddrinfo(uv_loop_t* loop, uv_getaddrinfo_t* req,
                             uv_getaddrinfo_cb getaddrinfo_cb, const char* node,
                             const char* service, const struct addrinfo* hints);

/* Free the list |ai| that uv_getaddrinfo() gave; NULL does nothing. Any
 * thread. */
UV_EXTERN void uv_freeaddrinfo(struct addrinfo* ai);

/* Find the host and service of |addr|, a sockaddr_in or sockaddr_in6, which is
 * copied. |flags| is 0 or an OR of the NI_* of getnameinfo(3).
 *
 * With |getnameinfo_cb|: start, and tell it the result. If it is NULL (since
 * libuv 1.3): do it now, and leave the result in |req->host| and
 * |req->service|.
 *
 * Returns 0; UV_EINVAL if |req| or |addr| is NULL or of another family;
 * UV_ENOMEM; without a callback also the UV_EAI_* of the search. If not 0, no
 * callback. */
UV_EXTERN int uv_getnameinfo(uv_loop_t* loop, uv_getnameinfo_t* req,
                             uv_getnameinfo_cb getnameinfo_cb,
                             const struct sockaddr* addr, int flags);

#ifdef __cplusplus
}
#endif

#endif
