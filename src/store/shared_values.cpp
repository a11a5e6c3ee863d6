#include "src/store/shared_values.h"

#include <algorithm>
#include <optional>
#include <string>

#include "src/log/reference.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

// The record that begins the value.
std::optional<Record> first_of(const log::View& view, const Record& newest) {
  if (newest.kind == Kind::kSet || newest.is_reference()) return newest;
  const auto first = log::find_own_byte(view, newest, 0);
  if (!first) return std::nullopt;
  return *first;
}

std::optional<log::Reference> reference_of(const log::View& view, const Record& newest) {
  if (newest.kind == Kind::kSet || newest.kind == Kind::kHole || newest.total == 0) return {};
  const auto first = first_of(view, newest);
  if (!first || !first->is_reference()) return {};
  return log::Reference::of(view, *first);
}

// The first record of the chain of a piece's target.
std::optional<std::uint64_t> chain_of(const log::View& view, const log::ReferencePiece& piece,
                                      std::uint8_t type) {
  const auto target = log::find_target(view, piece, type);
  if (!target) return std::nullopt;
  const auto first = first_of(view, *target);
  if (!first) return std::nullopt;
  return first->offset;
}

}  // namespace

std::uint64_t SharedValues::pass(const log::View& view, const Record& newest) {
  const auto reference = reference_of(view, newest);
  if (!reference) return 0;
  for (std::size_t i = 0; i < reference->size(); ++i) {
    const log::ReferencePiece piece = reference->piece(i);
    const auto chain = chain_of(view, piece, newest.type);
    if (!chain || targets_ >= kMost) return reference->begin(i);
    Chain& noted = chains_[*chain];
    noted.begin = std::min(noted.begin, reference->begin(i));
    noted.end = std::max(noted.end, piece.end);
    const auto [from, to] = noted.ends.equal_range(piece.end);
    const auto is_it = [&](const auto& one) { return one.second == piece.offset; };
    if (std::any_of(from, to, is_it)) continue;
    noted.ends.emplace(piece.end, piece.offset);
    ++targets_;
  }
  return reference->total();
}

std::uint64_t SharedValues::others(const ReadView& view) const {
  std::uint64_t bytes = 0;
  const log::View log = view.generation().view();
  for (const auto& [offset, chain] : chains_) {
    Record first, newest;
    if (log.header(offset, &first) != log::HeaderCheck::kValid) continue;
    const std::string key(first.key());
    const bool is_live = view.resolve(key, {}, &newest) && newest.at && newest.total > 0;
    const auto begins = is_live ? first_of(log, newest) : std::nullopt;
    if (!begins || begins->offset != offset) bytes += chain.end - chain.begin;
  }
  return bytes;
}

std::vector<SharedValues::Stretch> SharedValues::stretches(const log::View& view,
                                                           const Record& newest) const {
  const auto first = newest.total > 0 ? first_of(view, newest) : std::nullopt;
  if (!first) return {};
  std::vector<Stretch> all;
  std::uint64_t begin = 0;
  if (first->is_reference()) {
    const auto reference = log::Reference::of(view, *first);
    for (std::size_t i = 0; reference && i < reference->size(); ++i) {
      const auto chain = chain_of(view, reference->piece(i), newest.type);
      if (!chain) return {};
      all.push_back({begin, reference->piece(i).end, *chain});
      begin = all.back().end;
    }
    if (!reference) return {};
  }
  if (begin < newest.total) all.push_back({begin, newest.total, first->offset});
  return all;
}

const SharedValues::Ends& SharedValues::ends(std::uint64_t chain) const {
  static const Ends kNone;
  const auto found = chains_.find(chain);
  return found == chains_.end() ? kNone : found->second.ends;
}

}  // namespace kvstore
