// Members of a sorted set as a reply: names, or names with scores.
//
// A short list is written at once. A long one is copied, with its memory accounted before, and sent
// a piece at a time: a slow client does not keep the set alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "src/command/call.h"
#include "src/command/score_range.h"
#include "src/sorted_set/sorted_set.h"

namespace kvstore::command {

// Memory is requested in units of this size; a smaller rest is not accounted.
inline constexpr std::size_t kAskedMemory = std::size_t{16} << 10;

// The form of scores: in RESP3 a member and its score are an array of two; otherwise, as in RESP2,
// names and scores alternate.
enum class MemberForm : std::uint8_t {
  kNames,
  kInTurn,
  kInTurnAsValues,    // ZSCAN: alternating in RESP3, too, with scores as strings
  kInTurnOfListpack,  // ZSCAN of a small set
  kPairs,
};
MemberForm member_form(const Session& session, bool with_scores);

// Number of replies for a number of members.
std::uint64_t items_of(std::uint64_t members, MemberForm form);
// Writes one member.
void write_member(const SortedSet::Member& member, MemberForm form, ReplySink& to);

// Collects members whose number is not known in advance, or which do not live long enough.
class MemberList {
 public:
  MemberList(Session& session, MemberForm form);
  ~MemberList();

  // kLimit: not enough memory. kTooBig: the list is too long where nothing can be streamed, as in
  // EXEC.
  Status add(const SortedSet::Member& member);
  std::uint64_t size() const;
  // Writes all members as one array. Call it once.
  void write(ReplySink& to);

 private:
  class Stream;
  Session& session_;
  std::unique_ptr<Stream> stream_;
};

// Writes the members of the slice as one array.
Outcome reply_members(const Call& call, const SortedSet& set, const Slice& slice, MemberForm form);

}  // namespace kvstore::command
