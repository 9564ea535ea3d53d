/* text.h - UTF-16, as Windows has it, to WTF-8 and back.
 *
 * WTF-8 is UTF-8 in which a surrogate without its partner, which file names on
 * Windows may hold, takes three bytes; nothing is lost either way. See
 * https://wtf-8.codeberg.page. Lengths of UTF-16 count units of two bytes. Any
 * thread, no loop. The contract is libuv 1.x's, manual page "misc"; all since
 * libuv 1.47. */
#ifndef UV_TEXT_H_
#define UV_TEXT_H_

#include "uv/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Return how many bytes of WTF-8, without a 0 byte after them, the |utf16_len|
 * units at |utf16| take; if |utf16_len| is -1, those up to a 0 unit. A 0 unit
 * within a given length is a 0 byte. */
UV_EXTERN size_t uv_utf16_length_as_wtf8(const uint16_t* utf16,
                                         ssize_t utf16_len);

/* Turn the |utf16_len| units at |utf16|, or with -1 those up to a 0 unit, into
 * WTF-8 with a 0 byte after it. The length never counts that byte.
 *
 * If |wtf8_ptr| is NULL, only write the length to |*wtf8_len_ptr|.
 *
 * If |*wtf8_ptr| is NULL, allocate: write the memory to |*wtf8_ptr| and the
 * length to |*wtf8_len_ptr|, which may be NULL. The caller frees it with
 * free(3), or the function given to uv_replace_allocator().
 *
 * Else write to |*wtf8_ptr|, which has room for |*wtf8_len_ptr| bytes and, not
 * counted, the 0 byte; |*wtf8_len_ptr| becomes the length.
 *
 * Returns 0; UV_EINVAL if |utf16| or a |wtf8_len_ptr| that is owed is NULL;
 * UV_ENOMEM; UV_ENOBUFS if the room is too small: then the code points that fit
 * are written, a 0 byte after them, and |*wtf8_len_ptr| is the length of all.
 */
UV_EXTERN int uv_utf16_to_wtf8(const uint16_t* utf16, ssize_t utf16_len,
                               char** wtf8_ptr, size_t* wtf8_len_ptr);

/* Return how many units of UTF-16, with the 0 unit at the end, the string
 * |wtf8| takes; < 0 if it is not WTF-8. Of two halves that stand side by side
 * and would be a pair, which strict WTF-8 forbids, a pair is made. */
UV_EXTERN ssize_t uv_wtf8_length_as_utf16(const char* wtf8);

/* Turn the string |wtf8| into UTF-16, with a 0 unit at the end. |utf16_len| is
 * what uv_wtf8_length_as_utf16() said, >= 0, or |wtf8| must not be given here;
 * |utf16| has room for that many units. */
UV_EXTERN void uv_wtf8_to_utf16(const char* wtf8, uint16_t* utf16,
                                size_t utf16_len);

#ifdef __cplusplus
}
#endif

#endif
