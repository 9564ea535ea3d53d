/* sem-mach.c - semaphores on macOS, which has those of POSIX in its headers
 * only: sem_init(3) always fails there. */
#include <errno.h>
#include <limits.h>
#include <mach/mach.h>

#include "fault.h"
#include "unix/sync.h"
#include "uv.h"

/* The errno of the kernel's |answer|. */
static int sem_error(kern_return_t answer) {
  switch (answer) {
    case KERN_SUCCESS:
      return 0;
    case KERN_RESOURCE_SHORTAGE:
      return ENOMEM;
    case KERN_OPERATION_TIMED_OUT:
      return EAGAIN;
    case KERN_ABORTED:
      return EINTR;
    default:
      return EINVAL;
  }
}

int uv_sem_init(uv_sem_t* sem, unsigned int value) {
  int err;

  if (sem == NULL || value > INT_MAX)
    return UV_EINVAL;
  if ((err = GY_FAULT("semaphore_create")) == 0)
    err = sem_error(
        semaphore_create(mach_task_self(), sem, SYNC_POLICY_FIFO, (int)value));
  return -err;
}

void uv_sem_destroy(uv_sem_t* sem) {
  gy_sync_must(sem_error(semaphore_destroy(mach_task_self(), *sem)),
               "uv_sem_destroy");
}

void uv_sem_post(uv_sem_t* sem) {
  gy_sync_must(sem_error(semaphore_signal(*sem)), "uv_sem_post");
}

void uv_sem_wait(uv_sem_t* sem) {
  int err;

  do
    err = sem_error(semaphore_wait(*sem));
  while (err == EINTR);
  gy_sync_must(err, "uv_sem_wait");
}

int uv_sem_trywait(uv_sem_t* sem) {
  mach_timespec_t no_time = {0, 0};
  int err;

  if (sem == NULL)
    return UV_EINVAL;
  do
    err = sem_error(semaphore_timedwait(*sem, no_time));
  while (err == EINTR);
  return -err;
}
