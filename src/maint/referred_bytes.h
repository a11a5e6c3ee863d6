// The readable bytes that a REF names, in a damaged file.
//
// Thread rule: pure functions of an immutable part of a log, and values.
#pragma once

#include <cstdint>
#include <vector>

#include "src/base/function_ref.h"
#include "src/log/log.h"
#include "src/log/view.h"

namespace kvstore::maint {

using ReferredVisit = FunctionRef<void(std::uint64_t begin, std::uint64_t end, bool is_good)>;

// Visits all bytes of the value from `from` on, in order. In a damaged record, unreadable bytes are
// reported in units of its checksum blocks; of a lost record, all bytes.
void for_referred(const log::View& view, const log::Record& reference, std::uint64_t from,
                  ReferredVisit visit);

// Bytes [begin, end) of the value, for a record of their own; or their loss.
class ReferredPart final : public log::ValueSource {
 public:
  ReferredPart(const log::View& view, const log::Record& reference, std::uint64_t begin,
               std::uint64_t end, bool is_lost)
      : view_(view), reference_(reference), begin_(begin), end_(end), is_lost_(is_lost) {}
  std::uint64_t size() const override { return end_ - begin_; }
  // kCorrupt: they cannot be read any more.
  Status store(std::uint8_t* to) const override;
  log::Kind kind() const;
  bool is_lost() const { return is_lost_; }
  std::uint64_t begin() const { return begin_; }

 private:
  const log::View view_;
  const log::Record reference_;
  const std::uint64_t begin_, end_;
  const bool is_lost_;
};

// The value from `from` on, in parts that fit into records.
std::vector<ReferredPart> referred_parts(const log::View& view, const log::Record& reference,
                                         std::uint64_t from);

}  // namespace kvstore::maint
