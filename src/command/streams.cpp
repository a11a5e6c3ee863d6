#include "src/command/streams.h"

#include <algorithm>
#include <cstring>

#include "src/base/check.h"

namespace kvstore::command {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;
// Most lists are short: each chunk is as large as all before it together, within these limits.
constexpr std::size_t kFirstChunk = std::size_t{1} << 10;

tl::unexpected<Error> no_longer_there() {
  return fail(Code::kPurged, "this version of the value is gone: it was changed while it was sent");
}

}  // namespace

// --- ValueStream

ValueStream::ValueStream(Store& store, std::string_view key, std::uint64_t begin, std::uint64_t end,
                         std::uint64_t seq)
    : store_(store), key_(key), begin_(begin), end_(end), seq_(seq), at_(begin) {
  KV_CHECK(begin <= end);
}

Status ValueStream::verify() {
  Status status;
  while (status && at_ < end_) status = read_piece();
  at_ = begin_;
  return status;
}

Status ValueStream::next(ReplySink& to) {
  KV_TRY(read_piece());
  to.part(piece_);
  return {};
}

Status ValueStream::read_piece() {
  const std::uint64_t size = std::min<std::uint64_t>(kPiece, end_ - at_);
  At version;
  version.seq = seq_;
  Result<bool> found = store_.read(key_, static_cast<std::int64_t>(at_), size, &piece_, version);
  // The file's history may end above this version although it is the newest.
  if (!found && found.error().code == Code::kPurged) found = read_unchanged(size);
  if (!found) return fail(found.error());
  if (!*found || piece_.size() != size) return no_longer_there();
  at_ += size;
  return {};
}

// The same as of now, if the key was not written since.
Result<bool> ValueStream::read_unchanged(std::uint64_t size) {
  KV_ASSIGN(const bool found, store_.read(key_, static_cast<std::int64_t>(at_), size, &piece_));
  // Check after the read: an unchanged seq was the same while the bytes were read.
  KV_ASSIGN(const auto info, store_.stat(key_));
  if (!info || info->seq != seq_) return no_longer_there();
  return found;
}

// --- TextStream

Status TextStream::next(ReplySink& to) {
  const std::string_view piece = std::string_view(text_).substr(at_, kPiece);
  at_ += piece.size();
  to.part(piece);
  return {};
}

// --- ListStream

std::size_t ListStream::memory_for(std::string_view item) const {
  const std::size_t size = sizeof(std::uint32_t) + item.size();
  if (!chunks_.empty() && chunks_.back().capacity() - chunks_.back().size() >= size) return 0;
  return std::max(std::clamp(memory_, kFirstChunk, kPiece), size);
}

void ListStream::add(std::uint32_t size, std::string_view item) {
  if (const std::size_t memory = memory_for(item); memory > 0) {
    chunks_.emplace_back().reserve(memory);
    memory_ += memory;
  }
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  chunks_.back().append(bytes, sizeof size).append(item);
  ++left_;
}

Status ListStream::next(ReplySink& to) {
  const std::string& chunk = chunks_.front();
  std::uint32_t size = 0;
  std::memcpy(&size, chunk.data() + at_, sizeof size);
  at_ += sizeof size;
  if (size == kMissing) {
    to.missing();
  } else {
    to.value(std::string_view(chunk).substr(at_, size));
    at_ += size;
  }
  --left_;
  if (at_ < chunk.size()) return {};
  memory_ -= std::min(memory_, chunk.capacity());
  chunks_.pop_front();
  at_ = 0;
  return {};
}

}  // namespace kvstore::command
