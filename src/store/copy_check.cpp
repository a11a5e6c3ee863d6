#include "src/store/copy_check.h"

#include <algorithm>
#include <cstring>
#include <new>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/quote.h"
#include "src/index/index_file.h"
#include "src/log/recovery_scan.h"

namespace kvstore {
namespace {

using log::Record;

constexpr std::size_t kKeyShown = 64;  // bytes of a key in a message

class CopyCheck {
 public:
  CopyCheck(const CopyToCheck& copy, FunctionRef<void(std::uint64_t)> progress)
      : copy_(copy),
        progress_(progress),
        binding_(copy.page.header.file_id),
        validity_(copy.page.slot.epochs, copy.page.base),
        view_{copy.file->data(), copy.file->size(), &binding_, copy.file, &validity_} {}

  Result<CheckedCopy> run() {
    KV_TRY(check_log());
    check_index();
    return std::move(checked_);
  }

 private:
  Status check_log() {
    const log::Slot& slot = copy_.page.slot;
    const log::RecoveryScan::Rules rules{.slot_lost = copy_.page.bad_slots > 0};
    log::RecoveryScan scan(view_, slot, rules, &validity_);
    KV_TRY(scan.run(view_.limit, [this](const Record& record) { check(record); }));
    for (const log::CorruptRange& range : scan.corrupt()) {
      if (!range.is_derived || range.ends_log) add(range.begin, range.end, range.reason);
    }
    // After the loss of the last record only the slot tells what was lost.
    const bool is_last_lost =
        std::any_of(scan.corrupt().begin(), scan.corrupt().end(), [this](const auto& range) {
          return !range.is_value && !range.is_derived && range.begin > last_key_;
        });
    const bool has_last =
        scan.last_seq() == slot.last_seq && scan.prev_key_hash() == slot.prev_key_hash;
    const bool ends_well = scan.end() == slot.durable_end && scan.torn_end() == scan.end() &&
                           (has_last || is_last_lost);
    if (!ends_well) checked_.own.add(fmt::format("{}: it does not end as it should", copy_.path));
    return {};
  }

  void check(const Record& record) {
    leave_if_cancelled();
    progress_(record.offset);
    if (record.takes_seq()) last_key_ = record.offset;
    if (log::body_is_valid(record, binding_)) return;
    std::string key;
    append_quoted(record.key(), &key, kKeyShown);
    add(record.offset, record.end(),
        fmt::format("the value of key {} (version {}) does not match its checksum", key,
                    record.seq));
  }

  void add(std::uint64_t begin, std::uint64_t end, std::string_view what) {
    std::string words = fmt::format("{}: offset {}: {}", copy_.path, begin, what);
    (is_as_source(begin, end) ? checked_.copied : checked_.own).add(std::move(words));
  }

  bool is_as_source(std::uint64_t begin, std::uint64_t end) const {
    if (!copy_.source || end > copy_.source->size() || end > view_.limit) return false;
    return std::memcmp(copy_.source->data() + begin, view_.data + begin, end - begin) == 0;
  }

  void check_index() {
    const auto sealed = index::read_checkpoint(view_, copy_.page.slot);
    checked_.has_index = sealed.has_value();
    if (!sealed) return;
    for (const auto& run : sealed->runs) {
      for (std::size_t i = 0; i < run->parts().size(); ++i) {
        leave_if_cancelled();
        const auto& part = run->parts()[i];
        if (!part.segment || !run->checks_out(i)) checked_.broken_segments.push_back(part.place);
      }
    }
  }

  const CopyToCheck& copy_;
  const FunctionRef<void(std::uint64_t)> progress_;
  const log::Binding binding_;
  log::ValidityMap validity_;
  const log::View view_;
  std::uint64_t last_key_ = 0;  // offset of the last good record of a version
  CheckedCopy checked_;
};

}  // namespace

void DamagedPlaces::add(std::string what) {
  if (count++ == 0) first = std::move(what);
}

Result<CheckedCopy> check_copy(const CopyToCheck& copy,
                               FunctionRef<void(std::uint64_t)> progress) try {
  return CopyCheck(copy, progress).run();
} catch (const Cancelled&) {
  return cancelled();
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "out of memory");  // short: needs none
}

}  // namespace kvstore
