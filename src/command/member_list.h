// Members of a sorted set as a reply: their names, or each with its score.
//
// A short list is written at once. A long one is copied, all of it counted before it is taken, and
// sent a piece at a time: nothing of the set is held for who reads slowly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "src/command/call.h"
#include "src/command/score_range.h"
#include "src/sorted_set/sorted_set.h"

namespace kvstore::command {

// Memory is asked for in parts of so much, the rest not at all.
inline constexpr std::size_t kAskedMemory = std::size_t{16} << 10;

// How scores are shown: in RESP3 a member and its score are a list of two, elsewhere, as in RESP2,
// they come in turn.
enum class MemberForm : std::uint8_t {
  kNames,
  kInTurn,
  kInTurnAsValues,    // of ZSCAN: in RESP3, too, scores are values like the names
  kInTurnOfListpack,  // of ZSCAN of a small set
  kPairs,
};
MemberForm member_form(const Session& session, bool with_scores);

// As many replies as this follow for so many members.
std::uint64_t items_of(std::uint64_t members, MemberForm form);
// One member's.
void write_member(const SortedSet::Member& member, MemberForm form, ReplySink& to);

// Collects members of which it is not known before how many there are, or that need not live on.
class MemberList {
 public:
  MemberList(Session& session, MemberForm form);
  ~MemberList();

  // kLimit: there is no memory for it. kTooBig: where nothing can be sent in pieces, as in EXEC.
  Status add(const SortedSet::Member& member);
  std::uint64_t size() const;
  // All of them, as one list. Once.
  void write(ReplySink& to);

 private:
  class Stream;
  Session& session_;
  std::unique_ptr<Stream> stream_;
};

// Those of the slice, as one list.
Outcome reply_members(const Call& call, const SortedSet& set, const Slice& slice, MemberForm form);

}  // namespace kvstore::command
