// DIFF: the keys that changed between two moments.
//
// A short list is collected. A long one is computed twice if the reply begins with the number of
// items, as for other lists (listing.h). The memory for the keys is bounded.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/civil_time.h"
#include "src/command/arguments.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/rows/history.h"
#include "src/command/words.h"
#include "src/store/diff.h"

namespace kvstore::command::handlers {
namespace {

// A larger list is not collected, but computed again.
constexpr std::size_t kShortDiff = std::size_t{64} << 10;
constexpr std::size_t kOfARow = 96;  // bytes of memory for a row besides its key
// The memory that a Diff needs for a long list.
constexpr std::size_t kDiffMemory = 2 * Diff::kMostAtOnce * 16 + (std::size_t{4} << 10);

// A change with its own copy of the key.
struct HeldChange {
  std::string key;
  KeyChange change;
};

std::string_view sign_of(const KeyChange& change) {
  if (!change.size_before) return "+";
  return change.size_after ? "~" : "-";
}

void write_size(const std::optional<std::uint64_t>& size, ReplySink& to) {
  if (size)
    to.integer(static_cast<std::int64_t>(*size));
  else
    to.missing();
}

void write_change(const KeyChange& change, std::string_view key, ReplySink& to) {
  to.begin(Aggregate::kArray, 6);
  to.value(sign_of(change));
  to.value(key);
  to.integer(static_cast<std::int64_t>(change.seq));
  to.value(iso_time(change.time_us));
  write_size(change.size_before, to);
  write_size(change.size_after, to);
  to.end();
}

class DiffStream final : public ReplyStream {
 public:
  // `changes` is the number of changes, or kUncounted: then the first one is computed at once,
  // because left() must tell whether there is one.
  DiffStream(Diff diff, std::uint64_t changes) : diff_(std::move(diff)), left_(changes) {
    if (left_ == kUncounted) look_ahead();
  }

  Kind kind() const override { return Kind::kArray; }
  // An error is not the end: next() returns it.
  std::uint64_t left() const override { return left_; }
  std::size_t memory() const override { return kDiffMemory; }
  Status next(ReplySink& to) override {
    if (left_ != kUncounted) look_ahead();
    KV_TRY(std::move(status_));
    // A counted change can only be missing if it cannot be read any more.
    if (!ahead_) return fail(Code::kCorrupt, "a change that was counted cannot be read any more");
    write_change(*ahead_, ahead_->key, to);
    if (left_ == kUncounted)
      look_ahead();
    else
      --left_;
    return {};
  }

 private:
  void look_ahead() {
    auto found = diff_.next();
    ahead_.reset();
    if (!found)
      status_ = fail(std::move(found.error()));
    else if (*found)
      ahead_ = **found;
    else if (left_ == kUncounted)
      left_ = 0;
  }

  Diff diff_;
  std::uint64_t left_;
  std::optional<KeyChange> ahead_;
  Status status_;
};

struct DiffWords {
  At from, to;
  std::string_view prefix;
};

Checked<DiffWords> take_words(const Call& call) {
  constexpr std::string_view kExample = "DIFF 1234 (a seq of HISTORY), DIFF -5m or DIFF -2h -1h";
  const Args args = call.args;
  DiffWords words;
  KV_ASSIGN(words.from, take_point(call, 1, kExample));
  std::size_t at = 2;
  if (at < args.size() && !same_word(args[at], "PREFIX")) {
    KV_ASSIGN(words.to, take_point(call, at++, kExample));
  }
  if (at == args.size()) return words;
  if (!same_word(args[at], "PREFIX")) return fail(unknown_option(call.row, args[at]));
  if (++at == args.size()) {
    return fail(needs_value("PREFIX", "what keys begin with", "DIFF -5m PREFIX user:"));
  }
  words.prefix = args[at];
  return words;
}

// False: there are too many for a short list.
Result<bool> collect_changes(Diff& diff, std::size_t most, std::vector<HeldChange>* changes) {
  std::size_t bytes = 0;
  while (true) {
    KV_ASSIGN(const auto change, diff.next());
    if (!change) return true;
    bytes += kOfARow + change->key.size();
    if (bytes > most) return false;
    changes->push_back({std::string(change->key), *change});
  }
}

}  // namespace

Outcome diff(Call& call) {
  KV_ASSIGN(const DiffWords words, take_words(call));
  KV_ASSIGN(Diff diff, call.data().diff(words.from, words.to, words.prefix));
  std::vector<HeldChange> changes;
  KV_ASSIGN(const bool is_short,
            collect_changes(diff, std::min(kShortDiff, call.session.stream_above()), &changes));
  if (is_short) {
    call.reply.begin(Aggregate::kArray, changes.size());
    for (const HeldChange& one : changes) write_change(one.change, one.key, call.reply);
    call.reply.end();
    return {};
  }
  KV_TRY(call.session.take_memory(kDiffMemory));
  std::uint64_t count = ReplyStream::kUncounted;
  if (call.session.counts_lists()) {
    KV_ASSIGN(count, diff.count());
  }
  diff.rewind();
  call.reply.stream(std::make_unique<DiffStream>(std::move(diff), count));
  return {};
}

}  // namespace kvstore::command::handlers
