#include "src/transfer/replay_server.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "src/client/login.h"

namespace kvstore::transfer {
namespace {

using command::Reply;
using wire::Protocol;

// The limits of what was sent and is not yet answered.
constexpr std::size_t kMaxVersions = 1024, kMaxBytes = std::size_t{1} << 20;

// The first error in a reply, also within an EXEC's array.
const Reply* find_error(const Reply& reply) {
  if (reply.kind == Reply::Kind::kError) return &reply;
  for (const Reply& item : reply.items) {
    if (const Reply* const error = find_error(item)) return error;
  }
  return nullptr;
}

}  // namespace

ServerReplay::ServerReplay(client::Address address, Protocol protocol, std::string resume_key)
    : address_(std::move(address)),
      resume_key_(std::move(resume_key)),
      writer_(make_writer(protocol == Protocol::kText ? Format::kKv : Format::kResp, false)),
      pipeline_(protocol) {}

Result<std::unique_ptr<ServerReplay>> ServerReplay::connect(const client::Address& address,
                                                            const client::Credentials& credentials,
                                                            Protocol protocol,
                                                            std::string resume_key) {
  std::unique_ptr<ServerReplay> target(new ServerReplay(address, protocol, std::move(resume_key)));
  KV_TRY(target->pipeline_.open(address, credentials));
  KV_TRY(target->greet());
  return target;
}

// Finds out which commands the server has.
Status ServerReplay::greet() {
  KV_ASSIGN(const bool has_own, has_pair("BEGIN", "ROLLBACK"));
  if (has_own) {
    begin_ = "BEGIN";
    end_ = "COMMIT";
  } else {
    KV_ASSIGN(const bool has_redis, has_pair("MULTI", "DISCARD"));
    if (has_redis) {
      begin_ = "MULTI";
      end_ = "EXEC";
    }
  }
  if (!resume_key_.empty() && !has_transactions()) {
    return fail(Code::kUsage, "the server has no transactions, which --resume needs",
                "leave out --resume");
  }
  KV_ASSIGN(const Reply stop, pipeline_.ask({"ONERROR", "STOP"}));
  stops_ = stop.kind == Reply::Kind::kOk;
  return {};
}

Result<bool> ServerReplay::has_pair(const std::string& begin, const std::string& end) {
  KV_ASSIGN(const Reply begun, pipeline_.ask({begin}));
  // The server would answer every other command the same way.
  if (begun.kind == Reply::Kind::kError) {
    Error error = client::connection_error(begun.error, address_);
    if (error.code == Code::kNoAuth || error.code == Code::kNetwork) return fail(std::move(error));
    return false;
  }
  KV_ASSIGN(const Reply ended, pipeline_.ask({end}));
  return ended.kind != Reply::Kind::kError;
}

Result<std::optional<std::string>> ServerReplay::position(std::string_view key) {
  KV_ASSIGN(Reply reply, pipeline_.ask({"GET", key}));
  if (reply.kind == Reply::Kind::kError) return fail(reply.error);
  if (reply.kind == Reply::Kind::kMissing) return std::nullopt;
  return std::optional(std::move(reply.text));
}

void ServerReplay::put(std::initializer_list<std::string_view> words) {
  ++put_;
  pipeline_.put(words);
}

void ServerReplay::put(const Change& change) {
  Change plain = change;  // without the fields of a history
  plain.seq = plain.time_us = 0;
  put_ += writer_->write(plain, &pipeline_.unsent());
}

Status ServerReplay::apply(const ReplayStep& step) {
  if (failure_) return fail(*failure_);
  const std::span<const Change> changes = step.changes;
  const std::string& position = step.position;
  // A sorted set takes more than one command.
  const bool is_set = changes.size() == 1 && changes[0].type == ValueType::kZset;
  const bool together = has_transactions() && (changes.size() > 1 || is_set || !position.empty());
  if (together) put({begin_});
  for (const Change& change : changes) put(change);
  if (!position.empty()) put({"SET", resume_key_, position});
  if (together) put({end_});
  attempted_ = step.seq;
  const Unanswered before = std::exchange(
      taken_, Unanswered{taken_.versions + step.ends_version, taken_.changes + changes.size()});
  if (put_ > 0) {  // 0: a piece of a set that ends within its first change
    sent_.push_back(
        {step.seq, std::exchange(put_, 0), std::exchange(taken_, {}), false, step.ends_version});
  }
  Status taken = make_room();
  // Versions that were not accepted are not counted.
  if (!taken) (taken_.changes > 0 ? taken_ : sent_.back().what) = before;
  return taken;
}

// Makes room for more requests, in memory and on the connection.
Status ServerReplay::make_room() {
  if (sent_.size() >= kMaxVersions) KV_TRY(take_replies(kMaxVersions / 2));
  while (pipeline_.unsent().size() >= kMaxBytes && !sent_.empty()) {
    KV_TRY(take_replies(sent_.size() - 1));
  }
  return {};
}

ReplayTarget::Unanswered ServerReplay::unanswered() const {
  Unanswered all = taken_;
  for (const Sent& sent : sent_) {
    all.versions += sent.what.versions;
    all.changes += sent.what.changes;
  }
  return all;
}

// After an error the server executes nothing more if it stops there, and a transaction that was not
// ended has no effect: only changes that were sent one by one may have been made in part.
void ServerReplay::note_refusal() {
  if (!stops_) return;
  const Sent& refused = sent_.front();
  const bool is_partial = (refused.is_begun && !has_transactions()) || has_part_of_ == refused.seq;
  attempted_ = is_partial ? std::max(acknowledged_, refused.seq) : acknowledged_;
}

Status ServerReplay::settle() {
  if (failure_) return fail(*failure_);
  return take_replies(0);
}

// Takes replies until `leave` requests are unanswered; sends everything first.
Status ServerReplay::take_replies(std::size_t leave) {
  while (sent_.size() > leave) {
    Status taken = take_reply();
    if (taken) continue;
    failure_ = taken.error();
    return taken;
  }
  return {};
}

Status ServerReplay::take_reply() {
  KV_ASSIGN(const Reply reply, pipeline_.receive());
  Sent& first = sent_.front();
  if (const Reply* const error = find_error(reply)) {
    const std::string version = first.seq == 0 ? "" : fmt::format("seq {}: ", first.seq);
    note_refusal();
    return fail(error->error.code, version + error->error.message, error->error.hint);
  }
  first.is_begun = true;
  if (--first.replies > 0) return {};
  (first.ends_version ? acknowledged_ : has_part_of_) = first.seq;
  sent_.pop_front();
  return {};
}

}  // namespace kvstore::transfer
