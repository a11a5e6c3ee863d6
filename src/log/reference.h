// What a REF record says: a value that stands elsewhere in the log. RENAME, COPY and UNDO write
// one instead of a large value.
//
// Its value is a list of pieces. Each names a record, its target, of whose chain the value has the
// bytes from where the piece before it ends up to the piece's own end, which is the target's
// total: bytes keep their positions. A target's chain has those bytes in records of its own, not
// through another REF: who refers to a value that a REF begins takes over that one's pieces, and
// names the newest record for what was appended since. So a read looks into one REF at most,
// however often a value was renamed.
//
// Thread rule: pure functions of an immutable stretch of log.
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
  std::uint64_t end = 0;     // of the value: up to where it is the target's
  std::uint64_t offset = 0;  // of the target
  std::uint64_t seq = 0;     // the target's
  bool operator==(const ReferencePiece&) const = default;
};

// No writer makes more of them in one record.
inline constexpr std::size_t kMostReferencePieces = 256;

inline constexpr const char* kNoTarget = "what it refers to (RENAME, COPY, UNDO) is not there";
inline constexpr const char* kDamagedTarget =
    "what it refers to (RENAME, COPY, UNDO) is damaged there";

// The bytes of a REF, as they are written and read. A view.
class Reference {
 public:
  // Any bytes that encode() made.
  explicit Reference(std::string_view bytes) : bytes_(bytes) {}
  // Of a record of that kind. Null: its bytes are damaged, or are no such list.
  static std::optional<Reference> of(const View& view, const Record& record);
  static std::string encode(std::span<const ReferencePiece> pieces);

  std::size_t size() const { return bytes_.size() / kReferencePiece; }
  ReferencePiece piece(std::size_t i) const;
  // Where in the value the piece begins.
  std::uint64_t begin(std::size_t i) const { return i == 0 ? 0 : piece(i - 1).end; }
  std::uint64_t total() const { return piece(size() - 1).end; }
  // Which piece has the byte. position < total().
  std::size_t find(std::uint64_t position) const;

 private:
  std::string_view bytes_;
};

// The record that a piece names, if it is there: with its seq and total, and of this type.
ChainResult<Record> find_target(const View& view, const ReferencePiece& piece, std::uint8_t type);

// Bytes [begin, end) of what is referred to, checked, to `out`.
ChainResult<void> read_referred(const View& view, const Reference& reference, std::uint8_t type,
                                std::uint64_t begin, std::uint64_t end, char* out);

// What a REF to the value whose newest record is `head` consists of, from `begin` on. Of the value
// only what tells how it begins is read. begin < head.total.
ChainResult<std::vector<ReferencePiece>> refer_to(const View& view, const Record& head,
                                                  std::uint64_t begin = 0);

// What the piece, which has the value from `begin` on, names in another log that has its records
// with the seqs they had: of the key whose newest record there is given. Null: it is not there.
std::optional<std::vector<ReferencePiece>> find_moved(const View& view, const Record& newest,
                                                      const ReferencePiece& piece,
                                                      std::uint64_t begin, std::uint8_t type);

// Whether all that the record refers to is there, as far as heads tell. Null, or what is wrong.
const char* check_reference(const View& view, const Record& record);

}  // namespace kvstore::log
