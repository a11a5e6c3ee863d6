#include "repl/signals.h"

#include <csignal>
#include <initializer_list>

namespace kvstore::repl::signals {
namespace {

volatile std::sig_atomic_t interrupt = 0;
volatile std::sig_atomic_t resized = 0;
volatile std::sig_atomic_t ending = 0;

void note(int signal) {
  if (signal == SIGINT) {
    interrupt = 1;
  } else if (signal == SIGWINCH || signal == SIGCONT) {
    resized = 1;
  } else {
    ending = signal;
  }
}

bool take(volatile std::sig_atomic_t& flag) {
  const bool was = flag != 0;
  flag = 0;
  return was;
}

}  // namespace

void install() {
  struct sigaction action {};
  action.sa_handler = note;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT}) {
    struct sigaction before {};
    const bool is_of_nohup = signal == SIGHUP && ::sigaction(signal, nullptr, &before) == 0 &&
                             before.sa_handler == SIG_IGN;
    if (!is_of_nohup) ::sigaction(signal, &action, nullptr);
  }
}

bool take_interrupt() { return take(interrupt); }
bool interrupted() { return interrupt != 0; }
bool take_resize() { return take(resized); }
bool wants_end() { return ending != 0; }

void end_if_asked() {
  const int signal = interrupt != 0 ? SIGINT : ending;
  if (signal == 0) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace kvstore::repl::signals
