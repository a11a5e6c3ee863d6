// The content of a REF record: a value that is elsewhere in the log. RENAME, COPY and UNDO write
// one in place of a large value.
//
// It is a list of pieces. Each names a record, its target. The value has the bytes of the target's
// chain from the end of the previous piece up to the piece's own end, which is the target's total:
// so bytes keep their positions. A target's chain has these bytes in its own records, not through
// another REF: a new REF to a value that begins with a REF copies that one's pieces, and names the
// newest record for later appends. So a read follows at most one REF, however often a value was
// renamed.
//
// Thread rule: pure functions of an immutable part of the log.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/log/chain.h"
#include "src/log/record.h"
#include "src/log/view.h"

namespace kvstore::log {

struct ReferencePiece {
  std::uint64_t end = 0;     // end of the piece in the value
  std::uint64_t offset = 0;  // of the target
  std::uint64_t seq = 0;     // of the target
  bool operator==(const ReferencePiece&) const = default;
};

// Limit for the pieces that a writer puts into one record.
inline constexpr std::size_t kMostReferencePieces = 256;

inline constexpr const char* kNoTarget = "what it refers to (RENAME, COPY, UNDO) is not there";
inline constexpr const char* kDamagedTarget =
    "what it refers to (RENAME, COPY, UNDO) is damaged there";

// The encoded bytes of a REF. A view.
class Reference {
 public:
  // `bytes` must be the result of encode().
  explicit Reference(std::string_view bytes) : bytes_(bytes) {}
  // For a REF record. nullopt: its bytes are damaged or invalid.
  static std::optional<Reference> of(const View& view, const Record& record);
  static std::string encode(std::span<const ReferencePiece> pieces);

  std::size_t size() const { return bytes_.size() / kReferencePiece; }
  ReferencePiece piece(std::size_t i) const;
  // The begin of the piece in the value.
  std::uint64_t begin(std::size_t i) const { return i == 0 ? 0 : piece(i - 1).end; }
  std::uint64_t total() const { return piece(size() - 1).end; }
  // The index of the piece with the byte; position < total().
  std::size_t find(std::uint64_t position) const;

 private:
  std::string_view bytes_;
};

// The record that a piece names, if it exists with its seq and total and has this type.
ChainResult<Record> find_target(const View& view, const ReferencePiece& piece, std::uint8_t type);

// Writes the bytes [begin, end) of the referenced value, verified, to `out`.
ChainResult<void> read_referred(const View& view, const Reference& reference, std::uint8_t type,
                                std::uint64_t begin, std::uint64_t end, char* out);

// The pieces of a REF to the value whose newest record is `head`, from `begin` on. Reads only what
// is needed to find the begin of the value. begin < head.total.
ChainResult<std::vector<ReferencePiece>> refer_to(const View& view, const Record& head,
                                                  std::uint64_t begin = 0);

// The pieces for the same bytes in another log that has the target's records with their seqs. The
// piece has the value from `begin` on; `newest` is the newest record of the target's key in that
// log. nullopt: that log lacks the bytes.
std::optional<std::vector<ReferencePiece>> find_moved(const View& view, const Record& newest,
                                                      const ReferencePiece& piece,
                                                      std::uint64_t begin, std::uint8_t type);

// Checks by record heads that all targets exist. Returns null, or a static text with the error.
const char* check_reference(const View& view, const Record& record);

}  // namespace kvstore::log
