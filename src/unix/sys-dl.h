/* sys-dl.h - the dynamic linker, each call with its fault point. A failure is
 * told in words, which are good until the thread's next call. */
#ifndef GY_UNIX_SYS_DL_H_
#define GY_UNIX_SYS_DL_H_

/* Write the handle of the library |filename|, or of the program if that is
 * NULL, to |*handle|. NULL, or what is wrong. */
const char* gy_sys_dlopen(const char* filename, void** handle);

/* Write the address of |name| to |*address|, which is NULL when this fails. The
 * same. */
const char* gy_sys_dlsym(void* handle, const char* name, void** address);

void gy_sys_dlclose(void* handle);

#endif /* GY_UNIX_SYS_DL_H_ */
