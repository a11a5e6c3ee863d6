// FOLLOW, UNFOLLOW: changes as they are written.
#include "src/command/rows/follow.h"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/follower.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/streams.h"
#include "src/command/version_name.h"
#include "src/command/words.h"
#include "src/store/change_feed.h"
#include "src/store/value_feed.h"

namespace kvstore::command::handlers {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 10;  // in a message
constexpr std::chrono::milliseconds kLookForExpiry{1000};
constexpr std::chrono::milliseconds kPassOthers{30'000};

bool is_pushed(const Session& session) { return session.dialect() == Dialect::kResp3; }

// --- FOLLOW key

class KeyFollower final : public Follower {
 public:
  KeyFollower(Session& session, ValueFeed feed) : session_(session), feed_(std::move(feed)) {}

  Result<Step> next(ReplySink& to) override {
    KV_ASSIGN(const ValueFeed::Event event, feed_.next(kMostBytes, &bytes_));
    switch (event) {
      case ValueFeed::Event::kNothing:
        std::string().swap(bytes_);
        return Step::kNothing;
      case ValueFeed::Event::kBytes:
        write_bytes(to);
        break;
      case ValueFeed::Event::kAnew:
        bytes_.clear();
        write_event("ANEW", to);
        break;
      case ValueFeed::Event::kRemoved:
        bytes_.clear();
        write_event("REMOVED", to);
        break;
    }
    return Step::kMessage;
  }
  // Expiry is not notified, so poll for it.
  Waiting waiting() const override { return {.keys = {feed_.key()}, .poll = kLookForExpiry}; }
  const std::string* key() const override { return &feed_.key(); }
  std::uint64_t reached() const override { return feed_.offset() + bytes_.size(); }
  std::string what() const override { return "the value of " + quote(feed_.key()); }

 private:
  void write_bytes(ReplySink& to) const {
    if (!is_pushed(session_)) return to.value(bytes_);
    to.begin(Aggregate::kPush, 4);
    to.value("follow");
    to.value(feed_.key());
    to.integer(static_cast<std::int64_t>(feed_.offset()));
    to.value(bytes_);
    to.end();
  }
  void write_event(std::string_view word, ReplySink& to) const {
    if (!is_pushed(session_)) return to.status(word);
    to.begin(Aggregate::kPush, 3);
    to.value("follow");
    to.value(feed_.key());
    to.status(word);
    to.end();
  }

  Session& session_;
  ValueFeed feed_;
  std::string bytes_;
};

Outcome follow_key(Call& call) {
  std::optional<std::int64_t> offset = 0;
  if (call.args.size() > 2) {
    const bool is_new = same_word(call.args[3], "NEW");
    offset = is_new ? std::nullopt : parse_integer(call.args[3]);
    if (!is_new && !offset) {
      return fail(bad_number(call.args[3], "an offset", "FOLLOW key FROM 100, or FROM NEW"));
    }
  }
  KV_ASSIGN(ValueFeed feed, ValueFeed::open(call.store(), std::string(call.args[1]), offset));
  call.reply.integer(static_cast<std::int64_t>(feed.offset()));
  call.session.follow(std::make_unique<KeyFollower>(call.session, std::move(feed)), call.args);
  return {};
}

// --- FOLLOW PREFIX

bool has_value(const KeyWrite& write) {
  const bool is_written = write.kind == Version::Kind::kSet || write.kind == Version::Kind::kAppend;
  return is_written && write.type == ValueType::kString;
}

class PrefixFollower final : public Follower {
 public:
  PrefixFollower(Session& session, ChangeFeed feed) : session_(session), feed_(std::move(feed)) {}

  Result<Step> next(ReplySink& to) override {
    std::unique_ptr<ValueStream> rest;
    KV_ASSIGN(const ChangeFeed::Step step, feed_.next([&](const KeyWrite& write) {
      begin(write, to);
      if (!has_value(write)) {
        to.missing();
      } else if (write.is_long()) {
        rest = std::make_unique<ValueStream>(session_.store(), write.key, write.begin, write.end,
                                             write.seq);
      } else {
        to.value(write.value);
      }
      return Status();
    }));
    if (step != ChangeFeed::Step::kChange) {
      return step == ChangeFeed::Step::kMore ? Step::kMore : Step::kNothing;
    }
    if (rest) {
      KV_TRY(rest->verify());
      to.stream(std::move(rest));
    }
    to.end();
    return Step::kMessage;
  }
  // Poll for writes to other keys, too, to pass them before a compaction drops them.
  Waiting waiting() const override { return {.prefix = feed_.prefix(), .poll = kPassOthers}; }
  const std::string* key() const override { return nullptr; }
  std::uint64_t reached() const override { return feed_.next_seq() - 1; }
  std::string what() const override { return "the keys that begin with " + quote(feed_.prefix()); }

 private:
  void begin(const KeyWrite& write, ReplySink& to) const {
    to.begin(is_pushed(session_) ? Aggregate::kPush : Aggregate::kArray,
             is_pushed(session_) ? 6 : 5);
    if (is_pushed(session_)) to.value("follow");
    to.integer(static_cast<std::int64_t>(write.seq));
    to.value(change_name(write.kind, write.type));
    if (write.kind == Version::Kind::kClear)
      to.missing();
    else
      to.value(write.key);
    if (write.expires_at_ms == 0)
      to.missing();
    else
      to.integer(static_cast<std::int64_t>(write.expires_at_ms));
  }

  Session& session_;
  ChangeFeed feed_;
};

Outcome follow_prefix(Call& call) {
  std::optional<std::uint64_t> seq;
  if (call.args.size() > 3) {
    seq = parse_unsigned(call.args[4]);
    if (!seq) return fail(bad_number(call.args[4], "a seq", "FOLLOW PREFIX user: FROM 1234"));
  }
  KV_ASSIGN(ChangeFeed feed, ChangeFeed::open(call.store(), std::string(call.args[2]), seq));
  call.reply.integer(static_cast<std::int64_t>(feed.next_seq()));
  call.session.follow(std::make_unique<PrefixFollower>(call.session, std::move(feed)), call.args);
  return {};
}

// The hint for a key called PREFIX includes a place, because a forgotten argument must not make the
// command follow such a key.
Failure no_prefix(const Command& row) {
  Failure failure = wrong_arity(row, std::array<std::string_view, 2>{"FOLLOW", "PREFIX"});
  failure.error.message = "FOLLOW PREFIX needs the prefix; '' is that of all keys";
  failure.error.hint = "FOLLOW PREFIX user:, or of a key called PREFIX: FOLLOW PREFIX FROM 0";
  return failure;
}

// `FOLLOW key`, `FOLLOW key FROM place`; `FOLLOW PREFIX p`, `FOLLOW PREFIX p FROM seq`. The number
// of words decides between them, whatever the name of the key.
Failure bad_words(const Call& call) {
  for (std::size_t i = 2; i < call.args.size(); ++i) {
    if (same_word(call.args[i], "FROM") || same_word(call.args[i - 1], "FROM")) continue;
    if (i == 2 && same_word(call.args[1], "PREFIX")) continue;
    return unknown_option(call.row, call.args[i]);
  }
  return needs_value("FROM", "an offset or a seq", usage(call.row));
}

}  // namespace

Outcome follow(Call& call) {
  const std::size_t words = call.args.size() - 1;
  if (call.data().in_transaction()) {
    return fail(Code::kState, "FOLLOW is not supported in a transaction",
                "COMMIT or ROLLBACK first");
  }
  if (call.session.is_following()) {
    return fail(Code::kState, "this connection follows something already", "UNFOLLOW");
  }
  const bool is_prefix = words % 2 == 0 && same_word(call.args[1], "PREFIX");
  const std::size_t from = is_prefix ? 3 : 2;
  const bool is_well_formed =
      words == from - 1 || (words == from + 1 && same_word(call.args[from], "FROM"));
  if (!is_well_formed) return fail(bad_words(call));
  if (words == 1 && same_word(call.args[1], "PREFIX")) return fail(no_prefix(call.row));
  return is_prefix ? follow_prefix(call) : follow_key(call);
}

Outcome unfollow(Call& call) {
  call.session.end_following();
  call.reply.ok();
  return {};
}

}  // namespace kvstore::command::handlers
