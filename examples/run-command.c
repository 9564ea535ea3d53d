/* run-command.c - runs a command, sends it our input, and prints its output
 * with a number before each line.
 *
 *   run-command PROGRAM [ARGUMENT...]
 *
 * Input and output are pipes, errors go where ours go. It ends as the command
 * does: with its exit status, or with 128 and the number of the signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  EXIT_USAGE = 2,
  EXIT_NOT_FOUND = 127,
  BY_SIGNAL = 128
};

static uv_pipe_t from_us; /* our input */
static uv_pipe_t to_child;
static uv_pipe_t from_child;
static uv_process_t child;
static uv_write_t write_req;
static char input[65536];
static char output[65536];
static int result;
static unsigned long line;
static int line_begins = 1;

static void must(int err, const char* what) {
  if (err < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(err));
    exit(1);
  }
}

static void close_once(uv_pipe_t* pipe) {
  if (!uv_is_closing((uv_handle_t*)pipe)) {
    uv_close((uv_handle_t*)pipe, NULL);
  }
}

/* ---- from us to the child -------------------------------------------------
 */

static void input_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(input, sizeof(input)); /* One piece is under way. */
}

static void input_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf);

/* Read on once what was read is written: a child that reads slowly slows us. */
static void input_written(uv_write_t* req, int status) {
  (void)req;
  if (status == 0 && !uv_is_closing((uv_handle_t*)&from_us)) {
    status = uv_read_start((uv_stream_t*)&from_us, input_alloc, input_read);
  }
  if (status < 0) { /* The child does not read any more. */
    close_once(&from_us);
    close_once(&to_child);
  }
}

static void input_read(uv_stream_t* stream, ssize_t count,
                       const uv_buf_t* buf) {
  if (count > 0) {
    uv_buf_t piece = uv_buf_init(buf->base, (unsigned)count);
    uv_read_stop(stream);
    must(
        uv_write(&write_req, (uv_stream_t*)&to_child, &piece, 1, input_written),
        "write");
  } else if (count < 0) { /* The end. Closing the pipe tells the child. */
    close_once(&from_us);
    close_once(&to_child);
  }
}

/* ---- from the child to us -------------------------------------------------
 */

static void output_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(output, sizeof(output));
}

static void output_print(const char* bytes, size_t size) {
  size_t index;

  for (index = 0; index < size; index++) {
    if (line_begins) {
      printf("%6lu  ", ++line);
    }
    putchar(bytes[index]);
    line_begins = bytes[index] == '\n';
  }
}

static void output_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf) {
  if (count > 0) {
    output_print(buf->base, (size_t)count);
  } else if (count < 0) {
    uv_close((uv_handle_t*)stream, NULL);
  }
}

/* ---- the child --------------------------------------------------------------
 */

static void child_exit(uv_process_t* process, int64_t status, int signum) {
  result = signum != 0 ? BY_SIGNAL + signum : (int)status;
  uv_close((uv_handle_t*)process, NULL);
  close_once(&from_us); /* Nobody is there to read it. */
  close_once(&to_child);
}

static void child_spawn(uv_loop_t* loop, char** command) {
  uv_process_options_t options;
  uv_stdio_container_t stdio[3];
  int err;

  memset(&options, 0, sizeof(options));
  stdio[0].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE);
  stdio[0].data.stream = (uv_stream_t*)&to_child;
  stdio[1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  stdio[1].data.stream = (uv_stream_t*)&from_child;
  stdio[2].flags = UV_INHERIT_FD;
  stdio[2].data.fd = 2;
  options.file = command[0];
  options.args = command;
  options.stdio = stdio;
  options.stdio_count = 3;
  options.exit_cb = child_exit;
  err = uv_spawn(loop, &child, &options);
  if (err < 0) {
    fprintf(stderr, "%s: %s\n", command[0], uv_strerror(err));
    exit(EXIT_NOT_FOUND);
  }
}

int main(int argc, char** argv) {
  uv_loop_t* loop = uv_default_loop();

  if (loop == NULL || argc < 2) {
    fprintf(stderr, "usage: %s PROGRAM [ARGUMENT...]\n", argv[0]);
    return EXIT_USAGE;
  }
  must(uv_pipe_init(loop, &from_us, 0), "init");
  must(uv_pipe_init(loop, &to_child, 0), "init");
  must(uv_pipe_init(loop, &from_child, 0), "init");
  child_spawn(loop, argv + 1);
  must(uv_read_start((uv_stream_t*)&from_child, output_alloc, output_read),
       "read");
  if (uv_guess_handle(0) == UV_NAMED_PIPE) {
    must(uv_pipe_open(&from_us, 0), "open");
    must(uv_read_start((uv_stream_t*)&from_us, input_alloc, input_read),
         "read");
  } else { /* Nothing that could be waited for: the command gets no input. */
    close_once(&from_us);
    close_once(&to_child);
  }
  uv_run(loop, UV_RUN_DEFAULT);
  fflush(stdout);
  return result;
}
