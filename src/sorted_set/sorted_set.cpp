#include "src/sorted_set/sorted_set.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/hash.h"
#include "src/sorted_set/changes.h"

namespace kvstore {

using sorted_set::Blob;

namespace {

// Of (score, name): at or before a place.
auto up_to(double score, std::string_view name) {
  return [=](const auto& entry) {
    return entry.score < score || (entry.score == score && entry.member->name() <= name);
  };
}

auto up_to_hash(std::uint64_t hash, std::string_view name) {
  return [=](const auto& entry) {
    return entry.hash < hash || (entry.hash == hash && entry.member->name() <= name);
  };
}

// Of one member: changes.h.
std::uint64_t stored_size_of(std::size_t name_size) {
  return sorted_set::change_size(name_size, true);
}

}  // namespace

std::uint64_t SortedSet::hash(std::string_view name) {
  static const SeededHash hash_of;
  return hash_of(name);
}

std::size_t SortedSet::memory_of_member(std::size_t name_size) {
  return Blob::bytes_for(name_size) + sizeof(ByScore::Entry) + sizeof(ByName::Entry);
}

// --- Finding

SortedSet::Found SortedSet::find(std::string_view name) const {
  Found found;
  found.hash = hash(name);
  const ByName::Entry* const last = by_name_.find(up_to_hash(found.hash, name));
  if (!last || last->hash != found.hash || last->member->name() != name) return found;
  found.member = last->member;
  return found;
}

std::uint64_t SortedSet::rank_of(const Blob& member) const {
  const auto last = by_score_.last(up_to(member.score(), member.name()));
  KV_CHECK(last.entry && last.entry->member == &member);
  return last.rank;
}

std::optional<double> SortedSet::score(std::string_view name) const {
  const Found found = find(name);
  if (!found.member) return std::nullopt;
  return found.member->score();
}

std::optional<std::uint64_t> SortedSet::rank(std::string_view name) const {
  const Found found = find(name);
  if (!found.member) return std::nullopt;
  return rank_of(*found.member);
}

SortedSet::Member SortedSet::at(std::uint64_t rank) const {
  const ByScore::Entry& entry = by_score_.at(rank);
  return {entry.score, entry.member->name()};
}

std::uint64_t SortedSet::count_below(double score, bool or_equal) const {
  const auto below = [=](const ByScore::Entry& entry) {
    return or_equal ? entry.score <= score : entry.score < score;
  };
  return by_score_.last(below).count();
}

std::uint64_t SortedSet::count_below_name(std::string_view name, bool or_equal) const {
  const auto below = [=](const ByScore::Entry& entry) {
    return or_equal ? entry.member->name() <= name : entry.member->name() < name;
  };
  return by_score_.last(below).count();
}

// A place is a hash without its last bit; two members of one place are visited together.
std::uint64_t SortedSet::scan(std::uint64_t cursor, std::uint64_t count,
                              FunctionRef<void(const Member&)> visit) const {
  const auto before = [=](const ByName::Entry& entry) { return entry.hash >> 1 < cursor; };
  std::uint64_t visited = 0, place = 0;
  for (auto at = by_name_.cursor(by_name_.last(before).count()); at.valid(); at.next()) {
    const std::uint64_t here = at.entry().hash >> 1;
    if (visited >= count && here != place) return here;
    place = here;
    ++visited;
    visit({at.entry().member->score(), at.entry().member->name()});
  }
  return 0;
}

// --- Changing

void SortedSet::insert_by_score(Blob* member) {
  try {
    by_score_.insert({member->score(), member}, up_to(member->score(), member->name()));
  } catch (...) {
    member->release();
    throw;
  }
}

void SortedSet::add(std::uint64_t hash, std::string_view name, double score) {
  Blob* const member = Blob::make(name, score);
  insert_by_score(member);
  try {
    by_name_.insert({hash, member}, up_to_hash(hash, name));
  } catch (...) {
    by_score_.erase(up_to(score, member->name()));
    throw;
  }
  blob_bytes_ += member->bytes();
  stored_bytes_ += stored_size_of(name.size());
}

// What can fail is done before anything has changed. The old member goes last: the name may be
// its own.
void SortedSet::move(const Found& from, double score) {
  const auto by_name = up_to_hash(from.hash, from.member->name());
  const auto by_score = up_to(from.member->score(), from.member->name());
  by_name_.own_path(by_name);
  by_score_.own_path(by_score);
  Blob* const member = Blob::make(from.member->name(), score);
  insert_by_score(member);
  by_name_.replace({from.hash, member}, by_name);
  by_score_.erase(by_score);
}

bool SortedSet::set(std::string_view name, double score) {
  KV_CHECK(!std::isnan(score));
  const Found found = find(name);
  if (!found.member) {
    add(found.hash, name, score);
    return true;
  }
  if (found.member->score() != score) move(found, score);
  return false;
}

bool SortedSet::erase(std::string_view name) {
  const Found found = find(name);
  if (!found.member) return false;
  const auto by_name = up_to_hash(found.hash, found.member->name());
  const auto by_score = up_to(found.member->score(), found.member->name());
  by_name_.own_path(by_name);
  by_score_.own_path(by_score);
  blob_bytes_ -= found.member->bytes();
  stored_bytes_ -= stored_size_of(name.size());
  by_name_.erase(by_name);
  by_score_.erase(by_score);
  return true;
}

// --- SortedSetBuilder

namespace {

bool is_gone(const Blob& member) { return std::isnan(member.score()); }

bool is_before(const Blob& a, const Blob& b) {
  return a.score() < b.score() || (a.score() == b.score() && a.name() < b.name());
}

}  // namespace

SortedSetBuilder::~SortedSetBuilder() {
  for (const auto& entry : members_) entry.member->release();
}

void SortedSetBuilder::add(const MemberChange& change) {
  members_.push_back({SortedSet::hash(change.name), nullptr});
  Blob* member = nullptr;
  try {
    member = Blob::make(change.name, change.score.value_or(std::nan("")));
  } catch (...) {
    members_.pop_back();
    throw;
  }
  members_.back().member = member;
  blob_bytes_ += member->bytes();
  if (!in_order_) return;
  const bool is_first = members_.size() == 1;
  in_order_ = change.score && (is_first || is_before(*members_.rbegin()[1].member, *member));
}

std::size_t SortedSetBuilder::memory() const {
  return blob_bytes_ + members_.capacity() * sizeof(members_[0]) +
         members_.size() * (sizeof(SortedSet::ByScore::Entry) + sizeof(SortedSet::ByName::Entry));
}

// Of members of one hash, which are of one name but by chance.
void SortedSetBuilder::keep_last(std::size_t begin, std::size_t end, std::size_t* kept) {
  const auto first = members_.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = members_.begin() + static_cast<std::ptrdiff_t>(end);
  std::stable_sort(first, last, [](const auto& a, const auto& b) {
    return a.member->name() < b.member->name();
  });
  for (auto at = first; at != last; ++at) {
    const bool is_superseded = at + 1 != last && at[1].member->name() == at->member->name();
    if (is_superseded || is_gone(*at->member)) {
      at->member->release();
    } else {
      members_[(*kept)++] = *at;
    }
  }
}

// Of each name the last one stays, unless it is gone; in the order of the hashes.
void SortedSetBuilder::drop_superseded() {
  std::size_t kept = 0;
  for (std::size_t begin = 0, end = 0; begin < members_.size(); begin = end) {
    while (end < members_.size() && members_[end].hash == members_[begin].hash) ++end;
    if (end == begin + 1 && !is_gone(*members_[begin].member)) {
      members_[kept++] = members_[begin];
    } else {
      keep_last(begin, end, &kept);
    }
  }
  members_.resize(kept);
}

SortedSetBuilder::Scores SortedSetBuilder::sorted_by_score(Scores arrived) const {
  if (in_order_ && arrived.size() == members_.size()) return arrived;
  arrived.clear();
  for (const auto& entry : members_) arrived.push_back({entry.member->score(), entry.member});
  std::sort(arrived.begin(), arrived.end(), [](const auto& a, const auto& b) {
    return a.score < b.score || (a.score == b.score && a.member->name() < b.member->name());
  });
  return arrived;
}

SortedSet SortedSetBuilder::finish() {
  Scores arrived;
  arrived.reserve(members_.size());
  if (in_order_) {
    for (const auto& entry : members_) arrived.push_back({entry.member->score(), entry.member});
  }
  std::stable_sort(members_.begin(), members_.end(),
                   [](const auto& a, const auto& b) { return a.hash < b.hash; });
  drop_superseded();
  const Scores by_score = sorted_by_score(std::move(arrived));
  SortedSet made;
  made.by_name_ = sorted_set::CountedTree<SortedSet::ByName>::build(members_);
  members_.clear();  // the tree by score has their references from now on
  made.by_score_ = sorted_set::CountedTree<SortedSet::ByScore>::build(by_score);
  for (const auto& entry : by_score) {
    made.blob_bytes_ += entry.member->bytes();
    made.stored_bytes_ += stored_size_of(entry.member->name().size());
  }
  return made;
}

}  // namespace kvstore
