#include "server/server.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>

#include <fmt/core.h>

#include "server/acceptor.h"
#include "server/connections.h"
#include "server/shared.h"
#include "server/socket.h"
#include "server/wakeup.h"
#include "src/base/human.h"
#include "src/base/mutex.h"
#include "src/store/store.h"

namespace kvstore::server {
namespace {

constexpr rlim_t kOtherDescriptors = 64;  // the file, the log, the listener, spares

// As many descriptors as the connections may need, if the system lets us.
void raise_descriptor_limit(const Shared& shared) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = shared.config.max_connections + kOtherDescriptors;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    shared.log->warn("only {} file descriptors: fewer than {} connections will be served",
                     limit.rlim_cur, shared.config.max_connections);
  }
}

}  // namespace

class Server::Impl {
 public:
  Impl(const Config& config, Store& store, Log log)
      : shared_(config, store, std::move(log)), connections_(shared_) {}

  ~Impl() {
    request_stop();
    if (thread_.joinable()) thread_.join();
  }

  Status start() {
    stop_event_ = file::Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!stop_event_) return fail_errno(errno, "create", "an event");
    KV_ASSIGN(Listening listening, listen_on(shared_.config.listen, shared_.config.unsafe_listen));
    listener_ = std::move(listening.socket);
    shared_.endpoint = listening.endpoint;
    raise_descriptor_limit(shared_);
    install_wakeup_signal();
    log_start();
    acceptor_ =
        std::make_unique<Acceptor>(shared_, connections_, listener_.get(), stop_event_.get());
    return start_thread();
  }

  void request_stop() {
    const std::uint64_t one = 1;
    if (stop_event_) (void)!::write(stop_event_.get(), &one, sizeof one);
  }

  void wait() {
    MutexLock lock(mutex_);
    while (!done_) done_changed_.wait(mutex_);
  }

  const Endpoint& endpoint() const { return shared_.endpoint; }

 private:
  Status start_thread() try {
    thread_ = std::thread([this] { serve(); });
    return {};
  } catch (const std::system_error& error) {
    return fail(Code::kLimit, fmt::format("no thread to serve with: {}", error.code().message()),
                "allow more threads (ulimit -u), or end some programs");
  }

  // Takes no memory that it cannot do without.
  void serve() {
    acceptor_->run();
    listener_ = {};
    drain();
    MutexLock lock(mutex_);
    done_ = true;
    done_changed_.notify_all();
  }

  void drain() {
    log_if_possible(shared_.log, Level::kInfo, "stopping: {} to finish",
                    plural(connections_.count(), "connection"));
    shared_.stopping.store(true);
    connections_.stop_all();
    const std::chrono::milliseconds limit(shared_.config.drain_timeout_ms);
    const bool unlimited = limit.count() == 0;
    if (!connections_.wait_until_none(unlimited ? std::nullopt : std::optional(limit))) {
      log_if_possible(
          shared_.log, Level::kWarn, "{} did not finish within {} s: closing what is left",
          plural(connections_.count(), "connection"), static_cast<double>(limit.count()) / 1000.0);
      connections_.abort_all();
      connections_.wait_until_none(std::nullopt);
    }
    log_if_possible(shared_.log, Level::kInfo, "stopped after {} commands on {} connections",
                    shared_.commands.load(), shared_.accepted.load());
  }

  void log_start() {
    const std::string path = log_text(shared_.store.path());
    shared_.log->info("serving {} on {}", path, shared_.endpoint.to_string());
    log_open(shared_);
  }

  Shared shared_;
  Connections connections_;
  file::Descriptor stop_event_;
  file::Descriptor listener_;
  std::unique_ptr<Acceptor> acceptor_;
  std::thread thread_;
  Mutex mutex_;
  CondVar done_changed_;
  bool done_ KV_GUARDED_BY(mutex_) = false;
};

Result<std::unique_ptr<Server>> Server::start(const Config& config, Store& store) try {
  KV_ASSIGN(Log log, open_log(config, store.path()));
  auto impl = std::make_unique<Impl>(config, store, std::move(log));
  KV_TRY(impl->start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "not enough memory for a server");
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }
const Endpoint& Server::endpoint() const { return impl_->endpoint(); }
void Server::wait() { impl_->wait(); }
void Server::request_stop() { impl_->request_stop(); }

void Server::stop() {
  request_stop();
  wait();
}

}  // namespace kvstore::server
