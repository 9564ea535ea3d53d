/* dns-responder.c - answers questions of DNS over UDP from what it was told.
 *
 *   dns-responder PORT NAME=ADDRESS...
 *
 *   dns-responder 5300 here.test=127.0.0.1 here.test=::1 &
 *   dig @127.0.0.1 -p 5300 here.test AAAA
 *
 * Any other name does not exist, and neither do other kinds of records. A
 * packet comes from anybody, so nothing in it is believed: what is no single
 * question of class IN gets an error, and what is no question gets nothing.
 * The layout is that of RFC 1035, section 4. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  ENTRIES_MOST = 64,
  HEAD_SIZE = 12,
  NAME_MOST = 255, /* bytes, as they are in a packet */
  PACKET_MOST = 512,
  MEMORY_SIZE = 16 * 65536, /* for as many datagrams at a time */
  TYPE_A = 1,
  TYPE_AAAA = 28,
  TYPE_ANY = 255,
  CLASS_IN = 1,
  TTL_S = 60,
  OK = 0, /* codes of answers */
  FORMAT_ERROR = 1,
  NO_SUCH_NAME = 3,
  NOT_IMPLEMENTED = 4
};

typedef struct {
  unsigned char name[NAME_MOST]; /* in lower case, as in a packet */
  size_t name_size;
  int type;
  unsigned char address[16];
  size_t address_size;
} entry_t;

/* A question, where it lies in its packet. */
typedef struct {
  const unsigned char* name;
  size_t name_size;
  int type;
} question_t;

static entry_t entries[ENTRIES_MOST];
static size_t entry_count;
static char memory[MEMORY_SIZE];

static int must(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
    exit(1);
  }
  return result;
}

/* ---- what is known ---------------------------------------------------------
 */

/* Put |text|, of |size| bytes, into |entry| as labels with their lengths. Is it
 * a name? */
static int name_set(entry_t* entry, const char* text, size_t size) {
  size_t at = 0;

  while (size > 0) {
    const char* dot = memchr(text, '.', size);
    size_t label = dot != NULL ? (size_t)(dot - text) : size;
    if (label == 0 || label > 63 || at + label + 2 > NAME_MOST) {
      return 0;
    }
    entry->name[at++] = (unsigned char)label;
    for (size_t i = 0; i < label; i++) {
      entry->name[at++] = (unsigned char)tolower((unsigned char)text[i]);
    }
    text += label + (dot != NULL);
    size -= label + (dot != NULL);
  }
  entry->name[at++] = 0;
  entry->name_size = at;
  return at > 1;
}

/* Learn |text|, NAME=ADDRESS. Is it that? */
static int entry_add(const char* text) {
  const char* equals = strchr(text, '=');
  entry_t* entry = &entries[entry_count];

  if (equals == NULL || entry_count == ENTRIES_MOST ||
      !name_set(entry, text, (size_t)(equals - text))) {
    return 0;
  }
  if (uv_inet_pton(AF_INET, equals + 1, entry->address) == 0) {
    entry->type = TYPE_A;
    entry->address_size = 4;
  } else if (uv_inet_pton(AF_INET6, equals + 1, entry->address) == 0) {
    entry->type = TYPE_AAAA;
    entry->address_size = 16;
  } else {
    return 0;
  }
  entry_count++;
  return 1;
}

static int entry_is_named(const entry_t* entry, const question_t* question) {
  if (entry->name_size != question->name_size) {
    return 0;
  }
  for (size_t i = 0; i < entry->name_size; i++) {
    if (entry->name[i] != tolower(question->name[i])) {
      return 0;
    }
  }
  return 1;
}

/* ---- packets ---------------------------------------------------------------
 */

static int get16(const unsigned char* bytes) {
  return bytes[0] << 8 | bytes[1];
}

static unsigned char* put16(unsigned char* bytes, size_t value) {
  bytes[0] = (unsigned char)(value >> 8);
  bytes[1] = (unsigned char)value;
  return bytes + 2;
}

/* The length of the name at |bytes|; 0 when it is none, goes on behind |size|,
 * or is a pointer, which a question has no use for. */
static size_t name_length(const unsigned char* bytes, size_t size) {
  size_t at = 0;

  while (at < size && bytes[at] != 0) {
    if (bytes[at] > 63) {
      return 0;
    }
    at += 1u + bytes[at];
  }
  return at < size && at < NAME_MOST ? at + 1 : 0;
}

/* Read the |packet| of |size| bytes, which has a head. A code. */
static int question_read(const unsigned char* packet, size_t size,
                         question_t* question) {
  const unsigned char* at = packet + HEAD_SIZE;

  if ((packet[2] & 0x78) != 0) {
    return NOT_IMPLEMENTED; /* no standard query */
  }
  question->name = at;
  question->name_size = name_length(at, size - HEAD_SIZE);
  at += question->name_size;
  if (get16(packet + 4) != 1 || question->name_size == 0 ||
      (size_t)(at - packet) + 4 > size) {
    return FORMAT_ERROR;
  }
  question->type = get16(at);
  return get16(at + 2) == CLASS_IN ? OK : NOT_IMPLEMENTED;
}

/* Append the record of |entry|; the end of it, or NULL without room. */
static unsigned char* record_put(unsigned char* at, const unsigned char* end,
                                 const entry_t* entry) {
  if ((size_t)(end - at) < 12 + entry->address_size) {
    return NULL;
  }
  at = put16(at, 0xc000 | HEAD_SIZE); /* the name is that of the question */
  at = put16(at, (size_t)entry->type);
  at = put16(at, CLASS_IN);
  at = put16(at, 0);
  at = put16(at, TTL_S);
  at = put16(at, entry->address_size);
  memcpy(at, entry->address, entry->address_size);
  return at + entry->address_size;
}

/* Append all records that |question| asks for; how many. */
static size_t records_put(unsigned char** at, const unsigned char* end,
                          const question_t* question, int* code,
                          int* truncated) {
  size_t count = 0;

  *code = NO_SUCH_NAME;
  for (size_t i = 0; i < entry_count; i++) {
    unsigned char* next;
    if (!entry_is_named(&entries[i], question)) {
      continue;
    }
    *code = OK; /* The name is there, if not with this type. */
    if (question->type != entries[i].type && question->type != TYPE_ANY) {
      continue;
    }
    next = record_put(*at, end, &entries[i]);
    *truncated |= next == NULL;
    if (next != NULL) {
      *at = next;
      count++;
    }
  }
  return count;
}

/* Write the answer to |packet| of |size| bytes to |answer|; its length, or 0
 * when there is none. */
static size_t answer_make(const unsigned char* packet, size_t size,
                          unsigned char answer[PACKET_MOST]) {
  question_t question;
  unsigned char* at = answer + HEAD_SIZE;
  size_t count = 0;
  int truncated = 0;
  int code;

  if (size < HEAD_SIZE || (packet[2] & 0x80) != 0) {
    return 0; /* An answer to an answer could go on for ever. */
  }
  code = question_read(packet, size, &question);
  memset(answer, 0, HEAD_SIZE);
  if (code == OK) {
    memcpy(at, question.name, question.name_size + 4);
    at += question.name_size + 4;
    (void)put16(answer + 4, 1);
    count =
        records_put(&at, answer + PACKET_MOST, &question, &code, &truncated);
  }
  memcpy(answer, packet, 2);
  /* An answer, by who knows, cut or not, and what was wished of recursion. */
  answer[2] = (unsigned char)(0x84 | (truncated ? 2 : 0) | (packet[2] & 0x79));
  answer[3] = (unsigned char)code;
  (void)put16(answer + 6, count);
  return (size_t)(at - answer);
}

/* ---- the server ------------------------------------------------------------
 */

static void server_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void)handle;
  (void)suggested;
  *buf = uv_buf_init(memory, sizeof(memory)); /* It is free after each turn. */
}

static void server_receive(uv_udp_t* server, ssize_t count, const uv_buf_t* buf,
                           const struct sockaddr* from, unsigned flags) {
  unsigned char bytes[PACKET_MOST];
  uv_buf_t answer;
  size_t size;

  if (count < 0) {
    fprintf(stderr, "receive: %s\n", uv_strerror((int)count));
    return;
  }
  if (from == NULL || (flags & UV_UDP_PARTIAL)) {
    return; /* There is nothing more this time, or not all of it. */
  }
  size = answer_make((const unsigned char*)buf->base, (size_t)count, bytes);
  if (size > 0) {
    answer = uv_buf_init((char*)bytes, (unsigned)size);
    /* What there is no room for is lost, and will be asked for again. */
    (void)uv_udp_try_send(server, &answer, 1, from);
  }
}

int main(int argc, char** argv) {
  long port = argc > 1 ? strtol(argv[1], NULL, 10) : -1;
  struct sockaddr_in address;
  int size = sizeof(address);
  uv_udp_t server;
  uv_loop_t* loop = uv_default_loop();
  int good = loop != NULL && argc > 2 && port >= 0 && port <= 65535;

  for (int i = 2; i < argc && good; i++) {
    good = entry_add(argv[i]);
  }
  if (!good) {
    fprintf(stderr, "usage: %s PORT NAME=ADDRESS...\n", argv[0]);
    return 2;
  }
  must(uv_ip4_addr("0.0.0.0", (int)port, &address), "address");
  must(uv_udp_init_ex(loop, &server, AF_INET | UV_UDP_RECVMMSG), "init");
  must(uv_udp_bind(&server, (const struct sockaddr*)&address, 0), "bind");
  must(uv_udp_getsockname(&server, (struct sockaddr*)&address, &size), "name");
  must(uv_udp_recv_start(&server, server_alloc, server_receive), "receive");
  printf("answering at port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
