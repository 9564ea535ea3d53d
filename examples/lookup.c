/* lookup.c - what hosts are called: names to addresses, addresses to names.
 *
 * usage: lookup NAME...
 *
 * All are asked for at once, and each is told of when its answer comes. What is
 * an address already is looked up the other way round. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

typedef struct {
  const char* text; /* as it was asked for */
  union {
    uv_getaddrinfo_t search;
    uv_getnameinfo_t name;
  } req;
} question_t;

static int failures;

static void tell_failure(const question_t* question, int status) {
  printf("%s: %s\n", question->text, uv_strerror(status));
  failures++;
}

static void tell_addresses(uv_getaddrinfo_t* req, int status,
                           struct addrinfo* list) {
  const question_t* question = req->data;
  char text[INET6_ADDRSTRLEN];

  if (status != 0) {
    tell_failure(question, status);
  }
  for (struct addrinfo* found = list; found != NULL; found = found->ai_next) {
    if (uv_ip_name(found->ai_addr, text, sizeof(text)) == 0) {
      printf("%s has address %s\n", question->text, text);
    }
  }
  uv_freeaddrinfo(list);
}

static void tell_name(uv_getnameinfo_t* req, int status, const char* host,
                      const char* service) {
  const question_t* question = req->data;

  (void)service; /* A host was asked for. */
  if (status != 0) {
    tell_failure(question, status);
  } else {
    printf("%s is %s\n", question->text, host);
  }
}

/* Ask for the name of |question|, if it is an address; UV_EINVAL if not. */
static int ask_name(uv_loop_t* loop, question_t* question) {
  struct sockaddr_storage address;
  int err = uv_ip4_addr(question->text, 0, (struct sockaddr_in*)&address);

  if (err != 0) {
    err = uv_ip6_addr(question->text, 0, (struct sockaddr_in6*)&address);
  }
  if (err != 0) {
    return err;
  }
  question->req.name.data = question;
  return uv_getnameinfo(loop, &question->req.name, tell_name,
                        (struct sockaddr*)&address, 0);
}

static int ask_addresses(uv_loop_t* loop, question_t* question) {
  struct addrinfo hints = {0};

  hints.ai_socktype = SOCK_STREAM; /* else each comes once for every type */
  question->req.search.data = question;
  return uv_getaddrinfo(loop, &question->req.search, tell_addresses,
                        question->text, NULL, &hints);
}

int main(int argc, char** argv) {
  uv_loop_t loop;
  question_t* questions;

  if (argc < 2) {
    fprintf(stderr, "usage: lookup NAME...\n");
    return 2;
  }
  questions = calloc((size_t)argc, sizeof(*questions));
  if (questions == NULL || uv_loop_init(&loop) != 0) {
    fprintf(stderr, "lookup: out of memory\n");
    return EXIT_FAILURE;
  }
  for (int i = 1; i < argc; i++) {
    int err;
    questions[i].text = argv[i];
    if (ask_name(&loop, &questions[i]) == 0) {
      continue;
    }
    err = ask_addresses(&loop, &questions[i]);
    if (err != 0) {
      tell_failure(&questions[i], err); /* It is no name at all. */
    }
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  free(questions);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
