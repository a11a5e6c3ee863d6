#include "server/server.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "server/acceptor.h"
#include "server/acl_file.h"
#include "server/config_check.h"
#include "server/connections.h"
#include "server/control.h"
#include "server/listener.h"
#include "server/metrics_endpoint.h"
#include "server/shared.h"
#include "server/wakeup.h"
#include "src/base/check.h"
#include "src/base/human.h"
#include "src/base/mutex.h"
#include "src/options/password_file.h"
#include "src/store/store.h"

namespace kvstore::server {
namespace {

constexpr rlim_t kOtherDescriptors = 64;  // the file, the log, the listener, spares

// Raises the limit of descriptors to what the connections may need, if permitted.
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

Result<std::string> password_of(const Config& config) {
  if (config.password_file.empty()) {
    return config.password.empty() ? config.password_hash : config.password;
  }
  return option_checks::read_password_file(config.password_file);
}

Status load_again(Certificates& certificates, const tls::ServerFiles& files) {
  for (const std::string* const file : {&files.certificate, &files.key, &files.ca}) {
    if (!file->empty()) KV_TRY(check_regular_file(*file));
  }
  return certificates.load(files);
}

}  // namespace

class Server::Impl {
 public:
  Impl(const Config& config, Store& store, Log log)
      : shared_(config, store, std::move(log)),
        connections_(shared_),
        control_(shared_, connections_, [this] { request_stop(); }) {
    shared_.control = &control_;
    shared_.all_connections = &connections_;
  }

  ~Impl() {
    request_stop();
    if (thread_.joinable()) thread_.join();
  }

  Status start() {
    stop_event_ = file::Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!stop_event_) return fail_errno(errno, "create", "an event");
    KV_TRY(load_users());
    KV_TRY(open());
    raise_descriptor_limit(shared_);
    install_wakeup_signal();
    KV_TRY(shared_.keyspace_events.set_classes(
        command::parse_event_classes(shared_.config.notify_keyspace_events).value_or(0)));
    log_start();
    if (shared_.config.metrics) {
      KV_ASSIGN(metrics_, MetricsEndpoint::start(shared_));
    }
    acceptor_ = std::make_unique<Acceptor>(shared_, connections_, listeners_, stop_event_.get());
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
  const std::string& places() const { return shared_.places; }
  const Endpoint& tls_endpoint() const {
    return endpoint_of([](const Listener& one) {
      return one.kind == Listener::Kind::kTls && one.speaks != Listener::Speaks::kHttp;
    });
  }
  const Endpoint& http_endpoint() const {
    return endpoint_of([](const Listener& one) { return one.speaks == Listener::Speaks::kHttp; });
  }

  const Endpoint& metrics_endpoint() const {
    KV_CHECK(metrics_ != nullptr);
    return metrics_->endpoint();
  }

  std::function<void()> certificate_reload() const {
    return [certificates = shared_.certificates, files = shared_.config.tls, log = shared_.log] {
      if (files.certificate.empty()) return;
      if (const Status loaded = load_again(*certificates, files); loaded) {
        log->info("the certificates were read again");
      } else {
        log->error("the old certificates stay: {}", loaded.error().message);
      }
    };
  }

 private:
  const Endpoint& endpoint_of(bool (*is_it)(const Listener&)) const {
    const auto found = std::find_if(listeners_.begin(), listeners_.end(), is_it);
    KV_CHECK(found != listeners_.end());
    return found->endpoint;
  }

  Status open() {
    const Config& config = shared_.config;
    const bool has_tls = !config.tls.certificate.empty() || !config.tls.key.empty();
    if (has_tls || config.tls_listen) KV_TRY(load_certificates());
    KV_ASSIGN(listeners_, open_listeners(config, !shared_.users.is_open()));
    for (const Listener& one : listeners_) {
      shared_.places += (shared_.places.empty() ? "" : " and ") + one.name();
      if (one.kind == Listener::Kind::kUnix) socket_name_ = SocketName(one.path);
    }
    shared_.endpoint = listeners_.front().endpoint;
    return {};
  }

  Status load_certificates() {
    const tls::ServerFiles& files = shared_.config.tls;
    if (files.certificate.empty() || files.key.empty()) {
      return fail(Code::kUsage, "TLS needs a certificate and its key",
                  "--tls-cert FILE --tls-key FILE");
    }
    KV_TRY(shared_.certificates->load(files));
    if (files.clients == tls::ClientCertificates::kNone && !files.ca.empty()) {
      shared_.log->warn(
          "--tls-ca is not used: no certificate of clients is asked for (--tls-clients require "
          "asks for one)");
    }
    if (files.clients != tls::ClientCertificates::kRequired && shared_.users.is_open()) {
      shared_.log->warn(
          "whoever connects by TLS may do everything: there is no password, and no "
          "certificate of clients is asked for");
    }
    return {};
  }

  Status load_users() {
    KV_ASSIGN(const std::string password, password_of(shared_.config));
    const bool is_from_hash = password == shared_.config.password_hash;
    if (is_from_hash && !password.empty() && !shared_.users.is_hash(password)) {
      return fail(Code::kUsage, "--password-hash takes an argon2id hash, and no password",
                  "--password-file FILE");
    }
    if (!password.empty()) KV_TRY(shared_.users.set_default_password(password));
    shared_.users.set_file(shared_.config.acl_file);
    shared_.users.on_doubt([this](const std::string& doubt) { shared_.log->warn("{}", doubt); });
    if (!shared_.config.acl_file.empty()) KV_TRY(shared_.users.load_first());
    shared_.users.on_change([this] { connections_.wake_all(); });
    return {};
  }

  Status start_thread() try {
    thread_ = std::thread([this] { serve(); });
    return {};
  } catch (const std::system_error& error) {
    return fail(Code::kLimit, fmt::format("no thread to serve with: {}", error.code().message()),
                "allow more threads (ulimit -u), or end some programs");
  }

  // Allocates as little as possible.
  void serve() {
    acceptor_->run();
    if (metrics_ != nullptr) metrics_->stop();
    for (Listener& one : listeners_) one.socket = {};
    socket_name_ = {};
    drain();
    MutexLock lock(mutex_);
    done_ = true;
    done_changed_.notify_all();
  }

  void drain() {
    log_if_possible(shared_.log, Level::kInfo, "stopping: {} to finish",
                    plural(connections_.count(), "connection"));
    shared_.stopping.store(true);
    shared_.users.stop();
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
    shared_.log->info("serving {} on {}", path, shared_.places);
    log_open(shared_);
  }

  Shared shared_;
  Connections connections_;
  Control control_;
  file::Descriptor stop_event_;
  std::vector<Listener> listeners_;
  SocketName socket_name_;  // of a Unix socket
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<MetricsEndpoint> metrics_;
  std::thread thread_;
  Mutex mutex_;
  CondVar done_changed_;
  bool done_ KV_GUARDED_BY(mutex_) = false;
};

Result<std::unique_ptr<Server>> Server::start(const Config& config, Store& store) try {
  KV_TRY(check_config(config));
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
const Endpoint& Server::tls_endpoint() const { return impl_->tls_endpoint(); }
const Endpoint& Server::http_endpoint() const { return impl_->http_endpoint(); }
const Endpoint& Server::metrics_endpoint() const { return impl_->metrics_endpoint(); }
std::string Server::places() const { return impl_->places(); }
void Server::reload_certificates() { certificate_reload()(); }
std::function<void()> Server::certificate_reload() const { return impl_->certificate_reload(); }
void Server::wait() { impl_->wait(); }
void Server::request_stop() { impl_->request_stop(); }

void Server::stop() {
  request_stop();
  wait();
}

}  // namespace kvstore::server
