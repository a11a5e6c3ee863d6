// ReplyStreams for replies that are too long to be held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/command/reply_sink.h"
#include "src/store/store.h"

namespace kvstore::command {

// Bytes [begin, end) of one version of a key's value, read from the store when they are sent. The
// store must outlive this.
class ValueStream final : public ReplyStream {
 public:
  ValueStream(Store& store, std::string_view key, std::uint64_t begin, std::uint64_t end,
              std::uint64_t seq);

  // Reads all of it once, so that damage is reported before the first byte is sent.
  Status verify();

  Kind kind() const override { return Kind::kValue; }
  std::uint64_t left() const override { return end_ - at_; }
  Status next(ReplySink& to) override;
  std::size_t memory() const override { return key_.capacity() + piece_.capacity(); }

 private:
  Status read_piece();
  Result<bool> read_unchanged(std::uint64_t size);

  Store& store_;
  const std::string key_;
  const std::uint64_t begin_;
  const std::uint64_t end_;
  const std::uint64_t seq_;
  std::uint64_t at_;
  std::string piece_;  // the piece read last
};

// A value that is held; streaming avoids another copy of it for the protocol.
class TextStream final : public ReplyStream {
 public:
  explicit TextStream(std::string text) : text_(std::move(text)) {}
  Kind kind() const override { return Kind::kValue; }
  std::uint64_t left() const override { return text_.size() - at_; }
  Status next(ReplySink& to) override;
  std::size_t memory() const override { return text_.capacity(); }

 private:
  const std::string text_;
  std::size_t at_ = 0;
};

// A list of byte strings or missing items, each of which takes its size and four bytes. Memory of
// sent items is freed.
class ListStream final : public ReplyStream {
 public:
  // Bytes of memory that adding `item` would take; 0 if it fits the present buffer.
  std::size_t memory_for(std::string_view item) const;
  void add(std::string_view item) { add(static_cast<std::uint32_t>(item.size()), item); }
  void add_missing() { add(kMissing, {}); }

  Kind kind() const override { return Kind::kArray; }
  std::uint64_t left() const override { return left_; }
  Status next(ReplySink& to) override;
  std::size_t memory() const override { return memory_; }

 private:
  static constexpr std::uint32_t kMissing = UINT32_MAX;  // in place of a size
  void add(std::uint32_t size, std::string_view item);

  std::deque<std::string> chunks_;
  std::size_t memory_ = 0;  // total of chunks_
  std::size_t at_ = 0;      // offset in the first chunk
  std::uint64_t left_ = 0;
};

// A key's versions, which take 32 bytes each until they are sent.
class VersionStream final : public ReplyStream {
 public:
  using Write = void (*)(const Version& version, ReplySink& to);
  VersionStream(std::vector<Version> versions, Write write)
      : versions_(std::move(versions)), write_(write) {}
  Kind kind() const override { return Kind::kArray; }
  std::uint64_t left() const override { return versions_.size() - at_; }
  Status next(ReplySink& to) override {
    write_(versions_[at_++], to);
    return {};
  }
  std::size_t memory() const override { return versions_.capacity() * sizeof(Version); }

 private:
  const std::vector<Version> versions_;
  const Write write_;
  std::size_t at_ = 0;
};

}  // namespace kvstore::command
