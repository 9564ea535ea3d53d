/* sem-posix.c - semaphores of POSIX: all systems but macOS. */
#include <errno.h>
#include <semaphore.h>

#include "fault.h"
#include "unix/sync.h"
#include "uv.h"

int uv_sem_init(uv_sem_t* sem, unsigned int value) {
  int err;

  if (sem == NULL)
    return UV_EINVAL;
  if ((err = GY_FAULT("sem_init")) == 0 && sem_init(sem, 0, value) != 0)
    err = errno;
  return -err;
}

void uv_sem_destroy(uv_sem_t* sem) {
  gy_sync_must(sem_destroy(sem) == 0 ? 0 : errno, "uv_sem_destroy");
}

void uv_sem_post(uv_sem_t* sem) {
  gy_sync_must(sem_post(sem) == 0 ? 0 : errno, "uv_sem_post");
}

void uv_sem_wait(uv_sem_t* sem) {
  int err;

  do
    err = sem_wait(sem) == 0 ? 0 : errno;
  while (err == EINTR);
  gy_sync_must(err, "uv_sem_wait");
}

int uv_sem_trywait(uv_sem_t* sem) {
  int err;

  if (sem == NULL)
    return UV_EINVAL;
  do
    err = sem_trywait(sem) == 0 ? 0 : errno;
  while (err == EINTR);
  return -err;
}
