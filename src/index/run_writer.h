// Writes a run of the index to the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/function_ref.h"
#include "src/index/run.h"
#include "src/index/segment_builder.h"
#include "src/log/log.h"
#include "src/log/view.h"

namespace kvstore::index {

// Writes a run segment by segment, each of about kSegmentSize. One thread.
class RunWriter {
 public:
  static constexpr std::uint64_t kSegmentSize = std::uint64_t{4} << 20;
  // Allocates space for a body of `size` bytes.
  using Allocate = FunctionRef<Result<log::ExtentPlace>(std::uint64_t size)>;

  // Stores a piece of a body (log::Log::store_body).
  using StorePiece = std::function<Status(std::uint64_t offset, std::span<const std::uint8_t>)>;

  // `view` is used for offsets, binding and the stored bytes only.
  RunWriter(const log::View& view, std::uint64_t hash_seed, StorePiece store)
      : view_(view),
        store_(std::move(store)),
        hash_seed_(hash_seed),
        builder_(*view.binding, hash_seed) {}

  // Keys must be strictly ascending. Errors: those of allocate() and of storing. Throws
  // std::bad_alloc. After an error the run cannot be finished; parts() are the segments stored so
  // far.
  Status add(std::string_view key, Entry entry, Allocate allocate);
  // Returns the added entries as a run for the range [begin, end) of the log.
  Result<std::shared_ptr<const Run>> finish(std::uint64_t begin, std::uint64_t end,
                                            std::uint64_t last_seq, Allocate allocate);
  const std::vector<Run::Part>& parts() const { return parts_; }
  // The last key added.
  const std::string& last_key() const { return last_key_; }

 private:
  Status store_segment(Allocate allocate);
  Status store_body(std::uint64_t offset, std::uint64_t size);
  std::string separator() const;

  const log::View view_;
  const StorePiece store_;
  const std::uint64_t hash_seed_;
  SegmentBuilder builder_;
  std::vector<std::uint8_t> body_;  // of the segment that is being stored
  std::vector<Run::Part> parts_;
  std::string last_key_, stored_last_key_;
};

}  // namespace kvstore::index
