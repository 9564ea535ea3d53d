/* world.h - things to watch, and a clock: real ones, or a simulator's.
 *
 * A test of a poller is written once against this, and runs over kernels and
 * over the simulator. What goes wrong here fails the test.
 */
#ifndef GY_WORLD_H_
#define GY_WORLD_H_

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  bool real;

  /* Make both ends of a stream that goes both ways, or of one from fds[1] to
   * fds[0]. None of them blocks. */
  void (*pair)(int fds[2]);
  void (*pipe)(int fds[2]);

  /* Make a stream as pair() does whose ends can crash() and urge(). */
  void (*connection)(int fds[2]);

  /* Open a file, which cannot be polled. */
  int (*file)(void);

  void (*close)(int fd);

  /* Close |fd| with a reset: the other end has failed. */
  void (*crash)(int fd);

  /* Say that |fd| sends no more. */
  void (*finish)(int fd);

  /* Send |count| bytes, fewer than a stream holds. */
  void (*send)(int fd, int count);

  /* Send until there is no room left. */
  void (*fill)(int fd);

  /* Receive |count| bytes at most. How many there were, 0 at the end, UV_E*. */
  int (*receive)(int fd, int count);

  /* Send a byte out of band. */
  void (*urge)(int fd);

  /* The time by which wait() sleeps, in ns. */
  uint64_t (*clock)(void);

  /* Have |step| called with |arg|, |delay_ns| from now, on another thread or
   * as if. One at a time: settle() comes before the next. */
  void (*later)(uint64_t delay_ns, void (*step)(void* arg), void* arg);

  /* Wait until the last step has run. */
  void (*settle)(void);
} gy_world_t;

extern const gy_world_t gy_real_world;

/* sim-poller.h in these words. gy_sim_reset() first. */
extern const gy_world_t gy_sim_world;

#endif /* GY_WORLD_H_ */
