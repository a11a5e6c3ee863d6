#include "src/store/validation.h"

#include <fmt/core.h>

#include "src/base/quote.h"

namespace kvstore {
namespace {

constexpr std::size_t kShownConflict = 64;  // bytes of a key shown in a message
// Bytes of the log that may remain to be checked under the lock, and the number of rounds.
constexpr std::uint64_t kShortRest = std::uint64_t{64} << 10;
constexpr int kRounds = 8;

tl::unexpected<Error> conflict(std::string message) {
  return fail(Code::kConflict, std::move(message));
}

std::string shown_key(std::string_view key) {
  std::string text;
  append_quoted(key, &text, kShownConflict);
  return text;
}

tl::unexpected<Error> changed(std::string_view key, std::uint64_t seq) {
  return conflict(fmt::format("key {}, which the transaction has read, was changed since (seq {})",
                              shown_key(key), seq));
}

tl::unexpected<Error> cleared(std::uint64_t seq) {
  return conflict(
      fmt::format("all keys were deleted since (seq {}), which the transaction has read of", seq));
}

// The key may not have been read itself, or may not have existed.
tl::unexpected<Error> changed_in_list(std::string_view key, std::uint64_t seq) {
  return conflict(fmt::format(
      "key {}, which belongs in a list or count that the transaction was given, was changed since "
      "(seq {})",
      shown_key(key), seq));
}

tl::unexpected<Error> unreadable(std::uint64_t offset) {
  return fail(Code::kCorrupt,
              fmt::format("what the transaction has read may have changed since: the record at "
                          "offset {} cannot be read",
                          offset));
}

}  // namespace

// A generation that was opened for writing later is of the same file, unless another file has
// replaced it.
bool Validation::is_same_file() const {
  const Generation* const then = snapshot_.generation();
  return then == nullptr || then == &current_ ||
         then->log().page().header.file_id == current_.log().page().header.file_id;
}

// True if compactions have made the present file from the same log: what the transaction could miss
// was written since, and is in the present file after the part that its open has read.
bool Validation::is_compacted() const {
  const Generation* const then = snapshot_.generation();
  return then != nullptr && !is_same_file() &&
         current_.was_made_of(then->log().page().header.file_id) &&
         current_.log().page().header.floor_seq <= snapshot_.seq();
}

Status Validation::check_file() const {
  if (is_compacted()) return {};
  if (is_same_file() && current_.visible_seq() >= snapshot_.seq()) return {};
  return conflict("the file was replaced since the transaction began");
}

Status Validation::check_keys() const {
  const auto clears = current_.clears().all();
  if (!clears.empty() && clears.back().seq > snapshot_.seq()) return cleared(clears.back().seq);
  Status status;
  reads_.visit_keys([&](std::string_view key) {
    const Found found = current_.find(key, UINT64_MAX);
    if (found.is_corrupt())
      status = unreadable(found.broken.offset);
    else if (found.record.at && found.record.seq > snapshot_.seq())
      status = changed(key, found.record.seq);
    return bool(status);
  });
  return status;
}

// Checks each record up to `end`, from where the last call stopped.
Status Validation::check_log(std::uint64_t end) {
  const log::View view = current_.log().view().up_to(end);
  log::Record record;
  for (; checked_until_ < end; checked_until_ = record.end()) {
    if (view.header(checked_until_, &record) != log::HeaderCheck::kValid) {
      return unreadable(checked_until_);
    }
    // Records up to the snapshot's seq may have become visible around the time it was taken.
    if (!record.takes_seq() || record.seq <= snapshot_.seq()) continue;
    if (record.is_of_all()) return cleared(record.seq);
    if (reads_.has_key(record.key())) return changed(record.key(), record.seq);
    if (reads_.covers(record.key())) return changed_in_list(record.key(), record.seq);
  }
  return {};
}

// Single keys are looked up. Ranges need a scan of the new records.
Status Validation::check_before_lock() {
  if (reads_.is_empty()) return {};
  KV_TRY(check_file());
  if (!reads_.has_ranges()) {
    checked_until_ = current_.visible_end();
    return check_keys();
  }
  checked_until_ = is_compacted() ? current_.loaded_from() : snapshot_.log_end();
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t end = current_.visible_end();
    if (round > 0 && end - checked_until_ <= kShortRest) break;
    KV_TRY(check_log(end));
  }
  return {};
}

Status Validation::check_rest() {
  if (reads_.is_empty()) return {};
  return check_log(current_.log().end());
}

Status Validation::check_expiries() const {
  const std::uint64_t expiry = reads_.earliest_expiry_ms();
  if (expiry == UINT64_MAX) return {};
  StoreClock& clock = current_.clock();
  if (clock.now_ms() < expiry && !clock.has_stepped_since(snapshot_.instant())) return {};
  return conflict("a key that the transaction has read has expired since");
}

}  // namespace kvstore
