#include "src/bench/server_target.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "src/base/random.h"
#include "src/client/connection.h"
#include "src/client/login.h"
#include "src/client/resp_request.h"
#include "src/client/text_request.h"

namespace kvstore::bench {
namespace {

using command::Reply;
using wire::Protocol;
using wire::ReplyParser;

constexpr std::uint64_t kKeysADelete = 2048;
constexpr int kLook_ms = 200;  // whether it was interrupted

// Sends requests and receives replies, in their order.
class Exchange {
 public:
  explicit Exchange(Protocol protocol) : protocol_(protocol), replies_(protocol) {}
  // With the login, if there is a password.
  Status open(const client::Address& address, const client::Credentials& credentials);
  Protocol protocol() const { return protocol_; }
  void interrupt() { interrupted_ = true; }

  std::string& out() { return out_; }
  // The next reply; whatever has not been sent yet is sent.
  Result<Reply> receive();

 private:
  const Protocol protocol_;
  client::Connection connection_;
  ReplyParser replies_;
  std::string out_, in_;
  std::atomic<bool> interrupted_{false};
};

Status Exchange::open(const client::Address& address, const client::Credentials& credentials) {
  KV_TRY(connection_.open(address));
  if (!client::append_login(credentials, protocol_, &out_)) return {};
  KV_ASSIGN(const Reply answer, receive());
  return client::check_login(answer, address);
}

Result<Reply> Exchange::receive() {
  std::size_t sent = 0;
  for (;;) {
    switch (replies_.next()) {
      case ReplyParser::Event::kReply:
        out_.erase(0, sent);
        return replies_.take();
      case ReplyParser::Event::kError:
        return fail(replies_.error());
      case ReplyParser::Event::kNeedInput:
        break;
    }
    if (interrupted_) return fail(Code::kTimeout, "the server did not answer");
    in_.clear();
    KV_TRY(connection_.exchange(std::string_view(out_).substr(sent), &sent, &in_, kLook_ms));
    replies_.feed(in_);
  }
}

class ServerSession final : public Session {
 public:
  ServerSession(std::unique_ptr<Exchange> exchange, const Payload& payload)
      : exchange_(std::move(exchange)), payload_(payload) {}

  void send(const Operation& operation) override;
  Result<Answer> receive() override;
  void interrupt() override { exchange_->interrupt(); }

 private:
  void send_text(const Operation& operation);
  void send_resp(const Operation& operation);
  Answer answer(const Operation& operation, const Reply& reply) const;
  Answer answer_scan(const Operation& operation, const Reply& reply) const;

  const std::unique_ptr<Exchange> exchange_;
  const Payload& payload_;
  std::string key_;
  std::deque<Operation> sent_;
};

void ServerSession::send(const Operation& operation) {
  payload_.key(operation.key, &key_);
  if (exchange_->protocol() == Protocol::kText) {
    send_text(operation);
  } else {
    send_resp(operation);
  }
  sent_.push_back(operation);
}

// Keys are words of the text language as they are.
void ServerSession::send_text(const Operation& operation) {
  std::string& out = exchange_->out();
  switch (operation.action) {
    case Action::kRead:
      out += "GET " + key_ + '\n';
      return;
    case Action::kReadRange:
      out += fmt::format("READ {} {} {}\n", key_, operation.offset, operation.count);
      return;
    case Action::kScan:
      out +=
          fmt::format("RANGE {} {} LIMIT {} VALUES\n", key_, payload_.last_key(), operation.count);
      return;
    case Action::kAppend:
      return client::append_counted_append(key_, payload_.piece(operation.key), &out);
    default:
      return client::append_counted_set(key_, payload_.piece(operation.key), &out);
  }
}

void ServerSession::send_resp(const Operation& operation) {
  std::string& out = exchange_->out();
  const std::string count = fmt::to_string(operation.count);
  switch (operation.action) {
    case Action::kRead:
      return client::append_resp_request({"GET", key_}, &out);
    case Action::kReadRange:
      return client::append_resp_request({"READ", key_, fmt::to_string(operation.offset), count},
                                         &out);
    case Action::kScan:
      return client::append_resp_request(
          {"RANGE", key_, payload_.last_key(), "LIMIT", count, "VALUES"}, &out);
    case Action::kAppend:
      return client::append_resp_request({"APPEND", key_, payload_.piece(operation.key)}, &out);
    default:
      return client::append_resp_request({"SET", key_, payload_.piece(operation.key)}, &out);
  }
}

Result<Answer> ServerSession::receive() {
  KV_ASSIGN(const Reply reply, exchange_->receive());
  const Operation operation = sent_.front();
  sent_.pop_front();
  return answer(operation, reply);
}

Answer ServerSession::answer(const Operation& operation, const Reply& reply) const {
  if (reply.kind == Reply::Kind::kError) return {.failure = reply.error};
  switch (operation.action) {
    case Action::kRead:
    case Action::kReadRange:
      return {reply.text.size(),
              check_value(payload_, operation, reply.kind == Reply::Kind::kValue, reply.text)};
    case Action::kScan:
      return answer_scan(operation, reply);
    default:
      return {.bytes = payload_.size()};
  }
}

Answer ServerSession::answer_scan(const Operation& operation, const Reply& reply) const {
  ScanCheck check(payload_, operation);
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    check.take(reply.items[i].text, reply.items[i + 1].text);
  }
  return {check.bytes(), check.finish()};
}

Result<std::unique_ptr<Exchange>> connect(const client::Address& address,
                                          const client::Credentials& credentials,
                                          Protocol protocol) {
  auto exchange = std::make_unique<Exchange>(protocol);
  KV_TRY(exchange->open(address, credentials));
  return exchange;
}

}  // namespace

ServerTarget::ServerTarget(client::Address address, client::Credentials credentials,
                           Protocol protocol)
    : address_(std::move(address)),
      credentials_(std::move(credentials)),
      protocol_(protocol),
      run_(fmt::format("kvbench:{:016x}:", random_bits())) {}

Status ServerTarget::check() const {
  KV_ASSIGN(const auto exchange, connect(address_, credentials_, protocol_));
  if (protocol_ == Protocol::kText) {
    exchange->out() += "PING\n";
  } else {
    client::append_resp_request({"PING"}, &exchange->out());
  }
  KV_ASSIGN(const Reply reply, exchange->receive());
  if (reply.kind != Reply::Kind::kError || reply.error.code == Code::kNoPerm) return {};
  return fail(client::connection_error(reply.error, address_));
}

Status ServerTarget::prepare(std::size_t size) {
  payload_ = std::make_unique<Payload>(size, fmt::format("{}{}:", run_, places_++));
  return {};
}

Result<std::unique_ptr<Session>> ServerTarget::session(bool) {
  KV_ASSIGN(auto exchange, connect(address_, credentials_, protocol_));
  return std::make_unique<ServerSession>(std::move(exchange), *payload_);
}

Status ServerTarget::clean(std::uint64_t keys) {
  KV_ASSIGN(const auto exchange, connect(address_, credentials_, protocol_));
  std::string key;
  for (std::uint64_t number = 0; number < keys;) {
    exchange->out() += "DEL";  // an inline command, too
    for (const std::uint64_t end = std::min(keys, number + kKeysADelete); number < end; ++number) {
      payload_->key(number, &key);
      exchange->out() += ' ' + key;
    }
    exchange->out() += '\n';
    KV_ASSIGN(const Reply reply, exchange->receive());
    if (reply.kind == Reply::Kind::kError) return fail(reply.error);
  }
  return {};
}

std::string ServerTarget::description() const {
  return fmt::format("{}{}, {}", address_.name(), address_.tls ? " by TLS" : "",
                     protocol_ == Protocol::kText ? "text" : "RESP");
}

}  // namespace kvstore::bench
