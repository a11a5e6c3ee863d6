#include "src/log/reference.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "src/base/check.h"
#include "src/base/coding.h"
#include "src/log/encoded_value.h"

namespace kvstore::log {
namespace {

// Limit for the search through pieces of one version, which a repair may have made of one record.
constexpr int kMostOfOneSeq = 4096;

bool is_target(const Record& record, const ReferencePiece& piece, std::uint8_t type) {
  const bool has_bytes = record.has_own_bytes() || record.kind == Kind::kGap;
  return has_bytes && record.seq == piece.seq && record.total == piece.end && record.type == type;
}

bool is_list(const Reference& reference, const Record& record) {
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const ReferencePiece piece = reference.piece(i);
    if (piece.end <= end || piece.offset >= record.offset) return false;
    end = piece.end;
  }
  return end == record.total;
}

tl::unexpected<Broken> in_target(const Broken& why) {
  const bool says_more = std::string_view(why.reason) != kBadChecksum;
  return tl::unexpected<Broken>({why.offset, why.seq, says_more ? why.reason : kDamagedTarget});
}

}  // namespace

std::optional<Reference> Reference::of(const View& view, const Record& record) {
  KV_CHECK(record.is_reference());
  if (!body_is_valid(record, *view.binding)) return std::nullopt;
  const Reference reference(record.stored());
  if (!is_list(reference, record)) return std::nullopt;
  return reference;
}

std::string Reference::encode(std::span<const ReferencePiece> pieces) {
  std::string bytes(pieces.size() * kReferencePiece, '\0');
  auto* at = reinterpret_cast<std::uint8_t*>(bytes.data());
  for (const ReferencePiece& piece : pieces) {
    store_le(at, piece.end);
    store_le(at + 8, piece.offset);
    store_le(at + 16, piece.seq);
    at += kReferencePiece;
  }
  return bytes;
}

ReferencePiece Reference::piece(std::size_t i) const {
  KV_CHECK(i < size());
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes_.data()) + i * kReferencePiece;
  return {load_le<std::uint64_t>(at), load_le<std::uint64_t>(at + 8),
          load_le<std::uint64_t>(at + 16)};
}

std::size_t Reference::find(std::uint64_t position) const {
  std::size_t low = 0, high = size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (piece(middle).end <= position) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  KV_CHECK(low < size());
  return low;
}

ChainResult<Record> find_target(const View& view, const ReferencePiece& piece, std::uint8_t type) {
  Record target;
  const bool is_there =
      view.header(piece.offset, &target) == HeaderCheck::kValid && is_target(target, piece, type);
  if (is_there) return target;
  return tl::unexpected<Broken>({piece.offset, piece.seq, kNoTarget});
}

ChainResult<void> read_referred(const View& view, const Reference& reference, std::uint8_t type,
                                std::uint64_t begin, std::uint64_t end, char* out) {
  for (std::uint64_t at = begin; at < end;) {
    const std::size_t i = reference.find(at);
    const ReferencePiece piece = reference.piece(i);
    const std::uint64_t until = std::min(end, piece.end);
    const auto target = find_target(view, piece, type);
    if (!target) return tl::unexpected<Broken>(target.error());
    const auto done = read_own_bytes(view, *target, at, until, out + (at - begin));
    if (!done) return in_target(done.error());
    at = until;
  }
  return {};
}

ChainResult<std::vector<ReferencePiece>> refer_to(const View& view, const Record& head,
                                                  std::uint64_t begin) {
  KV_CHECK(head.total > begin);
  const ChainResult<Record> first = find_own_byte(view, head, begin);
  if (!first) return tl::unexpected<Broken>(first.error());
  std::vector<ReferencePiece> pieces;
  if (first->is_reference()) {
    const auto reference = Reference::of(view, *first);
    if (!reference) return tl::unexpected<Broken>({first->offset, first->seq, kBadChecksum});
    for (std::size_t i = reference->find(begin); i < reference->size(); ++i) {
      pieces.push_back(reference->piece(i));
    }
    if (head.total == first->total) return pieces;
  }
  pieces.push_back({head.total, head.offset, head.seq});
  return pieces;
}

namespace {

// The record of the version that the piece names that ends where the piece does; `newest` is the
// version's newest record.
std::optional<Record> find_end(const View& view, const Record& newest, const ReferencePiece& piece,
                               std::uint8_t type) {
  if (newest.total >= piece.end) {
    const auto found = find_own_byte(view, newest, piece.end - 1);
    if (found && is_target(*found, piece, type)) return *found;
  }
  Record record = newest;
  for (int looks = 0; !is_target(record, piece, type); ++looks) {
    const bool goes_on = record.seq == piece.seq && record.prev != 0 && looks < kMostOfOneSeq &&
                         view.header(record.prev, &record) == HeaderCheck::kValid;
    if (!goes_on) return std::nullopt;
  }
  return record;
}

}  // namespace

std::optional<std::vector<ReferencePiece>> find_moved(const View& view, const Record& newest,
                                                      const ReferencePiece& piece,
                                                      std::uint64_t begin, std::uint8_t type) {
  const auto found = find_seq(view, newest, piece.seq);
  if (!found || !found->at) return std::nullopt;
  const auto record = find_end(view, *found, piece, type);
  if (!record) return std::nullopt;
  auto pieces = refer_to(view, *record, begin);
  if (!pieces) return std::nullopt;
  return std::move(*pieces);
}

const char* check_reference(const View& view, const Record& record) {
  const auto reference = Reference::of(view, record);
  if (!reference) return kBadChecksum;
  for (std::size_t i = 0; i < reference->size(); ++i) {
    if (!find_target(view, reference->piece(i), record.type)) return kNoTarget;
  }
  return nullptr;
}

}  // namespace kvstore::log
