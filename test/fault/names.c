/* names.c - looking up names and addresses while calls fail. */
#include "sweep.h"

enum {
  ROUNDS = 3
};

static uv_loop_t loop;
static uv_getaddrinfo_t searches[2 * ROUNDS];
static uv_getnameinfo_t lookups[2 * ROUNDS];
static int started;
static int answered;

static void note_addresses(uv_getaddrinfo_t* req, int status,
                           struct addrinfo* list) {
  CHECK(req->addrinfo == list);
  CHECK(works(status) == (list != NULL));
  uv_freeaddrinfo(list);
  answered++;
}

static void note_name(uv_getnameinfo_t* req, int status, const char* host,
                      const char* service) {
  if (works(status)) {
    CHECK(host == req->host && service == req->service);
    CHECK(strcmp(service, "80") == 0);
  } else {
    CHECK(host == NULL && service == NULL);
  }
  answered++;
}

/* Search for |node| by a thread or, when it is in figures, without. */
static void search(uv_getaddrinfo_t* req, const char* node) {
  struct addrinfo hints = {0};

  hints.ai_family = AF_INET;
  started +=
      works(uv_getaddrinfo(&loop, req, note_addresses, node, "80", &hints));
}

static void look_up(uv_getnameinfo_t* req, int flags) {
  struct sockaddr_in address;

  CHECK(uv_ip4_addr("127.0.0.1", 80, &address) == 0);
  started += works(uv_getnameinfo(&loop, req, note_name,
                                  (const struct sockaddr*)&address, flags));
}

static void loop_with_names(void) {
  started = 0;
  answered = 0;
  if (!works(uv_loop_init(&loop))) {
    return;
  }
  for (int i = 0; i < ROUNDS; i++) {
    search(&searches[2 * i], "localhost");
    search(&searches[2 * i + 1], "127.0.0.1");
    look_up(&lookups[2 * i], NI_NUMERICSERV);
    look_up(&lookups[2 * i + 1], NI_NUMERICHOST | NI_NUMERICSERV);
    CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
    CHECK(answered == started);
  }
  CHECK(uv_loop_close(&loop) == 0);
}

static void test_every_search_and_lookup_that_starts_is_answered(void** state) {
  (void)state;
  sweep(loop_with_names, "getaddrinfo");
}

/* Without a loop nothing is allocated for a look-up. */
static void names_without_a_loop(void) {
  uv_getaddrinfo_t search_now;
  uv_getnameinfo_t look_up_now;
  struct sockaddr_in address;

  if (works(uv_getaddrinfo(NULL, &search_now, NULL, "127.0.0.1", NULL, NULL))) {
    uv_freeaddrinfo(search_now.addrinfo);
  } else {
    CHECK(search_now.addrinfo == NULL);
  }
  CHECK(uv_ip4_addr("127.0.0.1", 80, &address) == 0);
  (void)works(uv_getnameinfo(NULL, &look_up_now, NULL,
                             (const struct sockaddr*)&address,
                             NI_NUMERICHOST | NI_NUMERICSERV));
}

static void test_errors_without_a_loop_come_from_the_call(void** state) {
  (void)state;
  sweep(names_without_a_loop, "getaddrinfo");
}

static void interfaces_of_all_sorts(void) {
  uv_interface_address_t* addresses;
  struct sockaddr_in6 scoped;
  char name[UV_IF_NAMESIZE];
  char text[UV_IF_NAMESIZE + sizeof("fe80::1%")];
  size_t size = sizeof(name);
  int count;

  if (works(uv_interface_addresses(&addresses, &count))) {
    uv_free_interface_addresses(addresses, count);
  }
  if (!works(uv_if_indextoname(1, name, &size))) {
    return;
  }
  (void)snprintf(text, sizeof(text), "fe80::1%%%s", name);
  CHECK(uv_ip6_addr(text, 80, &scoped) == 0);
  CHECK(scoped.sin6_scope_id == 1 || fault_is_on());
}

static void test_interfaces_are_told_of_or_an_error_is(void** state) {
  (void)state;
  sweep(interfaces_of_all_sorts, "getifaddrs");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_search_and_lookup_that_starts_is_answered),
    cmocka_unit_test(test_errors_without_a_loop_come_from_the_call),
    cmocka_unit_test(test_interfaces_are_told_of_or_an_error_is),
};

GY_TEST_MAIN(tests)
