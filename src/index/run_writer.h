// Writes a run of the index to the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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

  // `view` is used for offsets and binding only.
  RunWriter(const log::View& view, std::uint64_t hash_seed, std::uint8_t* data)
      : view_(view), data_(data), hash_seed_(hash_seed), builder_(*view.binding, hash_seed) {}

  // Keys must be strictly ascending. Errors: allocate()'s. Throws std::bad_alloc. After an error
  // the run cannot be finished; parts() are the segments stored so far.
  Status add(std::string_view key, Entry entry, Allocate allocate);
  // Returns the added entries as a run for the range [begin, end) of the log.
  Result<std::shared_ptr<const Run>> finish(std::uint64_t begin, std::uint64_t end,
                                            std::uint64_t last_seq, Allocate allocate);
  const std::vector<Run::Part>& parts() const { return parts_; }
  // The last key added.
  const std::string& last_key() const { return last_key_; }

 private:
  Status store_segment(Allocate allocate);
  std::string separator() const;

  const log::View view_;
  std::uint8_t* const data_;
  const std::uint64_t hash_seed_;
  SegmentBuilder builder_;
  std::vector<Run::Part> parts_;
  std::string last_key_, stored_last_key_;
};

}  // namespace kvstore::index
