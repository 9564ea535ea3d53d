/* text-file.h - files that the kernel makes up, read as a text. */
#ifndef GY_UNIX_TEXT_FILE_H_
#define GY_UNIX_TEXT_FILE_H_

#include <stddef.h>

/* Read the whole of |path|, with a 0 byte behind it, into one gy_malloc() that
 * |*text| is to be. 0, or UV_E*. */
int gy_text_read(const char* path, char** text);

/* The beginning of |path|, cut to what fits into |size| bytes with a 0 byte. 0,
 * or UV_E*. */
int gy_text_read_line(const char* path, char* text, size_t size);

#endif /* GY_UNIX_TEXT_FILE_H_ */
