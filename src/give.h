/* give.h - text into the caller's buffer, by the rule of lengths in
 * include/uv/system.h. */
#ifndef GY_GIVE_H_
#define GY_GIVE_H_

#include <stddef.h>

/* Is there a |buffer| with |*size| bytes, at least one? 0, or UV_EINVAL. */
int gy_give_check(const char* buffer, const size_t* size);

/* Write |length| bytes of |text| and a 0 byte to the |*size| bytes at |buffer|;
 * |*size| becomes |length|. UV_ENOBUFS when that does not fit: then |*size| is
 * what it takes, the 0 byte included, and nothing is written. */
int gy_give(const char* text, size_t length, char* buffer, size_t* size);

#endif /* GY_GIVE_H_ */
