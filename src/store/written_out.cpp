#include "src/store/written_out.h"

#include <algorithm>

#include "src/store/read_view.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

constexpr std::uint64_t kMostOfPart = std::uint64_t{1} << 30;

}  // namespace

Kind WrittenOut::Part::kind() const {
  if (is_lost_) return Kind::kGap;
  return begin_ == 0 ? Kind::kSet : Kind::kAppend;
}

Status WrittenOut::Part::store(std::uint8_t* to) const {
  const auto reference = log::Reference::of(of_.view_, of_.record_);
  const log::ChainResult<void> done =
      reference ? log::read_referred(of_.view_, *reference, of_.record_.type, begin_, end_,
                                     reinterpret_cast<char*>(to))
                : tl::unexpected<log::Broken>({of_.record_.offset, of_.record_.seq,
                                               "its bytes do not match their checksum"});
  if (done) return {};
  return ReadView::corrupt(of_.record_.key(), done.error());
}

Status WrittenOut::prepare() {
  const auto reference = log::Reference::of(view_, record_);
  if (!reference) {
    return ReadView::corrupt(
        record_.key(), {record_.offset, record_.seq, "its bytes do not match their checksum"});
  }
  for (std::size_t i = 0; i < reference->size(); ++i) {
    KV_TRY(add_piece(reference->begin(i), reference->piece(i)));
  }
  return {};
}

Status WrittenOut::add_piece(std::uint64_t begin, const log::ReferencePiece& piece) {
  KV_ASSIGN(const std::vector<Lost> lost, find_lost(begin, piece));
  std::uint64_t at = begin;
  for (auto gap = lost.rbegin(); gap != lost.rend(); ++gap) {
    add_parts(at, gap->begin);
    parts_.emplace_back(*this, gap->begin, gap->end, true);
    at = gap->end;
  }
  add_parts(at, piece.end);
  parts_.back().stands_for = piece.offset;
  parts_.back().stands_from = begin;
  return {};
}

// Goes back along the target's chain.
Result<std::vector<WrittenOut::Lost>> WrittenOut::find_lost(
    std::uint64_t begin, const log::ReferencePiece& piece) const {
  const auto target = log::find_target(view_, piece, record_.type);
  if (!target) return ReadView::corrupt(record_.key(), target.error());
  std::vector<Lost> lost;
  Record record = *target;
  while (true) {
    const std::uint64_t first = record.total - std::min(record.length(), record.total);
    if (record.kind == Kind::kGap && record.total > begin && record.length() > 0) {
      lost.push_back({std::max(first, begin), record.total});
    }
    if (first <= begin || record.starts_chain()) return lost;
    const std::uint64_t prev = record.prev, seq = record.seq;
    if (prev == 0 || view_.header(prev, &record) != log::HeaderCheck::kValid) {
      return ReadView::corrupt(record_.key(), {prev, seq, log::kDamagedTarget});
    }
  }
}

void WrittenOut::add_parts(std::uint64_t begin, std::uint64_t end) {
  while (begin < end) {
    const std::uint64_t until = std::min(end, begin / kMostOfPart * kMostOfPart + kMostOfPart);
    parts_.emplace_back(*this, begin, until, false);
    begin = until;
  }
}

}  // namespace kvstore
