// The bytes that a REF refers to, as records: for a log without the records that the REF names.
//
// A long value takes several records, which share the version's seq, as the pieces of a repaired
// value do. Where a repair has marked bytes as lost, they include a GAP. The bytes are read when a
// record is built, directly into its place.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "src/base/status.h"
#include "src/log/log.h"
#include "src/log/reference.h"

namespace kvstore {

class WrittenOut {
 public:
  class Part final : public log::ValueSource {
   public:
    Part(const WrittenOut& of, std::uint64_t begin, std::uint64_t end, bool is_lost)
        : of_(of), begin_(begin), end_(end), is_lost_(is_lost) {}
    std::uint64_t size() const override { return end_ - begin_; }
    // kCorrupt: the bytes cannot be read.
    Status store(std::uint8_t* to) const override;
    bool is_lost() const { return is_lost_; }
    log::Kind kind() const;
    // The target of a piece of the REF that ends where this part ends; that target has the value
    // from `stands_from` on. 0: this part is not the end of one.
    std::uint64_t stands_for = 0, stands_from = 0;

   private:
    const WrittenOut& of_;
    std::uint64_t begin_, end_;  // of the value
    bool is_lost_;
  };

  // The view must outlive this.
  WrittenOut(const log::View& view, const log::Record& reference)
      : view_(view), record_(reference) {}
  WrittenOut(const WrittenOut&) = delete;
  WrittenOut& operator=(const WrittenOut&) = delete;

  // Call it first. kCorrupt: the value cannot be read.
  Status prepare();
  // Valid as long as this object.
  const std::vector<Part>& parts() const { return parts_; }

 private:
  // Bytes that a repair has marked as lost.
  struct Lost {
    std::uint64_t begin = 0, end = 0;
  };
  Status add_piece(std::uint64_t begin, const log::ReferencePiece& piece);
  Result<std::vector<Lost>> find_lost(std::uint64_t begin, const log::ReferencePiece& piece) const;
  void add_parts(std::uint64_t begin, std::uint64_t end);

  const log::View view_;
  const log::Record record_;
  std::vector<Part> parts_;
};

}  // namespace kvstore
