/* clock.h - the performance counter, in ns: the clock of all that waits. */
#ifndef GY_WIN_CLOCK_H_
#define GY_WIN_CLOCK_H_

#include <stdint.h>
#include <windows.h>

enum {
  GY_CLOCK_NS_PER_S = 1000000000
};

/* The counter, in ns. It never runs backwards, is the same on all processors,
 * and goes on while the machine sleeps. Any thread. */
static inline uint64_t gy_win_clock(void) {
  LARGE_INTEGER frequency;
  LARGE_INTEGER ticks;
  uint64_t seconds;
  uint64_t rest;

  /* Neither can fail since Windows XP, and both are answered without the
   * kernel, so the frequency need not be kept. */
  (void)QueryPerformanceFrequency(&frequency);
  (void)QueryPerformanceCounter(&ticks);
  /* In two parts: ticks times a thousand million would be too large after half
   * an hour, at the usual ten million a second. */
  seconds = (uint64_t)ticks.QuadPart / (uint64_t)frequency.QuadPart;
  rest = (uint64_t)ticks.QuadPart % (uint64_t)frequency.QuadPart;
  return seconds * GY_CLOCK_NS_PER_S +
         rest * GY_CLOCK_NS_PER_S / (uint64_t)frequency.QuadPart;
}

/* The time |timeout_ns| from now; UINT64_MAX when no number can hold it. */
static inline uint64_t gy_win_deadline(uint64_t timeout_ns) {
  uint64_t now = gy_win_clock();

  return timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns;
}

/* From now to |deadline| in ms, for the calls that count so: 0 when it has
 * come, else rounded up, and at most 12 days, so never INFINITE. They may
 * return a tick of the system's clock early, so one asks again. */
static inline DWORD gy_win_ms_until(uint64_t deadline) {
  uint64_t now = gy_win_clock();
  uint64_t ms;

  if (deadline <= now) {
    return 0;
  }
  ms = (deadline - now - 1) / 1000000 + 1;
  return ms < 0x3fffffff ? (DWORD)ms : 0x3fffffff;
}

#endif /* GY_WIN_CLOCK_H_ */
