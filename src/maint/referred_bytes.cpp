#include "src/maint/referred_bytes.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "src/log/chain.h"
#include "src/log/reference.h"

namespace kvstore::maint {
namespace {

using log::Kind;
using log::Record;

constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostOfPart = std::uint64_t{1} << 30;

class Reader {
 public:
  Reader(const log::View& view, const Record& reference) : view_(view), reference_(reference) {}

  bool is_good(std::uint64_t begin, std::uint64_t end) {
    bytes_.clear();
    return log::read_bytes(view_, reference_, begin, end, &bytes_).has_value();
  }

  // From `at` on something before `end` cannot be read. Visits the rest of the record at `at`, up
  // to `end` at most; if that record is lost, everything up to the next readable one. Returns the
  // end of what was visited.
  std::uint64_t pass_damaged(std::uint64_t at, std::uint64_t end, ReferredVisit visit) {
    const auto record = log::find_byte(view_, reference_, at);
    if (!record) {
      const std::uint64_t until = next_readable(at, reference_.total);
      visit(at, until, false);
      return until;
    }
    const std::uint64_t until = std::min(end, record->total);
    const std::uint64_t first = record->total - std::min(record->length(), record->total);
    const std::uint64_t step =
        record->is_encoded() ? std::uint64_t{1} << record->encoding.block_shift : log::kBlockSize;
    while (at < until) {
      const std::uint64_t block_end = std::min(until, first + ((at - first) / step + 1) * step);
      visit(at, block_end, is_good(at, block_end));
      at = block_end;
    }
    return until;
  }

 private:
  std::optional<std::uint64_t> begin_of_record(std::uint64_t position) const {
    const auto record = log::find_byte(view_, reference_, position);
    if (!record) return std::nullopt;
    return record->total - std::min(record->length(), record->total);
  }

  // The begin of the first record after `at` that can be found; at most `end`.
  std::uint64_t next_readable(std::uint64_t at, std::uint64_t end) const {
    std::uint64_t lost = at, found = end;
    for (std::uint64_t step = 16; lost + step < end; step *= 2) {
      if (const auto begin = begin_of_record(lost + step)) {
        found = std::max(*begin, lost + 1);
        break;
      }
      lost += step;
    }
    while (lost + 1 < found) {
      const std::uint64_t middle = lost + (found - lost) / 2;
      const auto begin = begin_of_record(middle);
      if (begin)
        found = std::max(*begin, lost + 1);
      else
        lost = middle;
    }
    return found;
  }

  const log::View& view_;
  const Record& reference_;
  std::string bytes_;
};

}  // namespace

void for_referred(const log::View& view, const Record& reference, std::uint64_t from,
                  ReferredVisit visit) {
  Reader reader(view, reference);
  for (std::uint64_t at = from; at < reference.total;) {
    const std::uint64_t end = std::min(reference.total, at + kChunk);
    if (reader.is_good(at, end)) {
      visit(at, end, true);
      at = end;
    } else {
      at = reader.pass_damaged(at, end, visit);
    }
  }
}

Kind ReferredPart::kind() const {
  if (is_lost_) return Kind::kGap;
  return begin_ == 0 ? Kind::kSet : Kind::kAppend;
}

Status ReferredPart::store(std::uint8_t* to) const {
  const auto reference = log::Reference::of(view_, reference_);
  const bool done = reference && log::read_referred(view_, *reference, reference_.type, begin_,
                                                    end_, reinterpret_cast<char*>(to))
                                     .has_value();
  if (done) return {};
  return fail(
      Code::kCorrupt,
      fmt::format("offset {}: what was read before cannot be read any more", reference_.offset),
      "check the disk, and try again");
}

std::vector<ReferredPart> referred_parts(const log::View& view, const Record& reference,
                                         std::uint64_t from) {
  std::vector<ReferredPart> parts;
  std::uint64_t begin = from, end = from;
  bool was_good = true;
  const auto add = [&] {
    if (begin < end) parts.emplace_back(view, reference, begin, end, !was_good);
    begin = end;
  };
  for_referred(view, reference, from, [&](std::uint64_t, std::uint64_t until, bool is_good) {
    const bool goes_on = is_good == was_good && (!is_good || until - begin <= kMostOfPart);
    if (!goes_on) add();
    was_good = is_good;
    end = until;
  });
  add();
  return parts;
}

}  // namespace kvstore::maint
