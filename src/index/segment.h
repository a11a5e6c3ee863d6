// A segment: some 200,000 keys of a run, sorted, with the offset of each one's newest record
// that the run knows; a view of the body of one EXTENT record.
//
// Who looks a key up asks find(), which costs one cache line of the directory and touches no
// key: the caller compares the key in the log, as with the memtable. Who needs order, or cannot
// read a record that may be the key's, goes through the blocks, which hold whole keys.
//
// Nothing of it is taken on trust. Each piece is checked when it is read, and what does not
// check out is reported as damage, never as a key that is not there: then the segment is to be
// built anew from the log. Bytes with right checks that cannot be (made by strangers) never
// lead out of the body, into an endless loop, or to more memory than the body has bytes.
//
// Thread rule: all const members from any thread. The body's bytes must stay mapped as long.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/function_ref.h"
#include "src/base/prefetch.h"
#include "src/file/file_system.h"
#include "src/index/cursor.h"
#include "src/index/entry.h"
#include "src/index/segment_format.h"
#include "src/index/sparse_index.h"

namespace kvstore::index {

// What is wrong with a segment, and where in the file.
struct SegmentFault {
  std::string what;
  std::uint64_t offset;
};

class Segment {
 public:
  enum class Probe { kFound, kAbsent, kDamaged };

  // A view of `size` bytes at `body`, which is the file's byte `at`. Reads the header only.
  // Null: it does not check out, is of another file, place, size, version or hash seed. Throws
  // std::bad_alloc. `file`, if it is known, is asked to read ahead for who goes over it in order.
  static std::unique_ptr<Segment> open(const std::uint8_t* body, std::uint64_t at,
                                       std::uint64_t size, const log::Binding& binding,
                                       std::uint64_t hash_seed,
                                       const file::LogFile* file = nullptr);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  std::uint64_t keys() const { return header_.keys; }
  std::uint64_t at() const { return at_; }
  const file::LogFile* file() const { return file_; }
  std::uint64_t size() const { return header_.size; }
  // All its records' offsets lie between these two.
  std::uint64_t lowest_offset() const { return header_.base; }
  std::uint64_t highest_offset() const { return header_.base + header_.span; }
  std::uint64_t bytes() const;  // of private memory

  // Asks for the memory that find() will look at first.
  void prefetch(std::uint64_t hash) const { kvstore::prefetch(bucket(shape_.first_bucket(hash))); }
  // Calls matches(offset) for each candidate, until it returns true: kFound, and *offset is
  // that one. kAbsent: the segment does not know the key, if no candidate was the key's.
  // kDamaged: it may know it. The hash is hash_key(key, hash_seed).
  Probe find(std::uint64_t hash, FunctionRef<bool(std::uint64_t offset)> matches,
             std::uint64_t* offset) const;
  // The same through the blocks, without a look at the log: for who cannot read a candidate.
  // Throws std::bad_alloc.
  Probe find_key(std::string_view key, Entry* entry) const;

  // An ordered walk (SegmentCursor, which can also be used as it is). Its moves throw
  // std::bad_alloc. Must not outlive the segment.
  std::unique_ptr<Cursor> cursor() const;

  // The first thing that is wrong, if anything is: all pieces check out, the keys rise and lie
  // where the sparse index says, each is found through the directory, and there are as many
  // as the header and the directory have. Reads all. Throws std::bad_alloc.
  std::optional<SegmentFault> check_all() const;

  // Below: for the parts of a segment.
  const SegmentHeader& header() const { return header_; }
  const std::uint8_t* body() const { return body_; }
  std::uint32_t block_seed(std::uint32_t number) const { return seeds_.block(number); }
  // Loaded at the first call. Null: it does not check out. Throws std::bad_alloc.
  const SparseIndex* sparse() const {
    const SparseIndex* const loaded = sparse_.load(std::memory_order_acquire);
    return loaded != nullptr ? loaded : load_sparse();
  }

 private:
  friend class SegmentCheck;
  Segment(const std::uint8_t* body, std::uint64_t at, const SegmentHeader& header,
          const log::Binding& binding, const file::LogFile* file)
      : file_(file),
        body_(body),
        directory_(body + header.directory),
        shape_(header),
        seeds_(binding, at, header.content),
        at_(at),
        header_(header) {}

  const std::uint8_t* bucket(std::uint32_t number) const {
    return directory_ + std::size_t{number} * SegmentFormat::kBucketSize;
  }
  // A copy of a bucket. False: it does not check out.
  bool load_bucket(std::uint32_t number, std::uint8_t* copy) const;
  const SparseIndex* load_sparse() const;

  const file::LogFile* const file_;
  const std::uint8_t* const body_;
  const std::uint8_t* const directory_;
  const DirectoryShape shape_;
  const SegmentSeeds seeds_;
  mutable std::atomic<const SparseIndex*> sparse_{nullptr};
  const std::uint64_t at_;
  const SegmentHeader header_;
};

}  // namespace kvstore::index
