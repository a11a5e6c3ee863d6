/* Preloaded: the first time a thread looks at the clock it is earlier, so that a store's scrub,
 * which begins a minute after the open, begins at once. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec* time) {
  static _Thread_local bool has_looked;
  const int answer = (int)syscall(SYS_clock_gettime, clock, time);
  if (clock != CLOCK_MONOTONIC || has_looked) return answer;
  has_looked = true;
  time->tv_sec -= 100;
  return answer;
}
