#include "src/bench/server_target.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "src/base/random.h"
#include "src/client/login.h"
#include "src/client/pipeline.h"
#include "src/client/resp_request.h"
#include "src/client/text_request.h"

namespace kvstore::bench {
namespace {

using command::Reply;
using wire::Protocol;

constexpr std::uint64_t kKeysADelete = 2048;

class ServerSession final : public Session {
 public:
  ServerSession(std::unique_ptr<client::Pipeline> pipeline, const Payload& payload)
      : pipeline_(std::move(pipeline)), payload_(payload) {}

  void send(const Operation& operation) override;
  Result<Answer> receive() override;
  void interrupt() override { pipeline_->interrupt(); }

 private:
  void send_text(const Operation& operation);
  void send_resp(const Operation& operation);
  Answer answer(const Operation& operation, const Reply& reply) const;
  Answer answer_scan(const Operation& operation, const Reply& reply) const;

  const std::unique_ptr<client::Pipeline> pipeline_;
  const Payload& payload_;
  std::string key_;
  std::deque<Operation> sent_;
};

void ServerSession::send(const Operation& operation) {
  payload_.key(operation.key, &key_);
  if (pipeline_->protocol() == Protocol::kText) {
    send_text(operation);
  } else {
    send_resp(operation);
  }
  sent_.push_back(operation);
}

// Keys need no quotes in the text language.
void ServerSession::send_text(const Operation& operation) {
  std::string& out = pipeline_->unsent();
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
  std::string& out = pipeline_->unsent();
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
  KV_ASSIGN(const Reply reply, pipeline_->receive());
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

Result<std::unique_ptr<client::Pipeline>> connect(const client::Address& address,
                                                  const client::Credentials& credentials,
                                                  Protocol protocol) {
  auto pipeline = std::make_unique<client::Pipeline>(protocol);
  KV_TRY(pipeline->open(address, credentials));
  return pipeline;
}

}  // namespace

ServerTarget::ServerTarget(client::Address address, client::Credentials credentials,
                           Protocol protocol)
    : address_(std::move(address)),
      credentials_(std::move(credentials)),
      protocol_(protocol),
      run_(fmt::format("kvbench:{:016x}:", random_bits())) {}

Status ServerTarget::check() const {
  KV_ASSIGN(const auto pipeline, connect(address_, credentials_, protocol_));
  if (protocol_ == Protocol::kText) {
    pipeline->unsent() += "PING\n";
  } else {
    client::append_resp_request({"PING"}, &pipeline->unsent());
  }
  KV_ASSIGN(const Reply reply, pipeline->receive());
  if (reply.kind != Reply::Kind::kError || reply.error.code == Code::kNoPerm) return {};
  return fail(client::connection_error(reply.error, address_));
}

Status ServerTarget::prepare(std::size_t size) {
  payload_ = std::make_unique<Payload>(size, fmt::format("{}{}:", run_, places_++));
  return {};
}

Result<std::unique_ptr<Session>> ServerTarget::session(bool) {
  KV_ASSIGN(auto pipeline, connect(address_, credentials_, protocol_));
  return std::make_unique<ServerSession>(std::move(pipeline), *payload_);
}

Status ServerTarget::clean(std::uint64_t keys) {
  KV_ASSIGN(const auto pipeline, connect(address_, credentials_, protocol_));
  std::string key;
  for (std::uint64_t number = 0; number < keys;) {
    pipeline->unsent() += "DEL";  // an inline command in Redis' protocol, too
    for (const std::uint64_t end = std::min(keys, number + kKeysADelete); number < end; ++number) {
      payload_->key(number, &key);
      pipeline->unsent() += ' ' + key;
    }
    pipeline->unsent() += '\n';
    KV_ASSIGN(const Reply reply, pipeline->receive());
    if (reply.kind == Reply::Kind::kError) return fail(reply.error);
  }
  return {};
}

std::string ServerTarget::description() const {
  return fmt::format("{}{}, {}", address_.name(), address_.tls ? " by TLS" : "",
                     protocol_ == Protocol::kText ? "text" : "RESP");
}

}  // namespace kvstore::bench
