// run(): a server for the lifetime of the process.

#include <malloc.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "server/log.h"
#include "server/server.h"
#include "server/service_manager.h"
#include "src/base/mutex.h"
#include "src/file/descriptor.h"
#include "src/store/store.h"

namespace kvstore::server {
namespace {

// Used by the signal handlers. A handler works whatever the signal masks of other threads (the
// store has some), unlike a thread that waits for signals; it only writes to an eventfd.
std::atomic<Server*> signalled_server{nullptr};
std::atomic<bool> signalled_before{false};
static_assert(std::atomic<Server*>::is_always_lock_free);

extern "C" void on_stop_signal(int number) {
  if (signalled_before.exchange(true)) _exit(128 + number);
  if (Server* server = signalled_server.load()) server->request_stop();
}

std::atomic<int> hangup_event{-1};

extern "C" void on_hangup(int) {
  const int error = errno;
  const std::uint64_t one = 1;
  if (const int event = hangup_event.load(); event >= 0) (void)!::write(event, &one, sizeof one);
  errno = error;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

// Maps blocks of at least this size separately: so freed memory returns to the system, and a
// growing buffer is moved by its pages. By default the allocator raises the threshold with every
// freed block.
void give_large_blocks_back() {
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

// SIGHUP means "begin a new file" (logrotate) or a closed terminal: the server goes on in both
// cases. Files cannot be opened in a handler, so a thread does it. Without a thread or an event the
// signal is ignored.
class HangupThread {
 public:
  HangupThread() {
    handle(SIGHUP, on_hangup);
    if (!state_->event) return;
    try {
      thread_ = std::thread([state = state_] { run(*state); });
      hangup_event.store(state_->event.get());
    } catch (const std::system_error&) {
    }
  }
  // Files that do not answer, of a network that is gone, say, are not waited for: the thread, and
  // what it uses, are left to the end of the process.
  ~HangupThread() {
    hangup_event.store(-1);
    if (!thread_.joinable()) return;
    if (is_reading_when_ended()) {
      thread_.detach();
      return;
    }
    const std::uint64_t one = 1;
    (void)!::write(state_->event.get(), &one, sizeof one);
    thread_.join();
  }
  // How the certificates are read anew. It may be called, and be under way, until the process ends.
  void set_reload(std::function<void()> reload) {
    auto shared = std::make_shared<const std::function<void()>>(std::move(reload));
    MutexLock lock(state_->mutex);
    state_->reload = std::move(shared);
  }
  HangupThread(const HangupThread&) = delete;
  HangupThread& operator=(const HangupThread&) = delete;

 private:
  struct State {
    const file::Descriptor event{::eventfd(0, EFD_CLOEXEC)};
    Mutex mutex;
    bool is_ending KV_GUARDED_BY(mutex) = false;
    bool is_reading KV_GUARDED_BY(mutex) = false;
    std::shared_ptr<const std::function<void()>> reload KV_GUARDED_BY(mutex);
  };

  bool is_reading_when_ended() {
    MutexLock lock(state_->mutex);
    state_->is_ending = true;
    return state_->is_reading;
  }
  static bool begin_reading(State& state) {
    MutexLock lock(state.mutex);
    state.is_reading = !state.is_ending;
    return state.is_reading;
  }
  static void end_reading(State& state) {
    MutexLock lock(state.mutex);
    state.is_reading = false;
  }
  static void reload(State& state) {
    std::shared_ptr<const std::function<void()>> reload;
    {
      MutexLock lock(state.mutex);
      reload = state.reload;
    }
    if (reload) (*reload)();
  }
  static void run(State& state) {
    std::uint64_t count = 0;
    while (true) {
      const ssize_t got = ::read(state.event.get(), &count, sizeof count);
      if (got < 0 && errno != EINTR) return;
      if (got <= 0) continue;
      if (!begin_reading(state)) return;
      reopen_log_files();
      reload(state);
      end_reading(state);
    }
  }

  const std::shared_ptr<State> state_ = std::make_shared<State>();
  std::thread thread_;
};

std::string console_of(const Config& config, const Server& server) {
  if (!config.http_listen) return {};
  return fmt::format(", console at {}://{}/_/", config.tls.certificate.empty() ? "http" : "https",
                     server.http_endpoint().to_string());
}

std::string ready_line(const Config& config, const Server& server, Store& store) {
  const auto keys = store.count();
  const std::string metrics =
      config.metrics ? fmt::format(", figures at {}/metrics", server.metrics_endpoint().to_string())
                     : "";
  return fmt::format("kvstore: ready on {}, serving {}{}{}{}\n", server.places(), store.path(),
                     keys ? fmt::format(" ({} {})", *keys, *keys == 1 ? "key" : "keys") : "",
                     console_of(config, server), metrics);
}

}  // namespace

Status run(const Config& config, Store& store) {
  handle(SIGPIPE, SIG_IGN);
  give_large_blocks_back();
  HangupThread hangup;
  KV_ASSIGN(const auto server, Server::start(config, store));
  signalled_server.store(server.get());
  hangup.set_reload(server->certificate_reload());
  handle(SIGTERM, on_stop_signal);
  handle(SIGINT, on_stop_signal);
  std::fputs(ready_line(config, *server, store).c_str(), stderr);
  std::fflush(stderr);
  tell_service_manager(fmt::format("READY=1\nSTATUS=serving on {}", server->places()));
  server->wait();
  tell_service_manager("STOPPING=1");
  Status closed = store.close();
  // A first signal has nothing to stop from here on; a second one still ends the process.
  signalled_server.store(nullptr);
  return closed;
}

}  // namespace kvstore::server
