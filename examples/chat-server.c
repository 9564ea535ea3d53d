/* chat-server.c - what one says, all the others hear.
 *
 *   chat-server [PORT]
 *
 * A line is the unit: connect with nc or telnet and type. The bytes of a line
 * are held once, however many it is sent to, and freed when the last has got
 * them. Who does not listen is dropped when too much waits for it: one slow
 * connection must neither hold up the others nor eat the memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  BACKLOG = 511,
  DEFAULT_PORT = 7777,
  LINE_MOST = 1024,       /* bytes; a longer one goes in parts */
  NAME_MOST = 32,         /* "[NUMBER] " */
  QUEUE_MOST = 256 * 1024 /* bytes that may wait for one listener */
};

typedef struct member {
  uv_tcp_t tcp; /* first: a pointer to it is one to the member */
  struct member* next;
  unsigned number;
  size_t size; /* bytes in |line| */
  char line[LINE_MOST];
} member_t;

/* Something said, and how many it is still on its way to. */
typedef struct {
  unsigned readers;
  size_t size;
  char bytes[NAME_MOST + LINE_MOST + 1];
} saying_t;

typedef struct {
  uv_write_t req; /* first: a pointer to it is one to the delivery */
  saying_t* saying;
} delivery_t;

static member_t* members;
static unsigned last_number;

static int must(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
    exit(1);
  }
  return result;
}

static void* must_have(size_t size) {
  void* memory = malloc(size);

  if (memory == NULL) {
    fprintf(stderr, "no memory\n");
    exit(1);
  }
  return memory;
}

/* ---- saying something ------------------------------------------------------
 */

static void member_leave(member_t* member);

static void saying_release(saying_t* saying) {
  if (--saying->readers == 0) {
    free(saying);
  }
}

static void delivered(uv_write_t* req, int status) {
  delivery_t* delivery = (delivery_t*)req;
  member_t* member = (member_t*)req->handle;

  saying_release(delivery->saying);
  free(delivery);
  if (status != 0) {
    member_leave(member);
  }
}

static void deliver(member_t* member, saying_t* saying) {
  uv_stream_t* stream = (uv_stream_t*)&member->tcp;
  uv_buf_t buf = uv_buf_init(saying->bytes, (unsigned)saying->size);
  delivery_t* delivery = must_have(sizeof(*delivery));

  delivery->saying = saying;
  saying->readers++;
  if (uv_write(&delivery->req, stream, &buf, 1, delivered) != 0) {
    saying_release(saying);
    free(delivery);
    member_leave(member);
  }
}

/* Tell |words| of |size| bytes, said by |from| or nobody, to all others. */
static void say(const member_t* from, const char* words, size_t size) {
  saying_t* saying = must_have(sizeof(*saying));
  member_t* member;
  member_t* next;

  saying->readers = 1; /* this function */
  saying->size = 0;
  if (from != NULL) {
    saying->size =
        (size_t)snprintf(saying->bytes, NAME_MOST, "[%u] ", from->number);
  }
  memcpy(saying->bytes + saying->size, words, size);
  saying->size += size;
  saying->bytes[saying->size++] = '\n';
  for (member = members; member != NULL; member = next) {
    next = member->next;
    if (member == from) {
      continue;
    }
    if (uv_stream_get_write_queue_size((uv_stream_t*)&member->tcp) >
        QUEUE_MOST) {
      member_leave(member);
    } else {
      deliver(member, saying);
    }
  }
  saying_release(saying);
}

static void say_of(const member_t* member, const char* what) {
  char words[NAME_MOST];
  int size = snprintf(words, sizeof(words), "[%u %s]", member->number, what);

  say(NULL, words, (size_t)size);
}

/* ---- a member
 * ---------------------------------------------------------------- */

static void member_closed(uv_handle_t* handle) {
  say_of((member_t*)handle, "left");
  free(handle);
}

static void member_leave(member_t* member) {
  member_t** link = &members;

  if (uv_is_closing((uv_handle_t*)&member->tcp)) {
    return; /* What is on its way is called back, as cancelled. */
  }
  while (*link != member) {
    link = &(*link)->next;
  }
  *link = member->next;
  uv_close((uv_handle_t*)&member->tcp, member_closed);
}

static void member_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  member_t* member = (member_t*)handle;

  (void)suggested;
  *buf = uv_buf_init(member->line + member->size,
                     (unsigned)(LINE_MOST - member->size));
}

/* Say the first |size| bytes of the line, and forget them with |more|. */
static void line_say(member_t* member, size_t size, size_t more) {
  size_t without_return = size;

  if (size > 0 && member->line[size - 1] == '\r') {
    without_return--; /* telnet ends lines so */
  }
  say(member, member->line, without_return);
  member->size -= size + more;
  memmove(member->line, member->line + size + more, member->size);
}

static void member_read(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf) {
  member_t* member = (member_t*)stream;
  char* end;

  (void)buf;
  if (count < 0) {
    member_leave(member); /* UV_EOF, or the peer is lost. */
    return;
  }
  member->size += (size_t)count;
  while ((end = memchr(member->line, '\n', member->size)) != NULL) {
    line_say(member, (size_t)(end - member->line), 1);
  }
  if (member->size == LINE_MOST) {
    line_say(member, LINE_MOST, 0);
  }
}

/* ---- the server
 * -------------------------------------------------------------- */

static void server_welcome(uv_stream_t* server, int status) {
  member_t* member;

  if (status != 0) {
    fprintf(stderr, "accept: %s\n", uv_strerror(status));
    return; /* The server goes on listening. */
  }
  member = must_have(sizeof(*member));
  member->number = ++last_number;
  member->size = 0;
  must(uv_tcp_init(server->loop, &member->tcp), "init");
  member->next = members;
  members = member;
  if (uv_accept(server, (uv_stream_t*)&member->tcp) != 0 ||
      uv_read_start((uv_stream_t*)&member->tcp, member_alloc, member_read) !=
          0) {
    member_leave(member);
    return;
  }
  say_of(member, "joined");
}

int main(int argc, char** argv) {
  long port = argc > 1 ? strtol(argv[1], NULL, 10) : DEFAULT_PORT;
  struct sockaddr_in address;
  int size = sizeof(address);
  uv_tcp_t server;
  uv_loop_t* loop = uv_default_loop();

  if (loop == NULL || argc > 2 || port < 0 || port > 65535) {
    fprintf(stderr, "usage: %s [PORT]\n", argv[0]);
    return 2;
  }
  must(uv_ip4_addr("0.0.0.0", (int)port, &address), "address");
  must(uv_tcp_init(loop, &server), "init");
  must(uv_tcp_bind(&server, (const struct sockaddr*)&address, 0), "bind");
  must(uv_listen((uv_stream_t*)&server, BACKLOG, server_welcome), "listen");
  must(uv_tcp_getsockname(&server, (struct sockaddr*)&address, &size), "name");
  printf("chatting at port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
