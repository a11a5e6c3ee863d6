#include "src/transfer/export.h"

#include <algorithm>
#include <memory>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/quote.h"
#include "src/store/iterator.h"
#include "src/transfer/writer.h"

namespace kvstore::transfer {
namespace {

constexpr std::size_t kEnough = std::size_t{256} << 10;  // bytes to be written at once
// A value that is too long for one write is a SET, and APPENDs of this size.
constexpr std::uint64_t kPart = std::uint64_t{64} << 20;
constexpr std::size_t kMostKept = std::size_t{4} << 20;  // of a large value's memory

class Exporter {
 public:
  Exporter(const Snapshot& snapshot, const ExportOptions& options, Sink& sink)
      : snapshot_(snapshot),
        options_(options),
        sink_(sink),
        writer_(make_writer(options.format, options.history)) {}

  Result<ExportReport> run() {
    writer_->begin(&out_);
    KV_TRY(options_.history ? write_history() : write_keys());
    KV_TRY(flush());
    return report_;
  }

 private:
  Status write_keys();
  Status write_key(Iterator& keys);
  Status write_long(std::string_view key, const KeyInfo& info);
  Status write_history();
  Status write_logged(const LoggedWrite& write);
  Status write_clear(const LoggedWrite& write);
  Status put(const Change& change);
  Status flush();

  const Snapshot& snapshot_;
  const ExportOptions& options_;
  Sink& sink_;
  const std::unique_ptr<Writer> writer_;
  std::string out_;
  ExportReport report_;
};

Status Exporter::write_keys() {
  KV_ASSIGN(const auto keys,
            snapshot_.iterator({.prefix = options_.prefix, .keys_only = false, .at = options_.at}));
  for (keys->first(); keys->valid(); keys->next()) {
    if (is_cancelled()) return cancelled();
    KV_TRY(write_key(*keys));
    ++report_.changes;
  }
  return keys->status();
}

Status Exporter::write_key(Iterator& keys) {
  KV_ASSIGN(const KeyInfo info, keys.info());
  if (info.size > kMaxValueSize) return write_long(keys.key(), info);
  KV_ASSIGN(const std::string_view value, keys.value());
  return put(
      {.key = keys.key(), .value = value, .type = info.type, .expires_at_ms = info.expires_at_ms});
}

Status Exporter::write_long(std::string_view key, const KeyInfo& info) {
  if (options_.format == Format::kCsv) {
    std::string shown;
    append_quoted(key, &shown, 64);
    return fail(
        Code::kTooBig,
        fmt::format("key {}: a row of csv cannot hold a value of {} bytes", shown, info.size),
        "--format jsonl");
  }
  std::string part;
  for (std::uint64_t offset = 0; offset < info.size; offset += kPart) {
    if (is_cancelled()) return cancelled();
    KV_ASSIGN(const bool found, snapshot_.read_bytes(key, static_cast<std::int64_t>(offset), kPart,
                                                     &part, options_.at));
    if (!found) return fail(Code::kCorrupt, "a key of this version is gone");
    KV_TRY(put({.kind = offset == 0 ? Change::Kind::kSet : Change::Kind::kAppend,
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

// Of the keys that are exported, as what it did to each: a reader of the file may have others.
Status Exporter::write_clear(const LoggedWrite& write) {
  return for_cleared_keys(snapshot_, options_.prefix, write, [this](const Change& removal) {
    ++report_.changes;
    return put(removal);
  });
}

Status Exporter::write_logged(const LoggedWrite& write) {
  Change change = change_of(write);
  // That is what changes nothing but an expiry.
  if (change.kind == Change::Kind::kAppend && change.value.empty()) {
    change.kind = Change::Kind::kExpire;
  }
  ++report_.changes;
  return put(change);
}

Status Exporter::put(const Change& change) {
  writer_->write(change, &out_);
  return out_.size() >= kEnough ? flush() : Status();
}

Status Exporter::flush() {
  KV_TRY(sink_.write(out_));
  report_.bytes += out_.size();
  out_.clear();
  if (out_.capacity() > kMostKept) out_.shrink_to_fit();
  if (options_.on_progress) options_.on_progress(report_.changes, report_.bytes);
  return {};
}

}  // namespace

Result<ExportReport> export_to(const Snapshot& snapshot, const ExportOptions& options, Sink& sink) {
  return Exporter(snapshot, options, sink).run();
}

}  // namespace kvstore::transfer
