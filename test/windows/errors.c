/* errors.c - tests of what becomes of the errors of Windows. */
#include "support/test.h"

#include <winsock2.h>
#include <windows.h>

#include "win/error.h"

#define STATUS(number) ((long)(int32_t)(number))

typedef struct {
  long code;
  int err;
} row_t;

static const row_t win32_rows[] = {
    {ERROR_INVALID_FUNCTION, UV_EISDIR},
    {ERROR_FILE_NOT_FOUND, UV_ENOENT},
    {ERROR_PATH_NOT_FOUND, UV_ENOENT},
    {ERROR_TOO_MANY_OPEN_FILES, UV_EMFILE},
    {ERROR_ACCESS_DENIED, UV_EPERM},
    {ERROR_INVALID_HANDLE, UV_EBADF},
    {ERROR_NOT_ENOUGH_MEMORY, UV_ENOMEM},
    {ERROR_NOT_SAME_DEVICE, UV_EXDEV},
    {ERROR_WRITE_PROTECT, UV_EROFS},
    {ERROR_SHARING_VIOLATION, UV_EBUSY},
    {ERROR_NETNAME_DELETED, UV_ECONNRESET},
    {ERROR_FILE_EXISTS, UV_EEXIST},
    {ERROR_INVALID_PARAMETER, UV_EINVAL},
    {ERROR_BROKEN_PIPE, UV_EOF},
    {ERROR_DISK_FULL, UV_ENOSPC},
    {ERROR_SEM_TIMEOUT, UV_ETIMEDOUT},
    {ERROR_DIR_NOT_EMPTY, UV_ENOTEMPTY},
    {ERROR_ALREADY_EXISTS, UV_EEXIST},
    {ERROR_FILENAME_EXCED_RANGE, UV_ENAMETOOLONG},
    {ERROR_NO_DATA, UV_EPIPE},
    {ERROR_OPERATION_ABORTED, UV_ECANCELED},
    {ERROR_NO_UNICODE_TRANSLATION, UV_ECHARSET},
    {ERROR_PRIVILEGE_NOT_HELD, UV_EPERM},
    {ERROR_CANT_RESOLVE_FILENAME, UV_ELOOP},
};

static const row_t winsock_rows[] = {
    {WSAEINTR, UV_ECANCELED},
    {WSAEACCES, UV_EACCES},
    {WSAEFAULT, UV_EFAULT},
    {WSAEINVAL, UV_EINVAL},
    {WSAEMFILE, UV_EMFILE},
    {WSAEWOULDBLOCK, UV_EAGAIN},
    {WSAENOTSOCK, UV_ENOTSOCK},
    {WSAEMSGSIZE, UV_EMSGSIZE},
    {WSAEAFNOSUPPORT, UV_EAFNOSUPPORT},
    {WSAEADDRINUSE, UV_EADDRINUSE},
    {WSAEADDRNOTAVAIL, UV_EADDRNOTAVAIL},
    {WSAENETUNREACH, UV_ENETUNREACH},
    {WSAECONNABORTED, UV_ECONNABORTED},
    {WSAECONNRESET, UV_ECONNRESET},
    {WSAENOBUFS, UV_ENOBUFS},
    {WSAEISCONN, UV_EISCONN},
    {WSAENOTCONN, UV_ENOTCONN},
    {WSAESHUTDOWN, UV_EPIPE},
    {WSAETIMEDOUT, UV_ETIMEDOUT},
    {WSAECONNREFUSED, UV_ECONNREFUSED},
    {WSAEHOSTUNREACH, UV_EHOSTUNREACH},
    {WSAHOST_NOT_FOUND, UV_ENOENT},
};

/* By number, as debuggers show them. The last are in no table of ours. */
static const row_t status_rows[] = {
    {0, 0},
    {STATUS(0x00000103), 0},
    {STATUS(0x00000102), UV_ETIMEDOUT},
    {STATUS(0xC0000008), UV_EBADF},
    {STATUS(0xC000000D), UV_EINVAL},
    {STATUS(0xC0000017), UV_ENOMEM},
    {STATUS(0xC0000120), UV_ECANCELED},
    {STATUS(0xC000020D), UV_ECONNRESET},
    {STATUS(0xC0000236), UV_ECONNREFUSED},
    {STATUS(0xC0000241), UV_ECONNABORTED},
    {STATUS(0xC0000034), UV_ENOENT},
    {STATUS(0xC0000022), UV_EPERM},
};

static void test_errors_of_win32_have_the_codes_that_clients_know(
    void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(win32_rows); i++)
    assert_int_equal(uv_translate_sys_error((int)win32_rows[i].code),
                     win32_rows[i].err);
}

static void test_errors_of_winsock_have_the_codes_that_clients_know(
    void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(winsock_rows); i++)
    assert_int_equal(uv_translate_sys_error((int)winsock_rows[i].code),
                     winsock_rows[i].err);
}

static void test_statuses_of_the_kernel_have_codes(void** state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(status_rows); i++)
    assert_int_equal(gy_win_status_error(status_rows[i].code),
                     status_rows[i].err);
}

static void test_error_that_has_no_code_is_unknown(void** state) {
  (void)state;
  assert_int_equal(uv_translate_sys_error(123456), UV_UNKNOWN);
  assert_int_equal(uv_translate_sys_error(INT32_MAX), UV_UNKNOWN);
}

static void test_code_stays_what_it_is(void** state) {
  (void)state;
  assert_int_equal(uv_translate_sys_error(0), 0);
  assert_int_equal(uv_translate_sys_error(UV_ENOENT), UV_ENOENT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_errors_of_win32_have_the_codes_that_clients_know),
    cmocka_unit_test(test_errors_of_winsock_have_the_codes_that_clients_know),
    cmocka_unit_test(test_statuses_of_the_kernel_have_codes),
    cmocka_unit_test(test_error_that_has_no_code_is_unknown),
    cmocka_unit_test(test_code_stays_what_it_is),
};

GY_TEST_MAIN(tests)
