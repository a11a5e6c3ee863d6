#include "server/metrics_endpoint.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <new>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "server/metrics.h"
#include "server/tls_transport.h"
#include "src/base/clock.h"
#include "src/wire/http/response.h"
#include "src/wire/http/target.h"

namespace kvstore::server {
namespace {

namespace http = wire::http;

constexpr std::size_t kMostClients = 16;
constexpr std::chrono::seconds kPatience(10);  // from the connection to the last byte of the
                                               // response
constexpr int kTick_ms = 1000;

std::string response(unsigned status, std::string_view type, std::string_view body, bool with_body,
                     std::string_view allow = {}) {
  http::ResponseHead head{
      .status = status, .content_type = type, .content_length = body.size(), .closes = true};
  if (!allow.empty()) head.add("Allow", std::string(allow));
  std::string out;
  http::append_head(head, believed_now_us() / 1'000'000, &out);
  if (with_body) out += body;
  return out;
}

std::string refusal(unsigned status, std::string_view why, std::string_view allow = {}) {
  return response(status, "text/plain; charset=utf-8", fmt::format("{}\n", why), true, allow);
}

// Requests are short.
constexpr http::ParserLimits kParserLimits{
    .max_line = 1024, .max_fields = std::size_t{8} << 10, .max_field_count = 50, .max_body = 0};

std::unique_ptr<http::Parser> new_parser() { return std::make_unique<http::Parser>(kParserLimits); }

}  // namespace

std::string answer_metrics_request(const http::Head& head,
                                   const std::function<std::string()>& text) {
  const auto target = http::parse_target(head.target);
  if (!target || target->path != "/metrics") {
    return refusal(404, "there is /metrics, and nothing else");
  }
  if (!target->query.empty()) return refusal(400, "/metrics has no parameters");
  if (head.method != "GET" && head.method != "HEAD")
    return refusal(405, "GET or HEAD", "GET, HEAD");
  if (head.has_body) return refusal(413, "a request for /metrics has no body");
  return response(200, kMetricsType, text(), head.method == "GET");
}

// On loopback no certificate is used, because Prometheus would have to be configured for it.
Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::start(Shared& shared) try {
  const bool has_tls = !shared.config.tls.certificate.empty();
  auto listening =
      listen_on(*shared.config.metrics, shared.config.unsafe_listen || has_tls, "--metrics");
  if (!listening && listening.error().code == Code::kUsage) {
    return fail(Code::kUsage,
                fmt::format("--metrics {} is outside loopback", shared.config.metrics->to_string()),
                "--metrics 127.0.0.1:PORT, a certificate (--tls-cert), or --unsafe-listen if the "
                "network is trusted");
  }
  if (!listening) return fail(listening.error());
  const bool is_tls = has_tls && !is_loopback(listening->endpoint);
  std::unique_ptr<MetricsEndpoint> endpoint(
      new MetricsEndpoint(shared, std::move(*listening), is_tls));
  if (!endpoint->stop_event_) return fail_errno(errno, "create", "an event");
  endpoint->thread_ = std::thread([self = endpoint.get()] { self->run(); });
  shared.log->info("figures for Prometheus at http{}://{}/metrics", is_tls ? "s" : "",
                   endpoint->endpoint().to_string());
  return endpoint;
} catch (const std::system_error& error) {
  return fail(Code::kLimit, fmt::format("no thread for --metrics: {}", error.code().message()),
              "allow more threads (ulimit -u), or end some programs");
}

MetricsEndpoint::MetricsEndpoint(Shared& shared, Listening listening, bool is_tls)
    : shared_(shared),
      listening_(std::move(listening)),
      is_tls_(is_tls),
      stop_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void MetricsEndpoint::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  (void)!::write(stop_event_.get(), &one, sizeof one);
  thread_.join();
  clients_.clear();
}

// An exception ends the present clients, but not the thread.
void MetricsEndpoint::run() {
  while (true) {
    try {
      std::vector<pollfd> polled{{stop_event_.get(), POLLIN, 0},
                                 {listening_.socket.get(), POLLIN, 0}};
      for (const Client& client : clients_) {
        const Transport& transport = *client.transport;
        const short events = client.answered ? transport.write_events() : transport.read_events();
        polled.push_back({transport.descriptor(), events, 0});
      }
      ::poll(polled.data(), polled.size(), clients_.empty() ? -1 : kTick_ms);
      if (polled[0].revents != 0) return;
      if (polled[1].revents != 0) accept_some();
      turn();
    } catch (const std::bad_alloc&) {
      clients_.clear();
      log_if_possible(shared_.log, Level::kError, "no memory to answer /metrics with");
      pollfd stop{stop_event_.get(), POLLIN, 0};
      ::poll(&stop, 1, kTick_ms);
    }
  }
}

// Who has asked is answered first. Then the oldest goes, rather one that has asked for nothing.
void MetricsEndpoint::make_place() {
  turn();
  if (clients_.size() < kMostClients) return;
  const auto silent = std::find_if(clients_.begin(), clients_.end(),
                                   [](const Client& client) { return !client.answered; });
  clients_.erase(silent != clients_.end() ? silent : clients_.begin());
}

// Not all at once of very many: those who are there have their turn, too.
void MetricsEndpoint::accept_some() {
  for (std::size_t i = 0; i < kMostClients; ++i) {
    file::Descriptor socket(::accept4(listening_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) {
      // Otherwise, with no descriptors left, poll() would return at once again.
      if (errno == EMFILE || errno == ENFILE)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return;
    }
    if (clients_.size() >= kMostClients) make_place();
    std::unique_ptr<Transport> transport;
    if (is_tls_)
      transport = tls_transport(std::move(socket), shared_.certificates->current());
    else
      transport = plain_transport(std::move(socket));
    if (transport == nullptr) throw std::bad_alloc();
    transport->set_kind(is_tls_ ? "https" : "http");
    clients_.push_back({std::move(transport), new_parser(), {}, 0, Clock::now() + kPatience});
  }
}

void MetricsEndpoint::turn() {
  for (Client& client : clients_) serve(client);
  std::erase_if(clients_, [now = Clock::now()](const Client& client) {
    return client.done || now >= client.until;
  });
}

void MetricsEndpoint::serve(Client& client) {
  if (!client.answered) receive(client);
  if (client.answered && !client.done) send(client);
}

void MetricsEndpoint::receive(Client& client) {
  char bytes[2048];
  while (!client.answered) {
    const Transfer got = client.transport->read(bytes, sizeof bytes);
    if (got.is_blocked()) return;
    if (!got.is_done()) {
      client.done = true;
      return;
    }
    client.parser->feed({bytes, got.size});
    take(client);
  }
}

void MetricsEndpoint::take(Client& client) {
  using Event = http::Parser::Event;
  switch (client.parser->next()) {
    case Event::kNeedInput:
      return;
    case Event::kError:
      client.out = refusal(client.parser->error().status, client.parser->error().message);
      break;
    case Event::kHead:
    case Event::kRequest:
      client.out =
          answer_metrics_request(client.parser->head(), [this] { return metrics_text(shared_); });
      break;
  }
  client.answered = true;
}

// Further input is read and discarded, because unread bytes would reset the connection and discard
// the response.
void MetricsEndpoint::send(Client& client) {
  while (client.sent < client.out.size()) {
    const Transfer sent = client.transport->write(std::string_view(client.out).substr(client.sent));
    if (sent.is_blocked()) return;
    if (!sent.is_done()) {
      client.done = true;
      return;
    }
    client.sent += sent.size;
  }
  client.transport->drain();
  client.transport->finish_writing();
  client.done = true;
}

}  // namespace kvstore::server
