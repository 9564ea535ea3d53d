/* operations.c - tests of the reads and writes that a completion port tells the
 * end of: on files, named pipes and sockets, and what is not believed. */
#include "fault.h"
#include "poller/fixture.h"
#include "windows/stranger.h"

enum {
  PIECE = 5
};

#define STATUS(number) ((int)(uint32_t)(number))

static char buffer[PIECE + 1];
static int owners[3]; /* only their addresses matter */

static gy_op_t op_of(HANDLE handle, int64_t offset) {
  return (gy_op_t){.code = GY_OP_READ,
                   .fd = handle,
                   .buf = buffer,
                   .len = PIECE,
                   .offset = offset};
}

static int op_read(HANDLE handle, int64_t offset, int* owner) {
  gy_op_t op = op_of(handle, offset);

  return poller->ops->submit(poller, &op, owner);
}

static int op_write(HANDLE handle, int64_t offset, int* owner) {
  gy_op_t op = op_of(handle, offset);

  op.code = GY_OP_WRITE;
  return poller->ops->submit(poller, &op, owner);
}

/* Wait. One operation is done, |owner|'s. With what. */
static int done(const int* owner) {
  gy_event_t events[EVENT_MOST];

  assert_int_equal(wait_for_events(events, FOR_EVER), 1);
  assert_int_equal(events[0].kind, GY_EVENT_DONE);
  assert_ptr_equal(events[0].u.done.owner, owner);
  return events[0].u.done.result;
}

static void adopt(HANDLE handle) {
  assert_int_equal(poller->ops->watch(poller, handle, 0, GY_COMPLETIONS), 0);
}

static void disown(HANDLE handle) {
  assert_int_equal(poller->ops->watch(poller, handle, GY_COMPLETIONS, 0), 0);
}

/* ---- things to operate on ----------------------------------------------- */

/* A file that is gone when it is closed. */
static HANDLE file_open(DWORD flags) {
  char folder[MAX_PATH];
  char name[MAX_PATH];
  HANDLE file;

  assert_in_range(GetTempPathA(MAX_PATH, folder), 1, MAX_PATH);
  assert_true(GetTempFileNameA(folder, "gy", 0, name) != 0);
  file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                     flags | FILE_FLAG_DELETE_ON_CLOSE, NULL);
  assert_true(file != INVALID_HANDLE_VALUE);
  return file;
}

/* Both ends of a named pipe, of messages. */
static void pipe_open(HANDLE ends[2]) {
  char name[64];

  snprintf(name, sizeof(name), "\\\\.\\pipe\\gyre-test-%lu",
           GetCurrentProcessId());
  ends[0] = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                             PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096,
                             4096, 0, NULL);
  assert_true(ends[0] != INVALID_HANDLE_VALUE);
  ends[1] = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                        OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
  assert_true(ends[1] != INVALID_HANDLE_VALUE);
  adopt(ends[0]);
  adopt(ends[1]);
}

static void pipe_close(HANDLE end) {
  disown(end);
  assert_true(CloseHandle(end));
}

/* ---- files -------------------------------------------------------------- */

static void test_file_is_written_and_read_where_it_is_said(void** state) {
  HANDLE file = file_open(FILE_FLAG_OVERLAPPED);

  (void)state;
  adopt(file);
  memcpy(buffer, "later", PIECE);
  assert_int_equal(op_write(file, 100, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), PIECE);
  memset(buffer, 0, sizeof(buffer));
  assert_int_equal(op_read(file, 101, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), PIECE - 1);
  assert_string_equal(buffer, "ater");
  assert_silence();
  pipe_close(file);
}

static void test_read_beyond_the_end_of_a_file_is_0(void** state) {
  HANDLE file = file_open(FILE_FLAG_OVERLAPPED);

  (void)state;
  adopt(file);
  assert_int_equal(op_read(file, 1000, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), 0);
  assert_silence();
  pipe_close(file);
}

static void test_file_for_operations_has_no_current_position(void** state) {
  HANDLE file = file_open(FILE_FLAG_OVERLAPPED);

  (void)state;
  adopt(file);
  assert_int_equal(op_read(file, -1, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), UV_EINVAL);
  pipe_close(file);
}

static void test_file_that_was_not_opened_for_it_takes_none(void** state) {
  HANDLE file = file_open(0);

  (void)state;
  assert_int_equal(poller->ops->watch(poller, file, 0, GY_COMPLETIONS),
                   UV_EINVAL);
  assert_int_equal(op_read(file, 0, &owners[0]), UV_ENOSYS);
  assert_true(CloseHandle(file));
}

static void test_handle_that_nobody_watches_takes_none(void** state) {
  HANDLE file = file_open(FILE_FLAG_OVERLAPPED);

  (void)state;
  assert_int_equal(op_read(file, 0, &owners[0]), UV_ENOSYS);
  adopt(file);
  disown(file);
  assert_int_equal(op_read(file, 0, &owners[0]), UV_ENOSYS);
  /* And it may be watched again. */
  adopt(file);
  assert_int_equal(op_write(file, 0, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), PIECE);
  pipe_close(file);
}

static void test_sync_is_for_a_thread(void** state) {
  HANDLE file = file_open(FILE_FLAG_OVERLAPPED);
  gy_op_t op = {.code = GY_OP_FSYNC, .fd = file};

  (void)state;
  adopt(file);
  assert_int_equal(poller->ops->submit(poller, &op, &owners[0]), UV_ENOSYS);
  pipe_close(file);
}

static void test_handle_of_another_port_is_an_error(void** state) {
  HANDLE file = file_open(FILE_FLAG_OVERLAPPED);
  HANDLE port = CreateIoCompletionPort(file, NULL, 1, 1);

  (void)state;
  assert_non_null(port);
  assert_int_equal(poller->ops->watch(poller, file, 0, GY_COMPLETIONS),
                   UV_EINVAL);
  assert_true(CloseHandle(file));
  assert_int_equal(poller->ops->watch(poller, file, 0, GY_COMPLETIONS),
                   UV_EBADF);
  assert_true(CloseHandle(port));
}

/* ---- named pipes -------------------------------------------------------- */

static void test_pipe_is_read_when_something_comes(void** state) {
  HANDLE ends[2];

  (void)state;
  pipe_open(ends);
  assert_int_equal(op_read(ends[0], -1, &owners[0]), 0);
  assert_silence();
  assert_int_equal(op_write(ends[1], -1, &owners[1]), 0);
  for (int left = 2; left > 0;) {
    gy_event_t events[EVENT_MOST];
    int count = wait_for_events(events, FOR_EVER);
    left -= count;
    while (count-- > 0)
      assert_int_equal(events[count].u.done.result, PIECE);
  }
  assert_silence();
  pipe_close(ends[0]);
  pipe_close(ends[1]);
}

static void test_message_that_is_too_long_fills_the_buffer(void** state) {
  char message[2 * PIECE] = {0};
  HANDLE ends[2];
  DWORD size;

  (void)state;
  pipe_open(ends);
  assert_int_equal(op_read(ends[0], -1, &owners[0]), 0);
  {
    OVERLAPPED overlapped = {0};
    /* A packet comes for it as well, which is not ours. */
    (void)WriteFile(ends[1], message, sizeof(message), &size, &overlapped);
    assert_int_equal(done(&owners[0]), PIECE);
    while (overlapped.Internal == (ULONG_PTR)STATUS_PENDING) {
    }
  }
  pipe_close(ends[0]);
  pipe_close(ends[1]);
}

static void test_pipe_that_is_broken_ends_for_who_reads(void** state) {
  HANDLE ends[2];

  (void)state;
  pipe_open(ends);
  assert_int_equal(op_read(ends[0], -1, &owners[0]), 0);
  pipe_close(ends[1]);
  assert_int_equal(done(&owners[0]), 0);
  assert_int_equal(op_read(ends[0], -1, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), 0);
  assert_int_equal(op_write(ends[0], -1, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), UV_EPIPE);
  pipe_close(ends[0]);
}

/* ---- packets of others -------------------------------------------------- */

static void test_packet_that_looks_like_the_end_is_dropped(void** state) {
  HANDLE ends[2];

  (void)state;
  pipe_open(ends);
  assert_int_equal(op_read(ends[0], -1, &owners[0]), 0);
  stranger_look();
  /* Any of its cookies, and what would be a pointer to it elsewhere. */
  for (uintptr_t number = 0; number < STRANGER_COOKIE_MOST; number++) {
    stranger_post(stranger_cookie(0, number));
    assert_silence();
  }
  stranger_post((uintptr_t)&owners[0]);
  stranger_post(0xdeadbee0);
  stranger_post(0);
  assert_silence();
  assert_int_equal(op_write(ends[1], -1, &owners[1]), 0);
  for (int left = 2; left > 0;) {
    gy_event_t events[EVENT_MOST];
    left -= wait_for_events(events, FOR_EVER);
  }
  assert_silence();
  pipe_close(ends[0]);
  pipe_close(ends[1]);
}

static void test_packet_of_a_call_of_the_program_is_dropped(void** state) {
  OVERLAPPED overlapped = {0};
  HANDLE ends[2];
  DWORD size;

  (void)state;
  pipe_open(ends);
  assert_false(ReadFile(ends[0], buffer, PIECE, &size, &overlapped));
  assert_int_equal(GetLastError(), ERROR_IO_PENDING);
  assert_int_equal(op_write(ends[1], -1, &owners[1]), 0);
  assert_int_equal(done(&owners[1]), PIECE);
  assert_silence();
  assert_true(GetOverlappedResult(ends[0], &overlapped, &size, FALSE));
  assert_int_equal(size, PIECE);
  pipe_close(ends[0]);
  pipe_close(ends[1]);
}

/* ---- faults ------------------------------------------------------------- */

static const char* fault_call;
static int fault_code;

static int fault_decide(const char* call) {
  return fault_call != NULL && strcmp(call, fault_call) == 0 ? fault_code : 0;
}

static void fault_begin(const char* call, int code) {
  fault_call = call;
  fault_code = code;
  gy_fault_hook = fault_decide;
}

static void fault_end(void) {
  fault_call = NULL;
}

static void test_operation_that_cannot_begin_is_done_with_the_error(
    void** state) {
  static const struct {
    int code;
    int err;
  } rows[] = {
      {STATUS(0xC000009A), UV_ENOBUFS},    /* insufficient resources */
      {STATUS(0xC0000008), UV_EBADF},      /* invalid handle */
      {STATUS(0xC0000022), UV_EPERM},      /* access denied */
      {STATUS(0xC000020D), UV_ECONNRESET}, /* connection reset */
      {STATUS(0xC0000120), UV_ECANCELED},
      {STATUS(0xC0000011), 0}, /* end of file */
      {STATUS(0xC000014B), 0}, /* pipe broken */
  };
  HANDLE ends[2];

  (void)state;
  pipe_open(ends);
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    fault_begin("NtReadFile", rows[i].code);
    assert_int_equal(op_read(ends[0], -1, &owners[0]), 0);
    fault_end();
    assert_int_equal(done(&owners[0]), rows[i].err);
  }
  fault_begin("NtWriteFile", STATUS(0xC000014B));
  assert_int_equal(op_write(ends[0], -1, &owners[0]), 0);
  fault_end();
  assert_int_equal(done(&owners[0]), UV_EPIPE);
  pipe_close(ends[0]);
  pipe_close(ends[1]);
}

static void test_cancel_that_fails_leaves_the_operation(void** state) {
  HANDLE ends[2];

  (void)state;
  pipe_open(ends);
  assert_int_equal(op_read(ends[0], -1, &owners[0]), 0);
  fault_begin("CancelIoEx", ERROR_NOT_ENOUGH_MEMORY);
  assert_int_equal(poller->ops->cancel(poller, &owners[0]), UV_ENOMEM);
  fault_end();
  assert_silence();
  assert_int_equal(poller->ops->cancel(poller, &owners[0]), 0);
  assert_int_equal(done(&owners[0]), UV_ECANCELED);
  pipe_close(ends[0]);
  pipe_close(ends[1]);
}

static void test_handle_that_cannot_be_tied_is_not_watched(void** state) {
  HANDLE file = file_open(FILE_FLAG_OVERLAPPED);

  (void)state;
  fault_begin("CreateIoCompletionPort", ERROR_NOT_ENOUGH_MEMORY);
  assert_int_equal(poller->ops->watch(poller, file, 0, GY_COMPLETIONS),
                   UV_ENOMEM);
  fault_end();
  assert_int_equal(op_read(file, 0, &owners[0]), UV_ENOSYS);
  adopt(file);
  pipe_close(file);
}

/* The kernel has no room for a poll; when it has, all is heard. */
static void test_poll_that_cannot_begin_is_begun_later(void** state) {
  int fds[2];

  (void)state;
  world->pair(fds);
  watch(fds[0], 0, GY_READABLE);
  world->send(fds[1], 1);
  fault_begin("NtDeviceIoControlFile", STATUS(0xC000009A));
  assert_silence();
  assert_int_equal(hear(fds[0], 50 * MS), 0);
  fault_end();
  assert_int_equal(hear(fds[0], FOR_EVER), GY_READABLE);
  fault_begin("CancelIoEx", ERROR_NOT_ENOUGH_MEMORY);
  assert_int_equal(world->receive(fds[0], 1), 1);
  assert_silence();
  watch(fds[0], GY_READABLE, GY_READABLE | GY_WRITABLE);
  assert_int_equal(hear(fds[0], 50 * MS), 0);
  fault_end();
  assert_int_equal(hear(fds[0], FOR_EVER), GY_WRITABLE);
  watch(fds[0], GY_READABLE | GY_WRITABLE, 0);
  close_both(fds);
}

static const struct CMUnitTest tests[] = {
    POLLER_TEST(test_file_is_written_and_read_where_it_is_said),
    POLLER_TEST(test_read_beyond_the_end_of_a_file_is_0),
    POLLER_TEST(test_file_for_operations_has_no_current_position),
    POLLER_TEST(test_file_that_was_not_opened_for_it_takes_none),
    POLLER_TEST(test_handle_that_nobody_watches_takes_none),
    POLLER_TEST(test_sync_is_for_a_thread),
    POLLER_TEST(test_handle_of_another_port_is_an_error),
    POLLER_TEST(test_pipe_is_read_when_something_comes),
    POLLER_TEST(test_message_that_is_too_long_fills_the_buffer),
    POLLER_TEST(test_pipe_that_is_broken_ends_for_who_reads),
    POLLER_TEST(test_packet_that_looks_like_the_end_is_dropped),
    POLLER_TEST(test_packet_of_a_call_of_the_program_is_dropped),
    POLLER_TEST(test_operation_that_cannot_begin_is_done_with_the_error),
    POLLER_TEST(test_cancel_that_fails_leaves_the_operation),
    POLLER_TEST(test_handle_that_cannot_be_tied_is_not_watched),
    POLLER_TEST(test_poll_that_cannot_begin_is_begun_later),
};

GY_TEST_MAIN(tests)
