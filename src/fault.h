/* fault.h - system calls that can be made to fail on purpose.
 *
 * Whoever makes a system call asks first whether it is to fail:
 *
 *   int err = GY_FAULT("epoll_ctl");
 *   if (err == 0 && epoll_ctl(...) != 0) {
 *     err = errno;
 *   }
 *
 * Unless the library is built with GYRE_FAULTS the answer is a constant 0, and
 * the compiler takes the question away. */
#ifndef GY_FAULT_H_
#define GY_FAULT_H_

#ifdef GYRE_FAULTS
#define GY_FAULT(call) gy_fault(call)
#else
#define GY_FAULT(call) 0
#endif

typedef int (*gy_fault_hook_t)(const char* call);

/* What a test wants to know of: called before each system call with its name,
 * on the thread, or in the signal handler, that makes it. The positive errno
 * with which the call is to fail, or 0; on Windows the code of Win32 or
 * Winsock, or, when the name begins with Nt, the NTSTATUS, which is negative.
 * GY_FAULT_NOBODY when nobody asks. A thread that is in the library may still
 * ask the one before for a while. */
extern _Atomic(gy_fault_hook_t) gy_fault_hook;

/* NULL is a pointer to an object, says clang. */
#define GY_FAULT_NOBODY ((gy_fault_hook_t)0)

/* What gy_fault_hook says about |call|; 0 without a hook. Any thread; errno is
 * kept. Use it through GY_FAULT(). */
int gy_fault(const char* call);

#endif /* GY_FAULT_H_ */
