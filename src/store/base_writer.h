// The base of a compacted file: all keys that are live as of a seq, in their order, each value
// in pieces of up to kPiece bytes that have the seq, time and expiry of the key's newest record;
// then the run of the index that knows them all, and the CHECKPOINT that names it.
//
// Memory: a piece, and a segment of the index.
//
// Thread rule: one thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/index/run_writer.h"
#include "src/log/expiry_counts.h"
#include "src/log/file_builder.h"
#include "src/store/read_view.h"
#include "src/store/walk.h"

namespace kvstore {

class BaseWriter {
 public:
  static constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
  // After so many bytes of a key. False: it is to stop.
  using Note = std::function<bool(std::uint64_t keys, std::uint64_t bytes)>;

  // What the key that the walk stands on takes in a base, about.
  static std::uint64_t size_of(const Walk& walk);

  // `view`: as of the floor of the file that `to` makes. All must outlive it.
  BaseWriter(const ReadView& view, const log::Floor& floor, log::FileBuilder* to, Note note);
  // kCorrupt: a key that cannot be read; kSkipped: it was to stop; the builder's errors.
  // Throws std::bad_alloc.
  Status write();

 private:
  Status write_key(std::string_view key, const log::Record& newest);
  Status write_value(std::string_view key, const log::Record& newest);
  Status write_pieces(std::string_view key, const log::Record& newest);
  Status add(log::NewRecord piece, const log::Record& newest);
  void count(const log::Record& newest);
  Status write_checkpoint(const log::Position& covered, const log::RunPlace& run);
  log::ClockState clock() const;

  const ReadView& view_;
  const log::Floor floor_;
  log::FileBuilder& to_;
  const Note note_;
  const std::uint64_t hash_seed_;
  index::RunWriter run_;
  std::uint64_t newest_ = 0;  // where the record stands that was added last
  std::uint64_t keys_ = 0;
  log::ExpiryCounts expiries_;
  std::string piece_;
};

}  // namespace kvstore
