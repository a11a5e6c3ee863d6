// DELETE, DEL, EXISTS, KEYS, SCAN, COUNT, TYPE: keys, whatever their values.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "src/command/errors.h"
#include "src/command/glob.h"
#include "src/command/numbers.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/streams.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

// What one reply may list.
constexpr std::size_t kMaxKeys = 1'000'000;
constexpr std::size_t kMaxKeyBytes = std::size_t{64} << 20;
// Keys a SCAN looks at before it measures its reply again.
constexpr std::uint64_t kScanStep = 128;
constexpr std::uint64_t kScanDefault = 10;

// What a DEL of one more key takes until it is done.
constexpr std::size_t kRemoveMemory = 256;

// Keys for a reply, up to what one may list. Where a long reply is to be streamed
// they are packed once they are many.
class KeyList {
 public:
  explicit KeyList(Session& session) : session_(session) {}

  // False once it is full or there is no memory; then the key was not added.
  bool add(std::string_view key) {
    bytes_ += key.size();
    if (count() == kMaxKeys || bytes_ > kMaxKeyBytes) full_ = true;
    return !full_ && add_within_memory(key);
  }
  // For callers that cannot leave a key out, and ask status() afterwards.
  void add_anyway(std::string_view key) {
    bytes_ += key.size();
    (void)add_within_memory(key);
  }
  bool full() const { return full_; }
  bool nearly_full() const { return count() + kScanStep > kMaxKeys || bytes_ > kMaxKeyBytes; }
  const Status& status() const { return status_; }
  Reply take() {
    if (packed_) return Reply::streamed(Reply::Kind::kArray, std::move(packed_));
    return Reply::array(std::move(items_));
  }

 private:
  std::size_t count() const { return packed_ ? packed_->size() : items_.size(); }

  bool add_within_memory(std::string_view key) {
    if (!packed_ && bytes_ + items_.size() * sizeof(Reply) > session_.stream_above()) pack();
    if (!packed_) {
      items_.push_back(Reply::value(std::string(key)));
    } else if (take_memory(key)) {
      packed_->add(key);
    }
    return bool(status_);
  }

  bool take_memory(std::string_view key) {
    const std::size_t size = packed_->memory_for(key);
    if (status_ && size > 0) status_ = session_.take_memory(size);
    return bool(status_);
  }

  void pack() {
    packed_ = std::make_shared<ListStream>();
    for (const Reply& item : items_) packed_->add(item.text);
    std::vector<Reply>().swap(items_);
  }

  Session& session_;
  std::vector<Reply> items_;
  std::shared_ptr<ListStream> packed_;
  std::size_t bytes_ = 0;
  bool full_ = false;
  Status status_;
};

Reply remove_one(Session& session, Args args) {
  WriteOptions options;
  options.wait = false;
  const auto written = session.store().remove(args[1], options);
  if (!written) return Reply::failure(written.error());
  return written->existed ? Reply::ok() : Reply::missing();
}

Reply remove_all(Session& session, Args args) {
  // A key named twice is removed, and counted, once.
  const Status memory = session.take_memory(args.size() * kRemoveMemory);
  if (!memory) return Reply::failure(memory.error());
  std::vector<std::string_view> keys(args.begin() + 1, args.end());
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  Batch batch;
  for (const std::string_view key : keys) batch.remove(key);
  const auto existed = session.store().apply(batch, false);
  if (!existed) return Reply::failure(existed.error());
  return Reply::of(static_cast<std::int64_t>(*existed));
}

Reply exists(Session& session, Args args) {
  std::int64_t count = 0;
  for (const std::string_view key : args.subspan(1)) {
    const auto info = session.store().stat(key);
    if (!info) return Reply::failure(info.error());
    if (*info) ++count;
  }
  return Reply::of(count);
}

Reply keys(Session& session, Args args) {
  const std::string_view glob = args.size() > 1 ? args[1] : "*";
  // The walk itself holds a view of each key of the store.
  const auto stored = session.store().count();
  if (!stored) return Reply::failure(stored.error());
  const Status memory = session.take_memory(*stored * sizeof(std::string_view));
  if (!memory) return Reply::failure(memory.error());
  KeyList list(session);
  const Status status = session.store().scan(
      glob_prefix(glob), std::nullopt, UINT64_MAX,
      [&](std::string_view key) { return !glob_match(glob, key) || list.add(key); });
  if (!status) return Reply::failure(status.error());
  if (!list.status()) return Reply::failure(list.status().error());
  if (!list.full()) return list.take();
  return Reply::failure({Code::kTooBig,
                         fmt::format("there are more keys than one reply may list ({} keys or {} MiB)",
                                     kMaxKeys, kMaxKeyBytes >> 20),
                         "SCAN 0 to list them in steps, or KEYS with a narrower pattern"});
}

struct ScanOptions {
  std::string_view glob = "*";
  std::uint64_t count = kScanDefault;
  bool lists_none = false;  // TYPE of something else than strings, the only values there are
  std::optional<Reply> error;
};

Reply bad_count(std::string_view word) {
  Reply reply = bad_number(word, "a count of 1 or more", "SCAN 0 COUNT 100");
  if (parse_integer(word)) reply.text = "ERR syntax error";  // as Redis words it for 0
  return reply;
}

ScanOptions scan_options(Args args) {
  ScanOptions options;
  for (std::size_t i = 2; i < args.size() && !options.error; i += 2) {
    const bool is_match = same_word(args[i], "MATCH");
    const bool is_type = same_word(args[i], "TYPE");
    if (!is_match && !is_type && !same_word(args[i], "COUNT")) {
      options.error = unknown_option(*find_command("SCAN"), args[i]);
    } else if (i + 1 == args.size()) {
      options.error = is_match  ? needs_value("MATCH", "a pattern", "SCAN 0 MATCH user:*")
                      : is_type ? needs_value("TYPE", "a type", "SCAN 0 TYPE string")
                                : needs_value("COUNT", "a number", "SCAN 0 COUNT 100");
    } else if (is_match) {
      options.glob = args[i + 1];
    } else if (is_type) {
      options.lists_none = !same_word(args[i + 1], "string");
    } else {
      options.count = parse_unsigned(args[i + 1]).value_or(0);
      if (options.count == 0) options.error = bad_count(args[i + 1]);
    }
  }
  return options;
}

Reply scan(Session& session, Args args) {
  const auto start = parse_unsigned(args[1]);
  if (!start) {
    Reply reply = bad_number(args[1], "a cursor", "SCAN 0 to begin, then the cursor of the last reply");
    reply.text = "ERR invalid cursor";
    return reply;
  }
  ScanOptions options = scan_options(args);
  if (options.error) return std::move(*options.error);
  KeyList list(session);
  std::uint64_t cursor = *start;
  std::uint64_t left = options.count;
  do {
    const std::uint64_t step = std::min(left, kScanStep);
    const auto next = session.store().scan_step(cursor, step, [&](std::string_view key) {
      if (!options.lists_none && glob_match(options.glob, key)) list.add_anyway(key);
    });
    if (!next) return Reply::failure(next.error());
    if (!list.status()) return Reply::failure(list.status().error());
    cursor = *next;
    left -= step;
  } while (cursor != 0 && left > 0 && !list.nearly_full());
  return Reply::array({Reply::value(std::to_string(cursor)), list.take()});
}

Reply count(Session& session, Args) {
  const auto count = session.store().count();
  if (!count) return Reply::failure(count.error());
  return Reply::of(static_cast<std::int64_t>(*count));
}

Reply type(Session& session, Args args) {
  const auto info = session.store().stat(args[1]);
  if (!info) return Reply::failure(info.error());
  if (!*info) return Reply::status("none");
  switch ((*info)->type) {
    case ValueType::kString: return Reply::status("string");
    case ValueType::kZset: return Reply::status("zset");
    case ValueType::kNone: break;
  }
  return Reply::status("none");
}

constexpr Command kRows[] = {
    {.name = "DELETE", .group = "keys", .arguments = "key", .min_args = 1, .max_args = 1,
     .flags = kWrite, .summary = "Remove a key; NIL if it was not there",
     .example = "SET k v\nDELETE k", .example_reply = "+OK", .since = "0.1", .handler = remove_one},
    {.name = "DEL", .group = "keys", .arguments = "key [key ...]", .min_args = 1, .max_args = -1,
     .flags = kWrite, .summary = "Remove several keys at once; answers how many there were",
     .example = "SET a 1\nSET b 2\nDEL a b c", .example_reply = ":2", .since = "0.1",
     .handler = remove_all},
    {.name = "EXISTS", .group = "keys", .arguments = "key [key ...]", .min_args = 1, .max_args = -1,
     .flags = kRead, .summary = "How many of the keys are there",
     .example = "SET a 1\nEXISTS a b", .example_reply = ":1", .since = "0.1", .handler = exists},
    {.name = "KEYS", .group = "keys", .arguments = "[pattern]", .min_args = 0, .max_args = 1,
     .flags = kRead, .summary = "All keys in byte order, or those that match a pattern (* ? [a-z])",
     .example = "SET user:2 Bo\nSET user:1 Al\nSET x 1\nKEYS user:*",
     .example_reply = "+ARRAY 2\n+VALUE 6\nuser:1\n+VALUE 6\nuser:2", .since = "0.1",
     .handler = keys},
    {.name = "SCAN", .group = "keys", .arguments = "cursor [MATCH pattern] [COUNT n] [TYPE type]",
     .min_args = 1, .max_args = 7, .flags = kRead,
     .summary = "Keys in steps: begin with 0, go on with the cursor answered, until it is 0",
     .example = "SET a 1\nSCAN 0", .example_reply = "+ARRAY 2\n+VALUE 1\n0\n+ARRAY 1\n+VALUE 1\na",
     .since = "0.1", .handler = scan},
    {.name = "COUNT", .group = "keys", .arguments = "", .min_args = 0, .max_args = 0,
     .flags = kRead, .summary = "How many keys there are",
     .example = "SET a 1\nSET b 2\nCOUNT", .example_reply = ":2", .since = "0.1", .handler = count},
    {.name = "TYPE", .group = "keys", .arguments = "key", .min_args = 1, .max_args = 1,
     .flags = kRead, .summary = "What a key holds: string or none",
     .example = "SET a 1\nTYPE a", .example_reply = "+string", .since = "0.1", .handler = type},
};

}  // namespace

std::span<const Command> key_rows() { return kRows; }

}  // namespace kvstore::command
