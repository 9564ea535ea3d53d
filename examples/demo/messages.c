/* messages.c - four threads that send messages to the loop.
 *
 * An async carries no data, and many sends may make one call. So a message is
 * put under a lock first, and then sent for; the callback fetches all there
 * is. Here a message is nothing but its number. */
#include "demo.h"

enum {
  BURST = 32 /* messages, and then a ms of rest */
};

static void message_send(sender_t* sender) {
  uv_mutex_lock(&sender->lock);
  if (sender->waiting++ == 0) {
    sender->first_ns = uv_hrtime();
  }
  uv_mutex_unlock(&sender->lock);
  must(uv_async_send(&sender->async), "uv_async_send");
  sender->sent++;
}

static void sender_main(void* arg) {
  sender_t* sender = arg;
  int index;

  while (!atomic_load(sender->stop)) {
    for (index = 0; index < BURST; index++) {
      message_send(sender);
    }
    uv_sleep(1);
  }
}

static void on_messages(uv_async_t* async) {
  demo_t* demo = demo_of(async->loop);
  sender_t* sender = uv_handle_get_data((uv_handle_t*)async);
  uint64_t first_ns;
  uint64_t fetched;

  uv_mutex_lock(&sender->lock);
  fetched = sender->waiting;
  first_ns = sender->first_ns;
  sender->waiting = 0;
  uv_mutex_unlock(&sender->lock);

  demo->counts.poll_calls++;
  if (fetched > 0) {
    latency_add(&demo->messages.latency, uv_hrtime() - first_ns);
    demo->counts.fetches++;
    demo->counts.messages += fetched;
  }
}

void messages_open(demo_t* demo) {
  int index;

  for (index = 0; index < SENDERS; index++) {
    sender_t* sender = &demo->messages.senders[index];
    sender->stop = &demo->stop;
    must(uv_mutex_init(&sender->lock), "uv_mutex_init");
    must(uv_async_init(&demo->loop, &sender->async, on_messages),
         "uv_async_init");
    uv_handle_set_data((uv_handle_t*)&sender->async, sender);
    must(uv_thread_create(&sender->thread, sender_main, sender),
         "uv_thread_create");
  }
}

void messages_end(demo_t* demo) {
  int index;

  for (index = 0; index < SENDERS; index++) {
    sender_t* sender = &demo->messages.senders[index];
    must(uv_thread_join(&sender->thread), "uv_thread_join");
    on_messages(&sender->async);
    uv_mutex_destroy(&sender->lock);
  }
}
