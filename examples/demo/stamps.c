/* stamps.c - a thread that writes the time into a pipe, and a poll handle that
 * tells the loop's thread when to read it.
 *
 * This is how a descriptor that some other library owns is watched. */
#include <fcntl.h>
#include <unistd.h>

#include "demo.h"

enum {
  READ_MAX = 64 /* stamps that are read at once */
};

static void writer_main(void* arg) {
  stamps_t* stamps = arg;

  while (!atomic_load(stamps->stop)) {
    uint64_t now_ns = uv_hrtime();
    if (write(stamps->fds[1], &now_ns, sizeof(now_ns)) == sizeof(now_ns)) {
      stamps->written++;
    }
    uv_sleep(1);
  }
}

/* Read what there is; how many stamps that were. */
static size_t stamps_read(demo_t* demo) {
  uint64_t sent_ns[READ_MAX];
  ssize_t size = read(demo->stamps.fds[0], sent_ns, sizeof(sent_ns));
  uint64_t now_ns = uv_hrtime();
  size_t count = size > 0 ? (size_t)size / sizeof(*sent_ns) : 0;
  size_t index;

  for (index = 0; index < count; index++) {
    latency_add(&demo->stamps.latency, now_ns - sent_ns[index]);
  }
  demo->counts.stamps += count;
  return count;
}

static void on_readable(uv_poll_t* poll, int status, int events) {
  demo_t* demo = demo_of(poll->loop);

  (void)events; /* There is only one to wait for. */
  must(status, "polling the pipe");
  demo->counts.poll_calls++;
  (void)stamps_read(demo); /* If there are more, it is called again. */
}

void stamps_open(demo_t* demo) {
  stamps_t* stamps = &demo->stamps;

  stamps->stop = &demo->stop;
  must(pipe(stamps->fds) == 0 ? 0 : UV_EMFILE, "pipe");
  /* uv_poll_init() does the same for the other end. If the pipe is full, a
   * stamp is left out, and the thread does not hang. */
  must(fcntl(stamps->fds[1], F_SETFL, O_NONBLOCK) == 0 ? 0 : UV_EIO, "fcntl");
  must(uv_poll_init(&demo->loop, &stamps->poll, stamps->fds[0]),
       "uv_poll_init");
  must(uv_poll_start(&stamps->poll, UV_READABLE, on_readable), "uv_poll_start");
  must(uv_thread_create(&stamps->thread, writer_main, stamps),
       "uv_thread_create");
}

void stamps_end(demo_t* demo) {
  must(uv_thread_join(&demo->stamps.thread), "uv_thread_join");
  while (stamps_read(demo) > 0) {
    /* Until the pipe, which does not block, is empty. */
  }
  must(uv_poll_stop(&demo->stamps.poll), "uv_poll_stop");
  (void)close(demo->stamps.fds[0]); /* Nothing is left in it to be lost. */
  (void)close(demo->stamps.fds[1]);
}
