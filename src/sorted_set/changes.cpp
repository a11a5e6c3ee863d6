#include "src/sorted_set/changes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/check.h"
#include "src/base/coding.h"

namespace kvstore::sorted_set {
namespace {

constexpr char kHasScore = 1;
constexpr char kIsGone = 2;
constexpr unsigned kMostLengthBytes = 5;
constexpr std::size_t kUsualChange = 64;  // bytes

char* store_length(std::size_t length, char* at) {
  for (; length >= 0x80; length >>= 7) *at++ = static_cast<char>(length | 0x80);
  *at++ = static_cast<char>(length);
  return at;
}

std::size_t length_size(std::size_t length) {
  std::size_t bytes = 1;
  while (length >>= 7) ++bytes;
  return bytes;
}

// Parses at the begin of the bytes; *size is the number of bytes used.
Parsed parse_length(std::string_view bytes, std::uint64_t* length, std::size_t* size) {
  *length = 0;
  for (unsigned i = 0; i < kMostLengthBytes; ++i) {
    if (i == bytes.size()) return Parsed::kShort;
    const auto byte = static_cast<unsigned char>(bytes[i]);
    *length |= std::uint64_t{byte & 0x7Fu} << (7 * i);
    if ((byte & 0x80) != 0) continue;
    *size = i + 1;
    return *length <= UINT32_MAX ? Parsed::kOne : Parsed::kWrong;
  }
  return Parsed::kWrong;
}

}  // namespace

std::uint64_t change_size(std::size_t name_size, bool has_score) {
  return 1 + length_size(name_size) + name_size + (has_score ? sizeof(double) : 0);
}

char* store_change(const MemberChange& change, char* at) {
  KV_CHECK(!change.score || !std::isnan(*change.score));
  *at++ = change.score ? kHasScore : kIsGone;
  at = store_length(change.name.size(), at);
  at = std::copy(change.name.begin(), change.name.end(), at);
  if (!change.score) return at;
  store_le(at, *change.score);
  return at + sizeof(double);
}

void append_change(const MemberChange& change, std::string* out) {
  const std::size_t size = out->size();
  out->resize(size + change_size(change.name.size(), change.score.has_value()));
  store_change(change, out->data() + size);
}

void append_members(const SortedSet& set, std::string* out) {
  for (auto at = set.cursor(0); at.valid(); at.next()) {
    const SortedSet::Member member = at.member();
    append_change({member.name, member.score}, out);
  }
}

Parsed parse_change(std::string_view* bytes, MemberChange* change) {
  if (bytes->empty()) return Parsed::kShort;
  const char op = bytes->front();
  if (op != kHasScore && op != kIsGone) return Parsed::kWrong;
  std::uint64_t length = 0;
  std::size_t length_bytes = 0;
  const Parsed parsed = parse_length(bytes->substr(1), &length, &length_bytes);
  if (parsed != Parsed::kOne) return parsed;
  const std::uint64_t name_end = 1 + length_bytes + length;
  const std::uint64_t end = name_end + (op == kHasScore ? sizeof(double) : 0);
  if (bytes->size() < end) return Parsed::kShort;
  change->name = bytes->substr(1 + length_bytes, length);
  change->score = std::nullopt;
  if (op == kHasScore) {
    const auto score = load_le<double>(bytes->data() + name_end);
    if (std::isnan(score)) return Parsed::kWrong;
    change->score = score;
  }
  bytes->remove_prefix(end);
  return Parsed::kOne;
}

// --- Fold

// Adds to the builder, unless that takes more memory than the set may.
void Fold::apply(const MemberChange& change) {
  if (!set_) {
    builder_.add(change);
    if (builder_.memory() > limit_) end_build();
  } else {
    set_->apply(change);
  }
}

void Fold::end_build() {
  if (!set_) set_ = builder_.finish();
}

// Applies all complete changes at the begin of *bytes.
Fold::Outcome Fold::take(std::string_view* bytes) {
  MemberChange change;
  while (true) {
    const Parsed parsed = parse_change(bytes, &change);
    if (parsed == Parsed::kWrong) return Outcome::kWrong;
    if (parsed == Parsed::kShort) return Outcome::kDone;
    apply(change);
    if (memory() > limit_) return Outcome::kTooLarge;
  }
}

// A change that is split is joined; the rest is parsed in place.
Fold::Outcome Fold::add(std::string_view bytes) {
  while (!rest_.empty() && !bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), rest_.size() + kUsualChange);
    const std::size_t before = rest_.size();
    rest_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    std::string_view joined = rest_;
    if (const Outcome outcome = take(&joined); outcome != Outcome::kDone) return outcome;
    if (joined.size() == before + taken) continue;
    KV_CHECK(joined.size() <= taken);  // the first change took all earlier bytes
    bytes = {bytes.data() - joined.size(), bytes.size() + joined.size()};
    rest_.clear();
  }
  if (const Outcome outcome = take(&bytes); outcome != Outcome::kDone) return outcome;
  rest_.append(bytes);
  return rest_.size() > limit_ ? Outcome::kTooLarge : Outcome::kDone;
}

Fold::Outcome Fold::finish(SortedSet* set) {
  if (!rest_.empty()) return Outcome::kWrong;
  end_build();
  *set = std::move(*set_);
  return Outcome::kDone;
}

}  // namespace kvstore::sorted_set
