// Writes the base of a compacted file: all keys that are live as of a seq, in key order. Each value
// is split into pieces of up to kPiece bytes, which have the seq, time and expiry of the key's
// newest record. The run of the index over these keys follows, and the CHECKPOINT that names it.
//
// Pieces that become smaller may be compressed. The dictionary that they share is written before
// them. A value that several keys share by REFs is written once, and the other keys refer to it
// (shared_values.h).
//
// Memory: one piece, and one segment of the index.
//
// Thread rule: one thread.
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
  // Called with the progress, at intervals of bytes within a key. Returns false to stop.
  using Note = std::function<bool(std::uint64_t keys, std::uint64_t bytes)>;

  // Estimated size in a base of the key at which the walk stands. A value that is compressed now is
  // counted at its present size if the base is compressed.
  static std::uint64_t size_of(const Walk& walk, const Compression& compress);

  // `view` is as of the floor of the file that `to` makes; `shared` has scanned its values. All
  // arguments must outlive this.
  BaseWriter(const ReadView& view, const log::Floor& floor, const SharedValues& shared,
             log::FileBuilder* to, Note note);
  // Compresses values from now on. Values that benefit from the dictionary use it; empty: there is
  // none. Call it before write(), for a file with Floor::compressed. Errors: the builder's.
  Status compress(int level, std::string_view dictionary);
  // kCorrupt: a key cannot be read. kSkipped: `note` returned false. Also the builder's errors.
  // Throws std::bad_alloc.
  Status write();
  // Bytes of the values written, before compression (raw) and as stored in the file.
  std::uint64_t raw() const { return raw_; }
  std::uint64_t stored() const { return stored_; }
  // The new places of values that REFs name; later REFs may name them too.
  MovedTargets& moved() { return moved_; }

 private:
  // A position at which a piece must end, because a REF's target ends there.
  struct Cut {
    std::uint64_t end = 0, target = 0;
    std::uint64_t begin = 0;  // begin of the stretch that contains it
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
  std::uint64_t newest_ = 0;  // offset of the record added last
  std::uint64_t keys_ = 0;
  log::ExpiryCounts expiries_;
  MovedTargets moved_;
  std::optional<log::Encoder> encoder_;
  std::uint64_t raw_ = 0, stored_ = 0;
  std::uint32_t last_raw_size_ = 1;  // raw size of the piece compressed last
  std::string piece_, encoded_;
};

}  // namespace kvstore
