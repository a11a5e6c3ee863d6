// What main calls: a server for as long as the process lives.

#include <malloc.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <thread>

#include <fmt/core.h>

#include "server/log.h"
#include "server/server.h"
#include "server/service_manager.h"
#include "src/base/mutex.h"
#include "src/file/descriptor.h"
#include "src/store/store.h"

namespace kvstore::server {
namespace {

// Handlers reach the server through these. A handler, unlike a thread that
// waits for signals, works whatever the masks of threads made before it are
// (the store has some), and its work is one write to an eventfd.
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

// Blocks of this size or more are the system's, not the allocator's: what a
// connection gives back is given back, and a buffer that grows is moved by its
// pages. By itself the allocator raises the size with every block it frees.
void give_large_blocks_back() {
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

// SIGHUP is logrotate's word for "begin a new file", and what a terminal says that goes
// away: neither is a reason to end. Files cannot be opened in a handler, so a thread
// does it. Without one, or an event to wake it, the signal is still no end.
class HangupThread {
 public:
  HangupThread() : event_(::eventfd(0, EFD_CLOEXEC)) {
    handle(SIGHUP, on_hangup);
    if (!event_) return;
    try {
      thread_ = std::thread([this] { run(); });
      hangup_event.store(event_.get());
    } catch (const std::system_error&) {
    }
  }
  ~HangupThread() {
    hangup_event.store(-1);
    if (!thread_.joinable()) return;
    ending_.store(true);
    const std::uint64_t one = 1;
    (void)!::write(event_.get(), &one, sizeof one);
    thread_.join();
  }
  // Whose certificates are read anew; nullptr: nobody's, from now on.
  void set_server(Server* server) {
    MutexLock lock(mutex_);
    server_ = server;
  }
  HangupThread(const HangupThread&) = delete;
  HangupThread& operator=(const HangupThread&) = delete;

 private:
  void run() {
    std::uint64_t count = 0;
    while (!ending_.load()) {
      const ssize_t got = ::read(event_.get(), &count, sizeof count);
      if (got < 0 && errno != EINTR) return;
      if (got <= 0 || ending_.load()) continue;
      reopen_log_files();
      MutexLock lock(mutex_);
      if (server_ != nullptr) server_->reload_certificates();
    }
  }

  file::Descriptor event_;
  std::atomic<bool> ending_{false};
  Mutex mutex_;
  Server* server_ KV_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

std::string ready_line(const Config& config, const Server& server, Store& store) {
  const auto keys = store.count();
  const std::string metrics =
      config.metrics ? fmt::format(", figures at {}/metrics", server.metrics_endpoint().to_string())
                     : "";
  return fmt::format("kvstore: ready on {}, serving {}{}{}\n", server.places(), store.path(),
                     keys ? fmt::format(" ({} {})", *keys, *keys == 1 ? "key" : "keys") : "",
                     metrics);
}

}  // namespace

Status run(const Config& config, Store& store) {
  handle(SIGPIPE, SIG_IGN);
  give_large_blocks_back();
  HangupThread hangup;
  KV_ASSIGN(const auto server, Server::start(config, store));
  signalled_server.store(server.get());
  hangup.set_server(server.get());
  handle(SIGTERM, on_stop_signal);
  handle(SIGINT, on_stop_signal);
  if (!config.quiet) {
    std::fputs(ready_line(config, *server, store).c_str(), stderr);
    std::fflush(stderr);
  }
  tell_service_manager(fmt::format("READY=1\nSTATUS=serving on {}", server->places()));
  server->wait();
  hangup.set_server(nullptr);
  tell_service_manager("STOPPING=1");
  Status closed = store.close();
  // From here on a first signal has nothing to stop; a second still ends.
  signalled_server.store(nullptr);
  return closed;
}

}  // namespace kvstore::server
