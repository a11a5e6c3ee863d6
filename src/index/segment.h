// A segment: about 200,000 keys of a run, sorted, with the offset of each one's newest record; a
// view of the body of one EXTENT record.
//
// A look-up calls find(), which costs one cache line of the directory and reads no key: the caller
// compares the key in the log, as with the memtable. The blocks, which hold whole keys, are used
// for ordered access, and if a record that may be the key's cannot be read.
//
// The bytes are not trusted. Each piece is verified when it is read, and an invalid piece is
// reported as damage, never as a missing key: the segment must then be rebuilt from the log.
// Invalid content with valid checksums (a forgery) never causes accesses outside of the body,
// endless loops, or more memory than the body has bytes.
//
// Thread rule: const members on any thread. The body's bytes must stay mapped.
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

// A fault in a segment, and its offset in the file.
struct SegmentFault {
  std::string what;
  std::uint64_t offset;
};

class Segment {
 public:
  enum class Probe { kFound, kAbsent, kDamaged };

  // A view of `size` bytes at `body`, which is at offset `at` of the file. Reads the header only.
  // Null: it is invalid, or for another file, offset, size, version or hash seed. Throws
  // std::bad_alloc. `file`, if not null, is used for read-ahead in ordered walks.
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
  // Bounds for the offsets of its records.
  std::uint64_t lowest_offset() const { return header_.base; }
  std::uint64_t highest_offset() const { return header_.base + header_.span; }
  std::uint64_t bytes() const;  // of private memory

  // Prefetches the memory that find() reads first.
  void prefetch(std::uint64_t hash) const { kvstore::prefetch(bucket(shape_.first_bucket(hash))); }
  // Calls matches(offset) for each candidate, until it returns true: then kFound, with that
  // *offset. kAbsent: no candidate matched, so the segment lacks the key. kDamaged: it may have the
  // key. The hash must be hash_key(key, hash_seed).
  Probe find(std::uint64_t hash, FunctionRef<bool(std::uint64_t offset)> matches,
             std::uint64_t* offset) const;
  // The same through the blocks, without the log: for callers that cannot read a candidate. Throws
  // std::bad_alloc.
  Probe find_key(std::string_view key, Entry* entry) const;

  // An ordered cursor (SegmentCursor, which can also be used directly). Its moves throw
  // std::bad_alloc. Must not outlive the segment.
  std::unique_ptr<Cursor> cursor() const;

  // Verifies everything: all pieces are valid, the keys are in order and match the sparse index,
  // each is found through the directory, and their number matches header and directory. Returns the
  // first fault, or nullopt. Throws std::bad_alloc.
  std::optional<SegmentFault> check_all() const;

  // The rest is for the parts of a segment.
  const SegmentHeader& header() const { return header_; }
  const std::uint8_t* body() const { return body_; }
  std::uint32_t block_seed(std::uint32_t number) const { return seeds_.block(number); }
  // Loaded at the first call. Null: it is damaged. Throws std::bad_alloc.
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
  // Copies a bucket. False: it is damaged.
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
