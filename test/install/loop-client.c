/* loop-client.c - a program that runs a loop: a timer, work, and an async.
 *
 * It prints how often each was called.
 */
#include <stdio.h>
#include <uv.h>

static int timer_count;
static int work_count;
static int async_count;

static void on_timer(uv_timer_t* timer) {
  if (++timer_count == 3)
    uv_close((uv_handle_t*)timer, NULL);
}

static void on_async(uv_async_t* async) {
  async_count++;
  uv_close((uv_handle_t*)async, NULL);
}

static void work(uv_work_t* req) {
  uv_async_send(req->data);
}

static void after_work(uv_work_t* req, int status) {
  (void)req;
  work_count += status == 0;
}

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  uv_async_t async;
  uv_work_t req;

  if (uv_loop_init(&loop) != 0)
    return 1;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 1, 1);
  uv_async_init(&loop, &async, on_async);
  req.data = &async;
  uv_queue_work(&loop, &req, work, after_work);
  uv_run(&loop, UV_RUN_DEFAULT);
  printf("%d %d %d\n", timer_count, work_count, async_count);
  return uv_loop_close(&loop) == 0 ? 0 : 2;
}
