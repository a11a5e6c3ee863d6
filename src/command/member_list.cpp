#include "src/command/member_list.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/command/listpack.h"
#include "src/command/numbers.h"

namespace kvstore::command {
namespace {

// Up to this number a list is written directly, and memory is not accounted.
constexpr std::uint64_t kShortSlice = 256;  // members
// Each chunk is as large as all before it together, within these limits.
constexpr std::size_t kFirstMembers = std::size_t{4} << 10;
constexpr std::size_t kMostMembers = std::size_t{64} << 10;
// Limit for a reply that is held as a whole.
constexpr std::size_t kMostHeld = std::size_t{64} << 20;

Status too_much_to_hold() {
  return fail(
      Code::kTooBig,
      fmt::format("there is more than a reply may list in a transaction ({} MiB)", kMostHeld >> 20),
      "ask for fewer members at a time");
}

// Size of what precedes a name: its score and its size.
constexpr std::size_t kHeadSize = sizeof(double) + sizeof(std::uint32_t);

bool is_in_turn(MemberForm form) {
  return form != MemberForm::kNames && form != MemberForm::kPairs;
}

void write_score(double score, MemberForm form, ReplySink& to) {
  if (form == MemberForm::kInTurnAsValues)
    to.value(redis_real_text(score));
  else if (form == MemberForm::kInTurnOfListpack)
    to.value(listpack_score_text(score));
  else if (form != MemberForm::kNames)
    to.real(score);
}

bool is_short(const SortedSet& set, const Slice& slice) {
  if (slice.count > kShortSlice) return false;
  std::size_t bytes = 0;
  for_each_member(set, slice,
                  [&](const SortedSet::Member& member) { bytes += member.name.size(); });
  return bytes <= kAskedMemory;
}

}  // namespace

MemberForm member_form(const Session& session, bool with_scores) {
  if (!with_scores) return MemberForm::kNames;
  return session.dialect() == Dialect::kResp3 ? MemberForm::kPairs : MemberForm::kInTurn;
}

std::uint64_t items_of(std::uint64_t members, MemberForm form) {
  return is_in_turn(form) ? members * 2 : members;
}

void write_member(const SortedSet::Member& member, MemberForm form, ReplySink& to) {
  if (form == MemberForm::kPairs) to.begin(Aggregate::kArray, 2);
  to.value(member.name);
  write_score(member.score, form, to);
  if (form == MemberForm::kPairs) to.end();
}

class MemberList::Stream final : public ReplyStream {
 public:
  explicit Stream(MemberForm form) : form_(form) {}

  // Bytes of memory that adding it would take; 0 if it fits the present chunk.
  std::size_t memory_for(std::string_view name) const {
    const std::size_t size = kHeadSize + name.size();
    if (!chunks_.empty() && chunks_.back().capacity() - chunks_.back().size() >= size) return 0;
    return std::max(std::clamp(memory_, kFirstMembers, kMostMembers), size);
  }
  void add(const SortedSet::Member& member) {
    if (const std::size_t size = memory_for(member.name); size > 0) {
      chunks_.emplace_back().reserve(size);
      memory_ += chunks_.back().capacity();
    }
    const auto size = static_cast<std::uint32_t>(member.name.size());
    char head[kHeadSize];
    std::memcpy(head, &member.score, sizeof member.score);
    std::memcpy(head + sizeof member.score, &size, sizeof size);
    chunks_.back().append(head, kHeadSize).append(member.name);
    ++members_;
  }
  std::uint64_t members() const { return members_; }

  Kind kind() const override { return Kind::kArray; }
  std::uint64_t left() const override { return items_of(members_, form_) - (is_at_score_ ? 1 : 0); }
  std::size_t memory() const override { return memory_; }
  Status next(ReplySink& to) override {
    const SortedSet::Member member = first();
    if (!is_in_turn(form_)) {
      write_member(member, form_, to);
    } else if (!is_at_score_) {
      to.value(member.name);
      is_at_score_ = true;
      return {};
    } else {
      write_score(member.score, form_, to);
    }
    is_at_score_ = false;
    drop_first(member.name.size());
    return {};
  }

 private:
  SortedSet::Member first() const {
    const char* const at = chunks_.front().data() + at_;
    SortedSet::Member member;
    std::uint32_t size = 0;
    std::memcpy(&member.score, at, sizeof member.score);
    std::memcpy(&size, at + sizeof member.score, sizeof size);
    member.name = {at + kHeadSize, size};
    return member;
  }
  void drop_first(std::size_t name_size) {
    --members_;
    at_ += kHeadSize + name_size;
    if (at_ < chunks_.front().size()) return;
    memory_ -= chunks_.front().capacity();
    chunks_.pop_front();
    at_ = 0;
  }

  const MemberForm form_;
  std::deque<std::string> chunks_;
  std::size_t memory_ = 0;     // total of chunks_
  std::size_t at_ = 0;         // offset in the first chunk
  std::uint64_t members_ = 0;  // members left
  bool is_at_score_ = false;   // the name of the first one was sent
};

MemberList::MemberList(Session& session, MemberForm form)
    : session_(session), stream_(std::make_unique<Stream>(form)) {}

MemberList::~MemberList() = default;

Status MemberList::add(const SortedSet::Member& member) {
  const std::size_t size = stream_->memory_for(member.name);
  const bool is_long = size > 0 && stream_->memory() + size > kAskedMemory;
  if (is_long) {
    if (!session_.streams() && stream_->memory() > kMostHeld) return too_much_to_hold();
    KV_TRY(session_.take_memory(size));
    if (is_cancelled()) return cancelled();
  }
  stream_->add(member);
  return {};
}

std::uint64_t MemberList::size() const { return stream_->members(); }

void MemberList::write(ReplySink& to) {
  if (session_.streams() && stream_->memory() > session_.stream_above())
    to.stream(std::move(stream_));
  else
    (void)write_all(*stream_, to);  // never fails for data in memory
}

Outcome reply_members(const Call& call, const SortedSet& set, const Slice& slice, MemberForm form) {
  if (is_short(set, slice)) {
    call.reply.begin(Aggregate::kArray, items_of(slice.count, form));
    for_each_member(set, slice, [&](const SortedSet::Member& member) {
      write_member(member, form, call.reply);
    });
    call.reply.end();
    return {};
  }
  MemberList list(call.session, form);
  Status added;
  for_each_member(set, slice, [&](const SortedSet::Member& member) {
    if (added) added = list.add(member);
  });
  KV_TRY(std::move(added));
  list.write(call.reply);
  return {};
}

}  // namespace kvstore::command
