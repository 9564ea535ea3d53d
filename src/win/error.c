/* error.c - what Windows says went wrong, as UV_E*: three tables.
 *
 * What stands here is the contract: clients compare with these codes, also
 * where another would describe the matter better (ERROR_ACCESS_DENIED is EPERM,
 * and the end of a pipe is EOF). Two numbers in one table, or one twice, would
 * not compile. */
#include "win/error.h"

#include <winsock2.h>
#include <windows.h>

#include <winternl.h>

#include <errno.h>
#include <ntstatus.h>

#include "uv/errno.h"

#ifndef ERROR_ELEVATION_REQUIRED
#define ERROR_ELEVATION_REQUIRED 740
#endif

#define ERROR_CASE(number, name) \
  case number:                   \
    return UV_##name;

#define WIN32_ERRORS(XX)                           \
  XX(ERROR_META_EXPANSION_TOO_LONG, E2BIG)         \
  XX(ERROR_ELEVATION_REQUIRED, EACCES)             \
  XX(ERROR_NOACCESS, EACCES)                       \
  XX(ERROR_CANT_ACCESS_FILE, EACCES)               \
  XX(WSAEACCES, EACCES)                            \
  XX(ERROR_ADDRESS_ALREADY_ASSOCIATED, EADDRINUSE) \
  XX(WSAEADDRINUSE, EADDRINUSE)                    \
  XX(WSAEADDRNOTAVAIL, EADDRNOTAVAIL)              \
  XX(WSAEAFNOSUPPORT, EAFNOSUPPORT)                \
  XX(WSAEWOULDBLOCK, EAGAIN)                       \
  XX(WSAEALREADY, EALREADY)                        \
  XX(ERROR_INVALID_HANDLE, EBADF)                  \
  XX(ERROR_INVALID_FLAGS, EBADF)                   \
  XX(WSAEBADF, EBADF)                              \
  XX(ERROR_SHARING_VIOLATION, EBUSY)               \
  XX(ERROR_LOCK_VIOLATION, EBUSY)                  \
  XX(ERROR_PIPE_BUSY, EBUSY)                       \
  XX(ERROR_OPERATION_ABORTED, ECANCELED)           \
  XX(WSAEINTR, ECANCELED)                          \
  XX(ERROR_NO_UNICODE_TRANSLATION, ECHARSET)       \
  XX(ERROR_CONNECTION_ABORTED, ECONNABORTED)       \
  XX(WSAECONNABORTED, ECONNABORTED)                \
  XX(ERROR_CONNECTION_REFUSED, ECONNREFUSED)       \
  XX(WSAECONNREFUSED, ECONNREFUSED)                \
  XX(ERROR_NETNAME_DELETED, ECONNRESET)            \
  XX(WSAECONNRESET, ECONNRESET)                    \
  XX(ERROR_FILE_EXISTS, EEXIST)                    \
  XX(ERROR_ALREADY_EXISTS, EEXIST)                 \
  XX(ERROR_BUFFER_OVERFLOW, EFAULT)                \
  XX(WSAEFAULT, EFAULT)                            \
  XX(ERROR_BAD_FORMAT, EFTYPE)                     \
  XX(ERROR_HOST_UNREACHABLE, EHOSTUNREACH)         \
  XX(WSAEHOSTUNREACH, EHOSTUNREACH)                \
  XX(ERROR_INVALID_DATA, EINVAL)                   \
  XX(ERROR_INVALID_PARAMETER, EINVAL)              \
  XX(ERROR_INSUFFICIENT_BUFFER, EINVAL)            \
  XX(ERROR_SYMLINK_NOT_SUPPORTED, EINVAL)          \
  XX(WSAEINVAL, EINVAL)                            \
  XX(WSAEPFNOSUPPORT, EINVAL)                      \
  XX(ERROR_CRC, EIO)                               \
  XX(ERROR_SECTOR_NOT_FOUND, EIO)                  \
  XX(ERROR_GEN_FAILURE, EIO)                       \
  XX(ERROR_OPEN_FAILED, EIO)                       \
  XX(ERROR_SIGNAL_REFUSED, EIO)                    \
  XX(ERROR_NO_SIGNAL_SENT, EIO)                    \
  XX(ERROR_FILEMARK_DETECTED, EIO)                 \
  XX(ERROR_BEGINNING_OF_MEDIA, EIO)                \
  XX(ERROR_SETMARK_DETECTED, EIO)                  \
  XX(ERROR_INVALID_BLOCK_LENGTH, EIO)              \
  XX(ERROR_BUS_RESET, EIO)                         \
  XX(ERROR_IO_DEVICE, EIO)                         \
  XX(ERROR_EOM_OVERFLOW, EIO)                      \
  XX(ERROR_DEVICE_REQUIRES_CLEANING, EIO)          \
  XX(ERROR_DEVICE_DOOR_OPEN, EIO)                  \
  XX(ERROR_DISK_CORRUPT, EIO)                      \
  XX(WSAEISCONN, EISCONN)                          \
  XX(ERROR_INVALID_FUNCTION, EISDIR)               \
  XX(ERROR_CANT_RESOLVE_FILENAME, ELOOP)           \
  XX(ERROR_TOO_MANY_OPEN_FILES, EMFILE)            \
  XX(WSAEMFILE, EMFILE)                            \
  XX(WSAEMSGSIZE, EMSGSIZE)                        \
  XX(ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG)     \
  XX(ERROR_NETWORK_UNREACHABLE, ENETUNREACH)       \
  XX(WSAENETUNREACH, ENETUNREACH)                  \
  XX(WSAENOBUFS, ENOBUFS)                          \
  XX(ERROR_FILE_NOT_FOUND, ENOENT)                 \
  XX(ERROR_PATH_NOT_FOUND, ENOENT)                 \
  XX(ERROR_INVALID_DRIVE, ENOENT)                  \
  XX(ERROR_INVALID_NAME, ENOENT)                   \
  XX(ERROR_MOD_NOT_FOUND, ENOENT)                  \
  XX(ERROR_BAD_PATHNAME, ENOENT)                   \
  XX(ERROR_ENVVAR_NOT_FOUND, ENOENT)               \
  XX(ERROR_DIRECTORY, ENOENT)                      \
  XX(ERROR_INVALID_REPARSE_DATA, ENOENT)           \
  XX(WSAHOST_NOT_FOUND, ENOENT)                    \
  XX(WSANO_DATA, ENOENT)                           \
  XX(ERROR_NOT_ENOUGH_MEMORY, ENOMEM)              \
  XX(ERROR_OUTOFMEMORY, ENOMEM)                    \
  XX(ERROR_HANDLE_DISK_FULL, ENOSPC)               \
  XX(ERROR_CANNOT_MAKE, ENOSPC)                    \
  XX(ERROR_DISK_FULL, ENOSPC)                      \
  XX(ERROR_EA_TABLE_FULL, ENOSPC)                  \
  XX(ERROR_END_OF_MEDIA, ENOSPC)                   \
  XX(ERROR_NOT_CONNECTED, ENOTCONN)                \
  XX(WSAENOTCONN, ENOTCONN)                        \
  XX(ERROR_DIR_NOT_EMPTY, ENOTEMPTY)               \
  XX(WSAENOTSOCK, ENOTSOCK)                        \
  XX(ERROR_NOT_SUPPORTED, ENOTSUP)                 \
  XX(ERROR_BROKEN_PIPE, EOF)                       \
  XX(ERROR_ACCESS_DENIED, EPERM)                   \
  XX(ERROR_PRIVILEGE_NOT_HELD, EPERM)              \
  XX(ERROR_BAD_PIPE, EPIPE)                        \
  XX(ERROR_NO_DATA, EPIPE)                         \
  XX(ERROR_PIPE_NOT_CONNECTED, EPIPE)              \
  XX(WSAESHUTDOWN, EPIPE)                          \
  XX(WSAEPROTONOSUPPORT, EPROTONOSUPPORT)          \
  XX(ERROR_WRITE_PROTECT, EROFS)                   \
  XX(WSAESOCKTNOSUPPORT, ESOCKTNOSUPPORT)          \
  XX(ERROR_SEM_TIMEOUT, ETIMEDOUT)                 \
  XX(WSAETIMEDOUT, ETIMEDOUT)                      \
  XX(ERROR_NOT_SAME_DEVICE, EXDEV)

int gy_win_error(unsigned long code) {
  switch (code) {
    case ERROR_SUCCESS:
      return 0;
      WIN32_ERRORS(ERROR_CASE)
    default:
      return UV_UNKNOWN;
  }
}

/* ---- statuses of the kernel --------------------------------------------- */

#define STATUS_CASE(number, name) \
  case (LONG)number:              \
    return UV_##name;

/* As Winsock would say them: what the kernel knows of a socket is more than
 * RtlNtStatusToDosError() lets through. */
#define NT_ERRORS(XX)                                 \
  XX(STATUS_CANCELLED, ECANCELED)                     \
  XX(STATUS_INVALID_HANDLE, EBADF)                    \
  XX(STATUS_OBJECT_TYPE_MISMATCH, ENOTSOCK)           \
  XX(STATUS_INVALID_PARAMETER, EINVAL)                \
  XX(STATUS_INSUFFICIENT_RESOURCES, ENOBUFS)          \
  XX(STATUS_NO_MEMORY, ENOMEM)                        \
  XX(STATUS_QUOTA_EXCEEDED, ENOBUFS)                  \
  XX(STATUS_PAGEFILE_QUOTA, ENOBUFS)                  \
  XX(STATUS_WORKING_SET_QUOTA, ENOBUFS)               \
  XX(STATUS_COMMITMENT_LIMIT, ENOBUFS)                \
  XX(STATUS_ACCESS_VIOLATION, EFAULT)                 \
  XX(STATUS_BUFFER_OVERFLOW, EMSGSIZE)                \
  XX(STATUS_SHARING_VIOLATION, EADDRINUSE)            \
  XX(STATUS_ADDRESS_ALREADY_EXISTS, EADDRINUSE)       \
  XX(STATUS_INVALID_ADDRESS_COMPONENT, EADDRNOTAVAIL) \
  XX(STATUS_CONNECTION_REFUSED, ECONNREFUSED)         \
  XX(STATUS_CONNECTION_RESET, ECONNRESET)             \
  XX(STATUS_CONNECTION_DISCONNECTED, ECONNRESET)      \
  XX(STATUS_REMOTE_DISCONNECT, ECONNRESET)            \
  XX(STATUS_LOCAL_DISCONNECT, ECONNABORTED)           \
  XX(STATUS_CONNECTION_ABORTED, ECONNABORTED)         \
  XX(STATUS_TRANSACTION_ABORTED, ECONNABORTED)        \
  XX(STATUS_GRACEFUL_DISCONNECT, EPIPE)               \
  XX(STATUS_NETWORK_UNREACHABLE, ENETUNREACH)         \
  XX(STATUS_HOST_UNREACHABLE, EHOSTUNREACH)           \
  XX(STATUS_PROTOCOL_UNREACHABLE, ENETUNREACH)        \
  XX(STATUS_PORT_UNREACHABLE, ECONNRESET)             \
  XX(STATUS_IO_TIMEOUT, ETIMEDOUT)                    \
  XX(STATUS_TIMEOUT, ETIMEDOUT)                       \
  XX(STATUS_LINK_FAILED, ETIMEDOUT)                   \
  XX(STATUS_DEVICE_NOT_READY, EAGAIN)                 \
  XX(STATUS_REQUEST_NOT_ACCEPTED, EAGAIN)             \
  XX(STATUS_PIPE_DISCONNECTED, EPIPE)                 \
  XX(STATUS_INVALID_CONNECTION, ENOTCONN)

int gy_win_status_error(long status) {
  /* Success and information, but for one that is a time-out. */
  if (status >= 0 && status != STATUS_TIMEOUT) {
    return 0;
  }
  switch (status) {
    NT_ERRORS(STATUS_CASE)
    default:
      return gy_win_error(RtlNtStatusToDosError(status));
  }
}

/* ---- the C runtime's ---------------------------------------------------- */

#define ERRNO_ERRORS(XX) \
  XX(EAGAIN, EAGAIN)     \
  XX(EACCES, EACCES)     \
  XX(EBADF, EBADF)       \
  XX(EINVAL, EINVAL)     \
  XX(EMFILE, EMFILE)     \
  XX(ENOMEM, ENOMEM)     \
  XX(ENOENT, ENOENT)

int gy_win_errno_error(int number) {
  switch (number) {
    case 0:
      return 0;
      ERRNO_ERRORS(ERROR_CASE)
    default:
      return UV_UNKNOWN;
  }
}
