#include "src/index/run_writer.h"

#include <algorithm>
#include <utility>

#include "src/base/hash.h"

namespace kvstore::index {

// Writers of the log wait while a piece is stored.
constexpr std::size_t kPiece = std::size_t{64} << 10;

Status RunWriter::add(std::string_view key, Entry entry, Allocate allocate) {
  if (builder_.keys() > 0 && builder_.estimated_size() >= kSegmentSize) {
    KV_TRY(store_segment(allocate));
  }
  builder_.add(key, hash_key(key, hash_seed_), entry);
  last_key_.assign(key);
  return {};
}

// Each CHECKPOINT repeats all separators, and they are held in memory: so they are kept short.
std::string RunWriter::separator() const {
  const std::string& first = builder_.first_key();
  if (parts_.size() == 1) return first;
  const std::size_t shared =
      shared_prefix(stored_last_key_.data(), stored_last_key_.size(), first.data(), first.size());
  return first.substr(0, shared + 1);
}

Status RunWriter::store_body(std::uint64_t offset, std::uint64_t size) {
  body_.resize(size);
  builder_.store(body_.data(), offset);
  std::span<const std::uint8_t> rest = body_;
  while (!rest.empty()) {
    const std::size_t piece = std::min(kPiece, rest.size());
    KV_TRY(store_(offset, rest.first(piece)));
    rest = rest.subspan(piece);
    offset += piece;
  }
  return {};
}

Status RunWriter::store_segment(Allocate allocate) {
  parts_.emplace_back();
  Run::Part& part = parts_.back();
  const std::uint64_t size = builder_.size();
  part.place = {0, 0, size, builder_.keys(), separator()};
  auto place = allocate(size);
  if (!place) {
    parts_.pop_back();
    return fail(std::move(place.error()));
  }
  part.place.extent = place->extent;
  part.place.body = place->body;
  KV_TRY(store_body(place->body, size));
  stored_last_key_ = builder_.last_key();
  builder_.clear();
  part.segment = Segment::open(view_.data + place->body, place->body, size, *view_.binding,
                               hash_seed_, view_.file);
  return {};
}

Result<std::shared_ptr<const Run>> RunWriter::finish(std::uint64_t begin, std::uint64_t end,
                                                     std::uint64_t last_seq, Allocate allocate) {
  if (builder_.keys() > 0) KV_TRY(store_segment(allocate));
  return std::make_shared<const Run>(begin, end, last_seq, parts_);
}

}  // namespace kvstore::index
