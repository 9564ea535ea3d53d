/* lookups.c - a file and a name, again and again.
 *
 * Every 20 ms a file is opened, read and closed, and every 50 ms a name is
 * looked up. Both may take long on another machine than this; the loop goes on
 * meanwhile, as neither is done on its thread. */
#include <fcntl.h>

#include "demo.h"

enum {
  FILE_MS = 20,
  NAME_MS = 50
};

static const char file_name[] = "/etc/hosts";

static void on_file_closed(uv_fs_t* req) {
  demo_t* demo = demo_of(req->loop);

  uv_fs_req_cleanup(req);
  latency_add(&demo->lookups.file_latency, uv_hrtime() - demo->lookups.file_ns);
  demo->counts.files++;
  demo->counts.poll_calls++;
  demo->lookups.file_busy = false;
}

static void on_file_read(uv_fs_t* req) {
  demo_t* demo = demo_of(req->loop);
  lookups_t* lookups = &demo->lookups;

  must((int)req->result, "reading a file");
  uv_fs_req_cleanup(req);
  must(uv_fs_close(&demo->loop, req, lookups->file, on_file_closed),
       "uv_fs_close");
}

static void on_file_opened(uv_fs_t* req) {
  demo_t* demo = demo_of(req->loop);
  lookups_t* lookups = &demo->lookups;
  uv_buf_t buf = uv_buf_init(lookups->text, sizeof(lookups->text));

  must((int)req->result, file_name);
  lookups->file = (uv_file)req->result;
  uv_fs_req_cleanup(req);
  must(uv_fs_read(&demo->loop, req, lookups->file, &buf, 1, 0, on_file_read),
       "uv_fs_read");
}

static void on_file_time(uv_timer_t* timer) {
  demo_t* demo = demo_of(timer->loop);
  lookups_t* lookups = &demo->lookups;

  demo->counts.timer_calls++;
  if (lookups->file_busy) {
    return;
  }
  lookups->file_busy = true;
  lookups->file_ns = uv_hrtime();
  must(uv_fs_open(&demo->loop, &lookups->file_req, file_name, O_RDONLY, 0,
                  on_file_opened),
       "uv_fs_open");
}

static void on_name(uv_getaddrinfo_t* req, int status, struct addrinfo* list) {
  demo_t* demo = demo_of(req->loop);

  uv_freeaddrinfo(list);
  demo->lookups.name_busy = false;
  demo->counts.poll_calls++;
  if (status == 0) {
    latency_add(&demo->lookups.name_latency,
                uv_hrtime() - demo->lookups.name_ns);
    demo->counts.names++;
  }
}

static void on_name_time(uv_timer_t* timer) {
  demo_t* demo = demo_of(timer->loop);
  lookups_t* lookups = &demo->lookups;

  demo->counts.timer_calls++;
  if (lookups->name_busy) {
    return;
  }
  lookups->name_busy = true;
  lookups->name_ns = uv_hrtime();
  must(uv_getaddrinfo(&demo->loop, &lookups->name_req, on_name, "localhost",
                      NULL, NULL),
       "uv_getaddrinfo");
}

void lookups_open(demo_t* demo) {
  lookups_t* lookups = &demo->lookups;

  must(uv_timer_init(&demo->loop, &lookups->file_timer), "uv_timer_init");
  must(uv_timer_start(&lookups->file_timer, on_file_time, FILE_MS, FILE_MS),
       "uv_timer_start");
  must(uv_timer_init(&demo->loop, &lookups->name_timer), "uv_timer_init");
  must(uv_timer_start(&lookups->name_timer, on_name_time, NAME_MS, NAME_MS),
       "uv_timer_start");
}
