/* idna.h - a host name beyond ASCII, as the name servers know it. */
#ifndef GY_IDNA_H_
#define GY_IDNA_H_

#include <stddef.h>

enum {
  GY_IDNA_SIZE = 256 /* what a name takes at most, the 0 byte included */
};

/* Write the ASCII form of |name|, which is UTF-8, to |buf|: a label beyond
 * ASCII becomes "xn--" and RFC 3492's Punycode, all else stays as it is, but
 * that the ideographic full stops become dots. Nothing is folded or looked up:
 * whether there can be such a name is the resolver's to say. Any thread.
 *
 * Returns the length, without the 0 byte; UV_EINVAL if |name| is empty, is no
 * UTF-8, or comes out longer than GY_IDNA_SIZE - 1: then |buf| is in no state
 * to be used, and never is a name cut. */
int gy_idna_to_ascii(const char* name, char buf[GY_IDNA_SIZE]);

#endif /* GY_IDNA_H_ */
