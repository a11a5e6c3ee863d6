#include "server/tls_transport.h"

#include <sys/socket.h>

#include <utility>

#include "server/http/conversation.h"
#include "src/tls/channel.h"

namespace kvstore::server {
namespace {

// OpenSSL's memory for one connection, measured with 300 idle connections of TLS 1.3 (private
// memory, compared with 300 plain ones). Reading or writing a record takes 16 KiB more for each
// direction for a moment.
constexpr std::size_t kOfTls = std::size_t{50} << 10;

Transfer transfer_of(tls::Channel::Moved moved) {
  using From = tls::Channel::Result;
  using To = Transfer::Result;
  switch (moved.result) {
    case From::kDone:
      return {To::kDone, moved.size};
    case From::kBlocked:
      return {To::kBlocked, 0};
    case From::kEnd:
      return {To::kEnd, 0};
    case From::kBroken:
      return {To::kBroken, 0};
  }
  return {To::kBroken, 0};
}

std::string answer_to_plain_text(bool is_http) {
  if (!is_http)
    return "-ERR USAGE this port speaks TLS; redis-cli --tls, or kvstore connect --tls\r\n";
  return http::refusal(Error{Code::kUsage, "this port speaks TLS", "https:// instead of http://"});
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(file::Descriptor socket, std::unique_ptr<tls::Channel> channel)
      : socket_(std::move(socket)), channel_(std::move(channel)) {}

  Transfer read(char* bytes, std::size_t size) override {
    return answer_plain_text(note_received(transfer_of(channel_->read(bytes, size))));
  }
  Transfer read_waiting(char* bytes, std::size_t size) override {
    return answer_plain_text(note_received(transfer_of(channel_->read_waiting(bytes, size))));
  }
  Transfer write(std::string_view bytes) override {
    return answer_plain_text(note_sent(transfer_of(channel_->write(bytes))));
  }

  void finish_writing() override {
    channel_->finish_writing();
    ::shutdown(socket_.get(), SHUT_WR);
  }
  void abort() override { ::shutdown(socket_.get(), SHUT_RDWR); }

  int descriptor() const override { return socket_.get(); }
  short read_events() const override { return channel_->read_events(); }
  short write_events() const override { return channel_->write_events(); }
  bool has_buffered() const override { return channel_->has_buffered(); }
  bool is_ready() const override { return channel_->is_established(); }
  std::size_t memory() const override { return kOfTls; }
  std::string problem() const override {
    return channel_->met_plain_text() ? "plain text on a TLS port" : channel_->problem();
  }

 private:
  // A client that speaks plain text can read a plain-text error.
  Transfer answer_plain_text(Transfer moved) {
    if (moved.result == Transfer::Result::kBroken && channel_->met_plain_text() && !told_) {
      told_ = true;
      // Unread, it would reset the connection, and take the answer with it.
      char rest[kDrainedAtOnce];
      (void)!::recv(socket_.get(), rest, sizeof rest, MSG_DONTWAIT);
      const std::string answer = answer_to_plain_text(kind() == "https");
      (void)::send(socket_.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return moved;
  }

  const file::Descriptor socket_;
  const std::unique_ptr<tls::Channel> channel_;
  bool told_ = false;
};

}  // namespace

std::unique_ptr<Transport> tls_transport(file::Descriptor socket, const tls::Context& context) {
  auto channel = tls::Channel::accept(context, socket.get());
  if (channel == nullptr) return nullptr;
  return std::make_unique<TlsTransport>(std::move(socket), std::move(channel));
}

}  // namespace kvstore::server
