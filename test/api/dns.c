/* dns.c - tests of uv_getaddrinfo() and uv_getnameinfo().
 *
 * Nothing here needs a name server: addresses and ports in figures, names that
 * cannot be, and "localhost", which every system has. */
#include "support/test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  MANY = 40
};

static uv_loop_t loop;
static uv_getaddrinfo_t searches[MANY];
static uv_getnameinfo_t lookups[MANY];
static bool in_call;
static int callback_count;
static int last_status;
static char last_address[INET6_ADDRSTRLEN];
static int last_port;
static char last_host[NI_MAXHOST];
static char last_service[NI_MAXSERV];

static void open_loop(void) {
  assert_int_equal(uv_loop_init(&loop), 0);
}

static void run_loop(void) {
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
}

static void note_list(const struct addrinfo* list) {
  const struct sockaddr_in* address = (const struct sockaddr_in*)list->ai_addr;

  assert_int_equal(
      uv_ip_name(list->ai_addr, last_address, sizeof(last_address)), 0);
  last_port = ntohs(address->sin_port); /* It is in the same place in both. */
}

static void note_addresses(uv_getaddrinfo_t* req, int status,
                           struct addrinfo* list) {
  assert_false(in_call);
  assert_ptr_equal(req->addrinfo, list);
  assert_true((status == 0) == (list != NULL));
  callback_count++;
  last_status = status;
  if (list != NULL) {
    note_list(list);
  }
  uv_freeaddrinfo(list);
}

static void note_name(uv_getnameinfo_t* req, int status, const char* host,
                      const char* service) {
  assert_false(in_call);
  callback_count++;
  last_status = status;
  if (status != 0) {
    assert_null(host);
    assert_null(service);
    return;
  }
  assert_ptr_equal(host, req->host);
  assert_ptr_equal(service, req->service);
  (void)snprintf(last_host, sizeof(last_host), "%s", host);
  (void)snprintf(last_service, sizeof(last_service), "%s", service);
}

/* Search, which must start, and see that the callback waits for the loop. */
static void start_search(uv_getaddrinfo_t* req, const char* node,
                         const char* service, const struct addrinfo* hints) {
  in_call = true;
  assert_int_equal(
      uv_getaddrinfo(&loop, req, note_addresses, node, service, hints), 0);
  in_call = false;
  assert_int_equal(req->type, UV_GETADDRINFO);
  assert_ptr_equal(req->loop, &loop);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
}

/* Search with a callback, and without one; the status, in which both agree. */
static int search(const char* node, const char* service,
                  const struct addrinfo* hints) {
  int err;

  start_search(&searches[0], node, service, hints);
  callback_count = 0;
  run_loop();
  assert_int_equal(callback_count, 1);
  err = uv_getaddrinfo(NULL, &searches[1], NULL, node, service, hints);
  assert_int_equal(err, last_status);
  assert_true((err == 0) == (searches[1].addrinfo != NULL));
  uv_freeaddrinfo(searches[1].addrinfo);
  return err;
}

/* How many threads this process has, or 0 when the system does not tell. */
static int count_threads(void) {
  DIR* directory = opendir("/proc/self/task");
  int count = 0;

  if (directory == NULL) {
    return 0;
  }
  while (readdir(directory) != NULL) {
    count++;
  }
  assert_int_equal(closedir(directory), 0);
  return count - 2; /* "." and ".." */
}

/* ---- names to addresses ---------------------------------------------------
 */

static void test_address_in_figures_is_found(void** state) {
  (void)state;
  open_loop();
  assert_int_equal(search("192.0.2.7", "8080", NULL), 0);
  assert_string_equal(last_address, "192.0.2.7");
  assert_int_equal(last_port, 8080);
  assert_int_equal(search("2001:db8::7", "443", NULL), 0);
  assert_string_equal(last_address, "2001:db8::7");
  assert_int_equal(last_port, 443);
  gy_test_close_loop(&loop);
}

static void test_address_in_figures_needs_no_thread(void** state) {
  struct sockaddr_in address;
  int threads = count_threads();

  (void)state;
  if (threads == 0) {
    gy_test_skip("this system does not tell how many threads there are");
  }
  open_loop();
  assert_int_equal(uv_ip4_addr("192.0.2.7", 80, &address), 0);
  for (int i = 0; i < MANY; i++) {
    start_search(&searches[i], i % 2 == 0 ? "192.0.2.7" : "::1", "80", NULL);
    in_call = true;
    assert_int_equal(uv_getnameinfo(&loop, &lookups[i], note_name,
                                    (const struct sockaddr*)&address,
                                    NI_NUMERICHOST | NI_NUMERICSERV),
                     0);
    in_call = false;
  }
  assert_int_equal(count_threads(), threads);
  run_loop();
  assert_int_equal(count_threads(), threads);
  assert_int_equal(callback_count, 2 * MANY);
  gy_test_close_loop(&loop);
}

static void test_search_under_way_in_figures_is_too_late_to_cancel(
    void** state) {
  (void)state;
  open_loop();
  start_search(&searches[0], "127.0.0.1", NULL, NULL);
  assert_int_equal(uv_cancel((uv_req_t*)&searches[0]), UV_EBUSY);
  run_loop();
  assert_int_equal(callback_count, 1);
  assert_int_equal(last_status, 0);
  gy_test_close_loop(&loop);
}

static void test_localhost_is_found(void** state) {
  struct addrinfo hints = {0};

  (void)state;
  open_loop();
  hints.ai_family = AF_INET;
  assert_int_equal(search("localhost", NULL, &hints), 0);
  assert_string_equal(last_address, "127.0.0.1");
  assert_int_equal(last_port, 0);
  gy_test_close_loop(&loop);
}

static void test_service_is_found_by_its_name(void** state) {
  struct addrinfo hints = {0};

  (void)state;
  if (getservbyname("http", "tcp") == NULL) {
    gy_test_skip("there is no list of services");
  }
  open_loop();
  hints.ai_socktype = SOCK_STREAM;
  assert_int_equal(search("127.0.0.1", "http", &hints), 0);
  assert_int_equal(last_port, 80);
  assert_int_equal(search(NULL, "http", &hints), 0);
  assert_int_equal(last_port, 80);
  assert_int_equal(search("127.0.0.1", "no-such-service", &hints),
                   UV_EAI_SERVICE);
  gy_test_close_loop(&loop);
}

static void test_passive_hint_gives_the_unspecified_address(void** state) {
  struct addrinfo hints = {0};

  (void)state;
  open_loop();
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  assert_int_equal(search(NULL, "80", &hints), 0);
  assert_string_equal(last_address, "0.0.0.0");
  assert_int_equal(last_port, 80);
  gy_test_close_loop(&loop);
}

static void test_hints_are_copied(void** state) {
  struct addrinfo hints = {0};
  char node[] = "localhost";
  char service[] = "81";

  (void)state;
  open_loop();
  hints.ai_family = AF_INET;
  start_search(&searches[0], node, service, &hints);
  memset(&hints, 'x', sizeof(hints));
  memset(node, 'x', sizeof(node) - 1);
  memset(service, '9', sizeof(service) - 1);
  run_loop();
  assert_int_equal(last_status, 0);
  assert_string_equal(last_address, "127.0.0.1");
  assert_int_equal(last_port, 81);
  gy_test_close_loop(&loop);
}

/* What the C library says of |hints| where there is no name. */
static int flags_refused(const struct addrinfo* hints) {
  struct addrinfo* found;
  int err = getaddrinfo(NULL, "80", hints, &found);

  if (err == 0)
    freeaddrinfo(found);
  return err == 0 ? 0 : UV_EAI_BADFLAGS;
}

static void test_hints_that_make_no_sense_end_in_their_errors(void** state) {
  struct addrinfo hints = {0};

  (void)state;
  open_loop();
  hints.ai_family = 99;
  assert_int_equal(search("127.0.0.1", NULL, &hints), UV_EAI_FAMILY);
  assert_int_equal(search("localhost", NULL, &hints), UV_EAI_FAMILY);
  hints.ai_family = 0;
  hints.ai_flags = AI_CANONNAME;
  /* POSIX leaves it open; the C library's word is handed on. */
  assert_int_equal(search(NULL, "80", &hints), flags_refused(&hints));
  hints.ai_flags = AI_NUMERICHOST;
  assert_int_equal(search("localhost", NULL, &hints), UV_EAI_NONAME);
  hints.ai_flags = AI_NUMERICSERV;
  assert_int_equal(search("127.0.0.1", "http", &hints), UV_EAI_NONAME);
  gy_test_close_loop(&loop);
}

static void refuse(const char* node) {
  uv_getaddrinfo_t req;

  assert_int_equal(uv_getaddrinfo(&loop, &req, NULL, node, NULL, NULL),
                   UV_EINVAL);
  assert_int_equal(
      uv_getaddrinfo(&loop, &req, note_addresses, node, NULL, NULL), UV_EINVAL);
  assert_int_equal(uv_loop_alive(&loop), 0);
}

static void test_names_that_are_too_long_are_refused(void** state) {
  static const size_t lengths[] = {256, 257, 300, 1025, 70000};
  struct addrinfo hints = {0};
  char* name = malloc(70001);

  (void)state;
  assert_non_null(name);
  open_loop();
  for (size_t i = 0; i < COUNT_OF(lengths); i++) {
    for (size_t at = 0; at < lengths[i]; at++) {
      name[at] = at % 60 == 59 ? '.' : 'a';
    }
    name[lengths[i]] = '\0';
    refuse(name);
  }
  /* What fits is asked for: here by whoever takes nothing but figures. */
  hints.ai_flags = AI_NUMERICHOST;
  name[255] = '\0';
  assert_int_equal(search(name, NULL, &hints), UV_EAI_NONAME);
  gy_test_close_loop(&loop);
  free(name);
}

static void test_a_label_that_is_too_long_is_not_cut_to_one_that_exists(
    void** state) {
  char name[80];
  int err;

  (void)state;
  /* .invalid is nobody's, see RFC 2606. */
  memset(name, 'a', 64);
  (void)snprintf(name + 64, sizeof(name) - 64, ".invalid");
  open_loop();
  err = uv_getaddrinfo(NULL, &searches[0], NULL, name, NULL, NULL);
  assert_true(err < 0);
  gy_test_close_loop(&loop);
}

static void test_what_is_no_utf8_is_refused(void** state) {
  static const char* const names[] = {
      "\xff",        "a\xc3",        "\xc0\xae",
      "\xe2\x82",    "\xed\xa0\x80", "\xf4\x90\x80\x80",
      "\x80",        "a\xc3.b",      "\xf8\x88\x80\x80\x80",
      "\xe0\x80\xae"};

  (void)state;
  open_loop();
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    refuse(names[i]);
  }
  gy_test_close_loop(&loop);
}

static void test_nothing_to_search_for_is_invalid(void** state) {
  (void)state;
  open_loop();
  refuse(NULL);
  refuse("");
  assert_int_equal(
      uv_getaddrinfo(&loop, NULL, note_addresses, "localhost", NULL, NULL),
      UV_EINVAL);
  gy_test_close_loop(&loop);
}

static void test_dots_of_other_scripts_part_an_address(void** state) {
  (void)state;
  open_loop();
  assert_int_equal(search("127\xe3\x80\x82"
                          "0\xef\xbc\x8e"
                          "0\xef\xbd\xa1"
                          "1",
                          NULL, NULL),
                   0);
  assert_string_equal(last_address, "127.0.0.1");
  gy_test_close_loop(&loop);
}

static void test_freeing_no_list_does_nothing(void** state) {
  (void)state;
  uv_freeaddrinfo(NULL);
}

/* ---- taking back ----------------------------------------------------------
 */

static int canceled_count;

static void count_canceled_search(uv_getaddrinfo_t* req, int status,
                                  struct addrinfo* list) {
  callback_count++;
  if (req->data != NULL) {
    assert_int_equal(status, UV_EAI_CANCELED);
    assert_null(list);
    canceled_count++;
  }
  uv_freeaddrinfo(list);
}

static void count_canceled_lookup(uv_getnameinfo_t* req, int status,
                                  const char* host, const char* service) {
  callback_count++;
  if (req->data != NULL) {
    assert_int_equal(status, UV_EAI_CANCELED);
    assert_null(host);
    assert_null(service);
    canceled_count++;
  }
}

/* One thread cannot have begun all of them. |data| of those that were taken
 * back is not NULL. */
static void test_searches_are_taken_back_before_they_begin(void** state) {
  struct sockaddr_in address;
  int taken_back = 0;

  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "1", 1), 0);
  open_loop();
  assert_int_equal(uv_ip4_addr("127.0.0.1", 80, &address), 0);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(uv_getaddrinfo(&loop, &searches[i], count_canceled_search,
                                    "localhost", NULL, NULL),
                     0);
    assert_int_equal(uv_getnameinfo(&loop, &lookups[i], count_canceled_lookup,
                                    (const struct sockaddr*)&address, 0),
                     0);
    searches[i].data = NULL;
    lookups[i].data = NULL;
  }
  for (int i = MANY - 1; i >= 0; i--) {
    int err = uv_cancel((uv_req_t*)&lookups[i]);
    assert_true(err == 0 || err == UV_EBUSY);
    lookups[i].data = err == 0 ? &loop : NULL;
    taken_back += err == 0;
    err = uv_cancel((uv_req_t*)&searches[i]);
    assert_true(err == 0 || err == UV_EBUSY);
    searches[i].data = err == 0 ? &loop : NULL;
    taken_back += err == 0;
  }
  run_loop();
  assert_int_equal(callback_count, 2 * MANY);
  assert_int_equal(canceled_count, taken_back);
  assert_true(taken_back > 0);
  gy_test_close_loop(&loop);
}

/* ---- addresses to names ---------------------------------------------------
 */

/* Look |ip| up with a callback, and without one; the status. */
static int look_up(const char* ip, int flags) {
  union {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
  } address;
  int err;

  if (uv_ip4_addr(ip, 80, &address.ip4) != 0) {
    assert_int_equal(uv_ip6_addr(ip, 80, &address.ip6), 0);
  }
  in_call = true;
  assert_int_equal(
      uv_getnameinfo(&loop, &lookups[0], note_name, &address.any, flags), 0);
  in_call = false;
  memset(&address, 'x', sizeof(address)); /* It was copied. */
  assert_int_equal(lookups[0].type, UV_GETNAMEINFO);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  callback_count = 0;
  run_loop();
  assert_int_equal(callback_count, 1);
  if (uv_ip4_addr(ip, 80, &address.ip4) != 0) {
    assert_int_equal(uv_ip6_addr(ip, 80, &address.ip6), 0);
  }
  err = uv_getnameinfo(NULL, &lookups[1], NULL, &address.any, flags);
  assert_int_equal(err, last_status);
  if (err == 0) {
    assert_string_equal(lookups[1].host, last_host);
    assert_string_equal(lookups[1].service, last_service);
  }
  return err;
}

static void test_name_in_figures_is_the_address(void** state) {
  (void)state;
  open_loop();
  assert_int_equal(look_up("192.0.2.7", NI_NUMERICHOST | NI_NUMERICSERV), 0);
  assert_string_equal(last_host, "192.0.2.7");
  assert_string_equal(last_service, "80");
  assert_int_equal(look_up("2001:db8::7", NI_NUMERICHOST | NI_NUMERICSERV), 0);
  assert_string_equal(last_host, "2001:db8::7");
  gy_test_close_loop(&loop);
}

static void test_name_of_loopback_is_found(void** state) {
  (void)state;
  open_loop();
  assert_int_equal(look_up("127.0.0.1", NI_NUMERICSERV), 0);
  assert_true(strlen(last_host) > 0);
  assert_string_equal(last_service, "80");
  gy_test_close_loop(&loop);
}

static void test_flags_that_contradict_each_other_end_in_an_error(
    void** state) {
  (void)state;
  open_loop();
  assert_int_equal(look_up("127.0.0.1", NI_NAMEREQD | NI_NUMERICHOST),
                   UV_EAI_NONAME);
  assert_int_equal(
      look_up("127.0.0.1", NI_NAMEREQD | NI_NUMERICHOST | NI_NUMERICSERV),
      UV_EAI_NONAME);
  gy_test_close_loop(&loop);
}

static void test_lookup_of_another_family_or_of_nothing_is_invalid(
    void** state) {
  struct sockaddr address = {0};

  (void)state;
  open_loop();
  address.sa_family = AF_UNIX;
  assert_int_equal(uv_getnameinfo(&loop, &lookups[0], note_name, &address, 0),
                   UV_EINVAL);
  assert_int_equal(uv_getnameinfo(&loop, &lookups[0], NULL, &address, 0),
                   UV_EINVAL);
  address.sa_family = AF_INET;
  assert_int_equal(uv_getnameinfo(&loop, NULL, note_name, &address, 0),
                   UV_EINVAL);
  assert_int_equal(uv_getnameinfo(&loop, &lookups[0], note_name, NULL, 0),
                   UV_EINVAL);
  assert_int_equal(uv_loop_alive(&loop), 0);
  gy_test_close_loop(&loop);
}

static void search_again(uv_getaddrinfo_t* req, int status,
                         struct addrinfo* list) {
  assert_int_equal(status, 0);
  uv_freeaddrinfo(list);
  if (++callback_count < MANY) {
    assert_int_equal(
        uv_getaddrinfo(&loop, req, search_again,
                       callback_count % 2 ? "localhost" : "::1", NULL, NULL),
        0);
  }
}

static void test_a_request_may_be_used_again_in_its_callback(void** state) {
  (void)state;
  open_loop();
  assert_int_equal(
      uv_getaddrinfo(&loop, &searches[0], search_again, "::1", NULL, NULL), 0);
  run_loop();
  assert_int_equal(callback_count, MANY);
  gy_test_close_loop(&loop);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_address_in_figures_is_found),
    cmocka_unit_test(test_address_in_figures_needs_no_thread),
    cmocka_unit_test(test_search_under_way_in_figures_is_too_late_to_cancel),
    cmocka_unit_test(test_localhost_is_found),
    cmocka_unit_test(test_service_is_found_by_its_name),
    cmocka_unit_test(test_passive_hint_gives_the_unspecified_address),
    cmocka_unit_test(test_hints_are_copied),
    cmocka_unit_test(test_hints_that_make_no_sense_end_in_their_errors),
    cmocka_unit_test(test_names_that_are_too_long_are_refused),
    cmocka_unit_test(
        test_a_label_that_is_too_long_is_not_cut_to_one_that_exists),
    cmocka_unit_test(test_what_is_no_utf8_is_refused),
    cmocka_unit_test(test_nothing_to_search_for_is_invalid),
    cmocka_unit_test(test_dots_of_other_scripts_part_an_address),
    cmocka_unit_test(test_freeing_no_list_does_nothing),
    cmocka_unit_test(test_searches_are_taken_back_before_they_begin),
    cmocka_unit_test(test_name_in_figures_is_the_address),
    cmocka_unit_test(test_name_of_loopback_is_found),
    cmocka_unit_test(test_flags_that_contradict_each_other_end_in_an_error),
    cmocka_unit_test(test_lookup_of_another_family_or_of_nothing_is_invalid),
    cmocka_unit_test(test_a_request_may_be_used_again_in_its_callback),
};

GY_TEST_MAIN(tests)
