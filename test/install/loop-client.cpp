/* loop-client.cpp - a program in C++ that runs a loop: a timer and work, on the
 * fields of a class.
 *
 * It prints how often each was called.
 */
#include <stdio.h>
#include <uv.h>

class counter {
 public:
  explicit counter(uv_loop_t* loop) : ticks(0), works(0) {
    uv_timer_init(loop, &timer);
    timer.data = this;
    req.data = this;
    uv_timer_start(&timer, on_timer, 1, 1);
    uv_queue_work(loop, &req, work, after_work);
  }

  int ticks;
  int works;

 private:
  static void on_timer(uv_timer_t* handle) {
    counter* self = static_cast<counter*>(handle->data);
    if (++self->ticks == 3)
      uv_close(reinterpret_cast<uv_handle_t*>(handle), NULL);
  }

  static void work(uv_work_t*) {
  }

  static void after_work(uv_work_t* done, int status) {
    static_cast<counter*>(done->data)->works += status == 0;
  }

  uv_timer_t timer;
  uv_work_t req;
};

int main() {
  uv_loop_t loop;

  if (uv_loop_init(&loop) != 0)
    return 1;
  counter counts(&loop);
  uv_run(&loop, UV_RUN_DEFAULT);
  printf("%d %d\n", counts.ticks, counts.works);
  return uv_loop_close(&loop) == 0 ? 0 : 2;
}
