// What main calls: a server for as long as the process lives.

#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "server/server.h"
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

std::string ready_line(const Server& server, Store& store) {
  const auto keys = store.count();
  return fmt::format("kvstore: ready on {}, serving {}{}\n", server.endpoint().to_string(),
                     store.path(), keys ? fmt::format(" ({} {})", *keys, *keys == 1 ? "key" : "keys") : "");
}

}  // namespace

Status run(const Config& config, Store& store) {
  handle(SIGPIPE, SIG_IGN);
  give_large_blocks_back();
  KV_ASSIGN(const auto server, Server::start(config, store));
  signalled_server.store(server.get());
  handle(SIGTERM, on_stop_signal);
  handle(SIGINT, on_stop_signal);
  std::fputs(ready_line(*server, store).c_str(), stderr);
  std::fflush(stderr);
  server->wait();
  Status closed = store.close();
  // From here on a first signal has nothing to stop; a second still ends.
  signalled_server.store(nullptr);
  return closed;
}

}  // namespace kvstore::server
