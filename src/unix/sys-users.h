/* sys-users.h - looking up users and groups, each call with its fault point.
 * Any thread. */
#ifndef GY_UNIX_SYS_USERS_H_
#define GY_UNIX_SYS_USERS_H_

#include <grp.h>
#include <pwd.h>
#include <stddef.h>

/* Find the user |uid|, or the group |gid|, and write it with its strings, which
 * take |size| bytes at |buf| at most, to |*found|. UV_ENOENT when there is
 * none, UV_ERANGE when the room is too small, or UV_E*. */
int gy_sys_getpwuid(uid_t uid, struct passwd* found, char* buf, size_t size);
int gy_sys_getgrgid(gid_t gid, struct group* found, char* buf, size_t size);

#endif /* GY_UNIX_SYS_USERS_H_ */
