#include "src/command/listing.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "src/base/quote.h"
#include "src/command/glob.h"
#include "src/command/moment.h"

namespace kvstore::command {
namespace {

// Limits of a reply that is collected.
constexpr std::size_t kMaxItems = 1'000'000;
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
// Up to this many bytes a list is not streamed.
constexpr std::size_t kShortList = std::size_t{64} << 10;
// Each item is sent as one piece.
constexpr std::uint64_t kMaxListedValue = std::uint64_t{16} << 20;
constexpr std::size_t kShownKey = 64;
// Approximate memory of an iterator: its buffers, and the parts of the index that it keeps.
constexpr std::size_t kIteratorMemory = std::size_t{64} << 10;

// Iterates over the keys of a listing.
class Matches {
 public:
  Matches(Listing listing, std::unique_ptr<Iterator> keys)
      : listing_(std::move(listing)), keys_(std::move(keys)), glob_(listing_.glob) {}

  void begin() {
    listing_.backwards ? keys_->last() : keys_->first();
    passed_ = 0;
    skip();
  }
  bool has_key() const { return passed_ < listing_.limit && keys_->valid(); }
  void next() {
    step();
    ++passed_;
    skip();
  }
  const Status& status() const { return keys_->status(); }
  std::string_view key() const { return keys_->key(); }
  // nullopt: the value is not a string; MGET has no value for it either.
  Result<std::optional<std::string_view>> value() const;
  std::uint64_t passed() const { return passed_; }
  bool has_values() const { return listing_.values; }

 private:
  void step() { listing_.backwards ? keys_->prev() : keys_->next(); }
  void skip() {
    if (glob_.matches_all()) return;
    while (keys_->valid() && !glob_.matches(keys_->key())) step();
  }

  const Listing listing_;
  const std::unique_ptr<Iterator> keys_;
  const Glob glob_;
  std::uint64_t passed_ = 0;
};

Status check_listed(std::string_view key, std::uint64_t size) {
  if (size <= kMaxListedValue) return {};
  std::string shown;
  append_quoted(key, &shown, kShownKey);
  return fail(
      Code::kTooBig,
      fmt::format("the value of key {} has {} bytes; a list of values takes up to {} MiB each",
                  shown, size, kMaxListedValue >> 20),
      "list the keys alone, and READ it in parts");
}

// A list without the key would look complete, so the error stops it.
Error with_way_on(Error error, std::string_view key) {
  if (error.code != Code::kCorrupt) return error;
  std::string shown;
  append_quoted(key, &shown, kShownKey);
  error.hint = fmt::format(
      "AFTER {} lists what comes next, LIMIT what comes before, and without VALUES the keys alone",
      shown);
  return error;
}

Result<std::optional<std::string_view>> Matches::value() const {
  auto info = keys_->info();
  if (!info) return fail(with_way_on(std::move(info.error()), key()));
  if (info->type != ValueType::kString) return std::nullopt;
  KV_TRY(check_listed(key(), info->size));
  auto value = keys_->value();
  if (!value) return fail(with_way_on(std::move(value.error()), key()));
  return value;
}

class MatchStream final : public ReplyStream {
 public:
  // It begins at its first key. `items`: the number of keys, and values if requested; or
  // kUncounted.
  MatchStream(std::unique_ptr<Matches> matches, std::uint64_t items)
      : matches_(std::move(matches)), left_(items) {}

  Kind kind() const override { return Kind::kArray; }
  std::uint64_t left() const override {
    if (left_ != kUncounted) return left_;
    // An error is not the end: next() returns it.
    return matches_->has_key() || !matches_->status() ? kUncounted : 0;
  }
  std::size_t memory() const override { return kIteratorMemory; }
  Status next(ReplySink& to) override {
    if (!matches_->has_key()) return ended();
    if (is_at_value_) {
      KV_ASSIGN(const auto value, matches_->value());
      value ? to.value(*value) : to.missing();
    } else {
      to.value(matches_->key());
    }
    is_at_value_ = matches_->has_values() && !is_at_value_;
    if (!is_at_value_) matches_->next();
    if (left_ != kUncounted) --left_;
    return {};
  }

 private:
  // The list ended before all counted items were sent: some cannot be read any more.
  Status ended() const {
    KV_TRY(Status(matches_->status()));
    return fail(Code::kCorrupt, "a key that was counted cannot be read any more");
  }

  const std::unique_ptr<Matches> matches_;
  std::uint64_t left_;
  bool is_at_value_ = false;
};

// Takes what fits into a short list. False: there is more.
Result<bool> collect(Matches& matches, std::size_t most, ListStream* list) {
  for (; matches.has_key(); matches.next()) {
    if (list->memory() >= most) return false;
    if (matches.has_values()) {
      KV_ASSIGN(const auto value, matches.value());
      if (!value || value->size() > most) return false;
      list->add(matches.key());
      list->add(*value);
    } else {
      list->add(matches.key());
    }
  }
  KV_TRY(Status(matches.status()));
  return true;
}

// Walks the rest, and checks that it can be sent.
Status count_rest(Matches& matches) {
  for (; matches.has_key(); matches.next()) {
    if (matches.has_values()) KV_TRY(matches.value());
  }
  return matches.status();
}

Outcome list_in_transaction(Call& call, const Listing& listing) {
  KeyList list(call.session);
  Status values;
  std::string value;
  const Glob glob(listing.glob);
  KV_ASSIGN(const Moment now, call.data().moment());
  const auto add = [&](std::string_view key) {
    if (!glob.matches(key)) return true;
    if (!list.add(key)) return false;
    if (!listing.values) return true;
    const auto found = now.get(key, &value);
    // As in Matches::value().
    if (!found && found.error().code == Code::kType) return list.add_missing();
    if (!found) values = fail(with_way_on(found.error(), key));
    return values && list.add(value);
  };
  KV_TRY(now.walk(listing.options, listing.backwards, listing.limit, add));
  KV_TRY(std::move(values));
  KV_TRY(Status(list.status()));
  if (list.is_full()) {
    return fail(
        Code::kTooBig,
        fmt::format("there is more than a reply may list in a transaction ({} items or {} MiB)",
                    kMaxItems, kMaxBytes >> 20),
        "RANGE with LIMIT and AFTER lists it in parts");
  }
  list.write(call.reply);
  return {};
}

}  // namespace

bool KeyList::add(std::string_view item) {
  bytes_ += item.size();
  if (items_->left() == kMaxItems || bytes_ > kMaxBytes) full_ = true;
  return !full_ && add_within_memory(item);
}

bool KeyList::add_missing() {
  if (items_->left() == kMaxItems) full_ = true;
  return !full_ && add_within_memory(std::nullopt);
}

void KeyList::add_anyway(std::string_view item) {
  bytes_ += item.size();
  (void)add_within_memory(item);
}

bool KeyList::is_nearly_full(std::uint64_t more) const {
  return items_->left() + more > kMaxItems || bytes_ > kMaxBytes;
}

bool KeyList::add_within_memory(std::optional<std::string_view> item) {
  const std::size_t size = status_ ? items_->memory_for(item.value_or("")) : 0;
  const bool is_long = size > 0 && items_->memory() + size > session_.stream_above();
  if (is_long) status_ = session_.take_memory(size);
  if (status_) item ? items_->add(*item) : items_->add_missing();
  return bool(status_);
}

void KeyList::write(ReplySink& to) {
  if (items_->memory() > session_.stream_above())
    to.stream(std::move(items_));
  else
    (void)write_all(*items_, to);  // never fails for a list
}

Outcome list_keys(Call& call, Listing listing) {
  KV_TRY(Glob::check(listing.glob));
  listing.options.keys_only = !listing.values;
  if (call.data().in_transaction()) return list_in_transaction(call, listing);
  KV_ASSIGN(auto keys, call.data().iterator(listing.options));
  auto matches = std::make_unique<Matches>(std::move(listing), std::move(keys));
  matches->begin();
  ListStream list;
  const std::size_t most = std::min(kShortList, call.session.stream_above());
  KV_ASSIGN(const bool is_short, collect(*matches, most, &list));
  if (is_short) {
    (void)write_all(list, call.reply);  // never fails for a list
    return {};
  }
  KV_TRY(call.session.take_memory(kIteratorMemory));
  std::uint64_t items = ReplyStream::kUncounted;
  if (call.session.counts_lists()) {
    KV_TRY(count_rest(*matches));
    items = matches->passed() * (matches->has_values() ? 2 : 1);
  }
  matches->begin();
  call.reply.stream(std::make_unique<MatchStream>(std::move(matches), items));
  return {};
}

}  // namespace kvstore::command
