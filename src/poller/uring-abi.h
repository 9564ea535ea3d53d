/* uring-abi.h - what io_uring(7) looks like from outside: Linux's own numbers
 * and structures, as far as they are used here.
 *
 * Written down here because the kernel headers of a system are older than its
 * kernel as often as not, and musl comes without any. As in the man pages
 * io_uring_setup(2), io_uring_enter(2) and io_uring_register(2). The numbers
 * are the same on every architecture; but Alpha has other system calls. */
#ifndef GY_URING_ABI_H_
#define GY_URING_ABI_H_

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* System calls. */
enum {
  URING_SYS_SETUP = 425,
  URING_SYS_ENTER = 426,
  URING_SYS_REGISTER = 427
};

/* Flags of setup, and the Linux that brought them. */
#define URING_SETUP_CQSIZE (1u << 3)         /* 5.5 */
#define URING_SETUP_CLAMP (1u << 4)          /* 5.6 */
#define URING_SETUP_R_DISABLED (1u << 6)     /* 5.10 */
#define URING_SETUP_SUBMIT_ALL (1u << 7)     /* 5.18 */
#define URING_SETUP_COOP_TASKRUN (1u << 8)   /* 5.19 */
#define URING_SETUP_TASKRUN_FLAG (1u << 9)   /* 5.19 */
#define URING_SETUP_SINGLE_ISSUER (1u << 12) /* 6.0 */
#define URING_SETUP_DEFER_TASKRUN (1u << 13) /* 6.1 */
#define URING_SETUP_NO_SQARRAY (1u << 16)    /* 6.6 */

/* What a kernel says that it has. */
#define URING_FEAT_SINGLE_MMAP (1u << 0) /* 5.4 */
#define URING_FEAT_NODROP (1u << 1)      /* 5.5 */
#define URING_FEAT_EXT_ARG (1u << 8)     /* 5.11 */
#define URING_FEAT_RSRC_TAGS (1u << 10)  /* 5.13, as are multishot polls */
#define URING_FEAT_CQE_SKIP (1u << 11)   /* 5.17 */
#define URING_FEAT_RW_ATTR (1u << 16)    /* 6.14 */

typedef struct {
  uint32_t head;
  uint32_t tail;
  uint32_t ring_mask;
  uint32_t ring_entries;
  uint32_t flags;
  uint32_t dropped;
  uint32_t array;
  uint32_t reserved;
  uint64_t user_addr;
} uring_sq_offsets_t;

typedef struct {
  uint32_t head;
  uint32_t tail;
  uint32_t ring_mask;
  uint32_t ring_entries;
  uint32_t overflow;
  uint32_t cqes;
  uint32_t flags;
  uint32_t reserved;
  uint64_t user_addr;
} uring_cq_offsets_t;

typedef struct {
  uint32_t sq_entries;
  uint32_t cq_entries;
  uint32_t flags;
  uint32_t sq_thread_cpu;
  uint32_t sq_thread_idle;
  uint32_t features;
  uint32_t wq_fd;
  uint32_t reserved[3];
  uring_sq_offsets_t sq_off;
  uring_cq_offsets_t cq_off;
} uring_params_t;

static_assert(sizeof(uring_params_t) == 120, "as the kernel has it");

/* Where mmap(2) finds the rings and the entries of the first. */
#define URING_OFF_RINGS 0
#define URING_OFF_SQES 0x10000000

/* Flags that the kernel sets next to the submission ring. */
#define URING_SQ_CQ_OVERFLOW (1u << 1)
#define URING_SQ_TASKRUN (1u << 2)

/* Flags of enter. */
#define URING_ENTER_GETEVENTS (1u << 0)
#define URING_ENTER_EXT_ARG (1u << 3)

typedef struct {
  uint64_t sigmask;
  uint32_t sigmask_size;
  uint32_t min_wait_us;
  uint64_t timeout;
} uring_getevents_t;

typedef struct {
  int64_t sec;
  int64_t nsec;
} uring_timespec_t;

/* What register is asked for. */
enum {
  URING_REGISTER_ENABLE_RINGS = 12,
  URING_REGISTER_PBUF_RING = 22,  /* 5.19 */
  URING_REGISTER_SYNC_CANCEL = 24 /* 6.0 */
};

/* What SYNC_CANCEL is to look for, by its cookie. */
typedef struct {
  uint64_t user_data;
  int32_t fd;
  uint32_t flags;
  uring_timespec_t timeout;
  uint8_t opcode;
  uint8_t reserved[31];
} uring_sync_cancel_t;

static_assert(sizeof(uring_sync_cancel_t) == 64, "as the kernel has it");

/* A ring of buffers: where it is. */
typedef struct {
  uint64_t ring_addr;
  uint32_t ring_entries;
  uint16_t group;
  uint16_t flags;
  uint64_t reserved[3];
} uring_buf_reg_t;

static_assert(sizeof(uring_buf_reg_t) == 40, "as the kernel has it");

/* A buffer in it. */
typedef struct {
  uint64_t addr;
  uint32_t len;
  uint16_t index;
  uint16_t tail; /* in the first entry, the ring's; nobody's in the others */
} uring_buf_t;

static_assert(sizeof(uring_buf_t) == 16, "as the kernel has it");

enum {
  URING_OP_NOP = 0,
  URING_OP_FSYNC = 3,
  URING_OP_POLL_ADD = 6,
  URING_OP_ACCEPT = 13,
  URING_OP_ASYNC_CANCEL = 14,
  URING_OP_CLOSE = 19,
  URING_OP_READ = 22,
  URING_OP_WRITE = 23,
  URING_OP_SEND = 26,
  URING_OP_RECV = 27
};

/* Of any, in |flags|: by a thread of the kernel's, from the start. Linux 5.6.
 */
#define URING_SQE_ASYNC (1u << 4)

/* The same: into a buffer of the ring |buf_index|; and no completion unless it
 * fails, Linux 5.17. */
#define URING_SQE_BUFFER_SELECT (1u << 5)
#define URING_SQE_CQE_SKIP_SUCCESS (1u << 6)

/* Of ACCEPT and RECV, in |ioprio|: on and on. Linux 5.19 and 6.0. */
#define URING_ACCEPT_MULTISHOT (1u << 0)
#define URING_RECV_MULTISHOT (1u << 1)

/* Of POLL_ADD, in |len|. */
#define URING_POLL_MULTISHOT (1u << 0)

/* Of ASYNC_CANCEL, in |op_flags|: all there are. Linux 5.19. */
#define URING_CANCEL_ALL (1u << 0)
#define URING_CANCEL_ANY (1u << 2)

/* What is asked for: a submission. */
typedef struct {
  uint8_t opcode;
  uint8_t flags;
  uint16_t ioprio;
  int32_t fd;
  uint64_t off;
  uint64_t addr;
  uint32_t len;
  uint32_t op_flags; /* of poll: the events */
  uint64_t user_data;
  uint16_t buf_index;
  uint16_t personality;
  int32_t splice_fd_in;
  uint64_t addr3;
  uint64_t reserved;
} uring_sqe_t;

static_assert(sizeof(uring_sqe_t) == 64, "as the kernel has it");

/* What is answered: a completion. */
typedef struct {
  uint64_t user_data;
  int32_t res;
  uint32_t flags;
} uring_cqe_t;

static_assert(sizeof(uring_cqe_t) == 16, "as the kernel has it");

/* Of a completion: the buffer whose index is in the upper half; and more will
 * come of the same submission. */
#define URING_CQE_BUFFER (1u << 0)
#define URING_CQE_MORE (1u << 1)
#define URING_CQE_BUFFER_SHIFT 16

#endif /* GY_URING_ABI_H_ */
