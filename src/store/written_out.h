// What a REF refers to, as records that have its bytes: for a log that has no records it could
// name.
//
// A long value takes several, which share the version's seq as the pieces of one that a repair has
// put together do; where a repair has marked bytes as lost, a GAP is among them. The bytes are
// read when a record is built, into its place.
//
// Thread rule: one thread's at a time.
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
    // kCorrupt.
    Status store(std::uint8_t* to) const override;
    bool is_lost() const { return is_lost_; }
    log::Kind kind() const;
    // Where what it ends with stood: the target of a piece of the REF, which has the value from
    // `stands_from` on. 0: it ends before that.
    std::uint64_t stands_for = 0, stands_from = 0;

   private:
    const WrittenOut& of_;
    std::uint64_t begin_, end_;  // of the value
    bool is_lost_;
  };

  // The view must outlive it.
  WrittenOut(const log::View& view, const log::Record& reference)
      : view_(view), record_(reference) {}
  WrittenOut(const WrittenOut&) = delete;
  WrittenOut& operator=(const WrittenOut&) = delete;

  // First of all. kCorrupt: it cannot be read.
  Status prepare();
  // Live as long as it does.
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
