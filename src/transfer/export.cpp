#include "src/transfer/export.h"

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/quote.h"
#include "src/sorted_set/changes.h"
#include "src/store/iterator.h"
#include "src/transfer/change_output.h"

namespace kvstore::transfer {
namespace {

// A sorted set of more bytes is exported as the changes that made it, without folding.
constexpr std::size_t kMostFolded = std::size_t{64} << 20;
constexpr std::size_t kMostSetMemory = std::size_t{1} << 30;

class Exporter {
 public:
  Exporter(const Snapshot& snapshot, const ExportOptions& options, Sink& sink)
      : snapshot_(snapshot), options_(options), output_(options, sink) {}

  Result<ExportReport> run() {
    KV_TRY(options_.history ? write_history() : write_keys());
    return output_.finish();
  }

 private:
  Status write_keys();
  Status write_key(Iterator& keys);
  Result<std::string_view> as_members(std::string_view key, std::string_view value);
  Status write_long(std::string_view key, const KeyInfo& info);
  Status write_history();
  Status write_logged(const LoggedWrite& write);
  Status write_clear(const LoggedWrite& write);

  const Snapshot& snapshot_;
  const ExportOptions& options_;
  ChangeOutput output_;
  std::string members_;
};

Status Exporter::write_keys() {
  KV_ASSIGN(const auto keys,
            snapshot_.iterator({.prefix = options_.prefix, .keys_only = false, .at = options_.at}));
  for (keys->first(); keys->valid(); keys->next()) {
    if (is_cancelled()) return cancelled();
    KV_TRY(write_key(*keys));
    output_.count();
  }
  return keys->status();
}

Status Exporter::write_key(Iterator& keys) {
  KV_ASSIGN(const KeyInfo info, keys.info());
  if (info.size > kMaxValueSize) return write_long(keys.key(), info);
  KV_ASSIGN(std::string_view value, keys.value());
  if (info.type == ValueType::kZset) {
    KV_ASSIGN(value, as_members(keys.key(), value));
  }
  return output_.put(
      {.key = keys.key(), .value = value, .type = info.type, .expires_at_ms = info.expires_at_ms});
}

// Each member once, in the set's order, so that equal sets are exported as equal bytes.
Result<std::string_view> Exporter::as_members(std::string_view key, std::string_view value) {
  using Outcome = sorted_set::Fold::Outcome;
  if (value.size() > kMostFolded) return value;
  sorted_set::Fold fold(kMostSetMemory);
  SortedSet set;
  Outcome outcome = fold.add(value);
  if (outcome == Outcome::kDone) outcome = fold.finish(&set);
  if (outcome == Outcome::kTooLarge) return value;
  if (outcome == Outcome::kWrong) {
    std::string shown;
    append_quoted(key, &shown, 64);
    return fail(Code::kCorrupt, fmt::format("the value of {} is not a sorted set", shown));
  }
  members_.clear();
  sorted_set::append_members(set, &members_);
  return std::string_view(members_);
}

Status Exporter::write_long(std::string_view key, const KeyInfo& info) {
  KV_TRY(check_fits(options_.format, key, info.size));
  std::string part;
  for (std::uint64_t offset = 0; offset < info.size; offset += kLongPart) {
    if (is_cancelled()) return cancelled();
    KV_ASSIGN(const bool found, snapshot_.read_bytes(key, static_cast<std::int64_t>(offset),
                                                     kLongPart, &part, options_.at));
    if (!found) return fail(Code::kCorrupt, "a key of this version is gone");
    KV_TRY(output_.put({.kind = offset == 0 ? Change::Kind::kSet : Change::Kind::kAppend,
                        .key = key,
                        .value = part,
                        .type = info.type,
                        .expires_at_ms = info.expires_at_ms}));
  }
  return {};
}

Status Exporter::write_history() {
  Status written;
  KV_TRY(snapshot_.writes([&](const LoggedWrite& write) {
    const bool is_part = write.kind == Version::Kind::kClear && !options_.prefix.empty();
    const bool wanted = (is_part || write.key.starts_with(options_.prefix)) &&
                        write.seq <= options_.at.seq.value_or(UINT64_MAX) &&
                        write.time_us <= options_.at.time_us.value_or(UINT64_MAX);
    if (wanted) written = is_part ? write_clear(write) : write_logged(write);
    return written.has_value();
  }));
  return written;
}

// Writes a CLEAR as the removal of each exported key, because the file's reader may have other
// keys.
Status Exporter::write_clear(const LoggedWrite& write) {
  return for_cleared_keys(snapshot_, options_.prefix, write, [this](const Change& removal) {
    output_.count();
    return output_.put(removal);
  });
}

Status Exporter::write_logged(const LoggedWrite& write) {
  Change change = change_of(write);
  // An append of no bytes changes only the expiry.
  if (change.kind == Change::Kind::kAppend && change.value.empty()) {
    change.kind = Change::Kind::kExpire;
  }
  output_.count();
  return output_.put(change);
}

}  // namespace

Result<ExportReport> export_to(const Snapshot& snapshot, const ExportOptions& options, Sink& sink) {
  return Exporter(snapshot, options, sink).run();
}

}  // namespace kvstore::transfer
