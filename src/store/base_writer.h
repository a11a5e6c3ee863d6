// The base of a compacted file: all keys that are live as of a seq, in their order, each value
// in pieces of up to kPiece bytes that have the seq, time and expiry of the key's newest record;
// then the run of the index that knows them all, and the CHECKPOINT that names it.
//
// Pieces that become smaller by it may be compressed; what their bytes share then stands before
// them all, as a dictionary. What several values show by REFs is written once, and the others refer
// to it (shared_values.h).
//
// Memory: a piece, and a segment of the index.
//
// Thread rule: one thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/index/run_writer.h"
#include "src/log/encoder.h"
#include "src/log/expiry_counts.h"
#include "src/log/file_builder.h"
#include "src/log/reference.h"
#include "src/store/moved_targets.h"
#include "src/store/read_view.h"
#include "src/store/shared_values.h"
#include "src/store/walk.h"

namespace kvstore {

class BaseWriter {
 public:
  static constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
  // After so many bytes of a key. False: it is to stop.
  using Note = std::function<bool(std::uint64_t keys, std::uint64_t bytes)>;

  // What the key that the walk stands on takes in a base, about. One whose values are compressed:
  // if it is compressed now, as much as now.
  static std::uint64_t size_of(const Walk& walk, const Compression& compress);

  // `view`: as of the floor of the file that `to` makes; `shared` has passed its values. All must
  // outlive it.
  BaseWriter(const ReadView& view, const log::Floor& floor, const SharedValues& shared,
             log::FileBuilder* to, Note note);
  // Values are compressed from now on, those that share a dictionary with this one; empty: none
  // does. Before write(). The file is one with Floor::compressed. The builder's errors.
  Status compress(int level, std::string_view dictionary);
  // kCorrupt: a key that cannot be read; kSkipped: it was to stop; the builder's errors.
  // Throws std::bad_alloc.
  Status write();
  // Bytes of values that were written, and what they took in the file.
  std::uint64_t raw() const { return raw_; }
  std::uint64_t stored() const { return stored_; }
  // Where the values are that REFs named, and later ones may name, too.
  MovedTargets& moved() { return moved_; }

 private:
  // Where a piece of a value is to end, because REFs name a target that does.
  struct Cut {
    std::uint64_t end = 0, target = 0;
    std::uint64_t begin = 0;  // of the stretch that it is in
  };
  using Stretches = std::vector<SharedValues::Stretch>;
  Status write_key(std::string_view key, const log::Record& newest);
  Result<std::uint64_t> write_reference(std::string_view key, const log::Record& newest,
                                        const Stretches& stretches);
  std::uint64_t find_written(const Stretches& stretches,
                             std::vector<log::ReferencePiece>* pieces) const;
  std::vector<Cut> cuts_behind(std::uint64_t begin, const Stretches& stretches) const;
  Status write_bytes(std::string_view key, const log::Record& newest, std::uint64_t begin,
                     const std::vector<Cut>& cuts);
  Result<std::uint64_t> write_as_it_is(std::string_view key, const log::Record& newest,
                                       std::uint64_t begin, std::uint64_t end);
  log::NewRecord piece_of(std::string_view key, const log::Record& newest,
                          std::uint64_t begin) const;
  void encode(log::NewRecord* piece);
  Status add(log::NewRecord piece, const log::Record& newest);
  void count(const log::Record& newest);
  Status write_checkpoint(const log::Position& covered, const log::RunPlace& run);
  log::ClockState clock() const;

  const ReadView& view_;
  const log::Floor floor_;
  const SharedValues& shared_;
  log::FileBuilder& to_;
  const Note note_;
  const std::uint64_t hash_seed_;
  index::RunWriter run_;
  std::uint64_t newest_ = 0;  // where the record stands that was added last
  std::uint64_t keys_ = 0;
  log::ExpiryCounts expiries_;
  MovedTargets moved_;
  std::optional<log::Encoder> encoder_;
  std::uint64_t raw_ = 0, stored_ = 0;
  std::uint32_t last_raw_size_ = 1;  // of the piece that was compressed last
  std::string piece_, encoded_;
};

}  // namespace kvstore
