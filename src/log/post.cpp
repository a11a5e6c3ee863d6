#include "src/log/post.h"

#include "src/base/check.h"
#include "src/base/coding.h"
#include "src/log/record.h"

namespace kvstore::log {
namespace {

void put_entry(const PostEntry& entry, const PostEntry& newer, std::vector<std::uint8_t>* out) {
  KV_CHECK(newer.offset > entry.offset && newer.seq >= entry.seq);
  std::uint8_t bytes[3 * kMaxVarintSize];
  std::uint8_t* at = put_varint(bytes, (newer.offset - entry.offset) / kAlignment);
  at = put_varint(at, newer.seq - entry.seq);
  KV_CHECK(newer.started || newer.total >= entry.total);
  const std::uint64_t total = newer.started ? entry.total : newer.total - entry.total;
  at = put_varint(at, total << 1 | (entry.started ? 1 : 0));
  out->insert(out->end(), bytes, at);
}

std::size_t padded(std::size_t size) {  // with the tag's two bytes, whole units
  return round_up(size + 2, kExtensionUnit) - 2;
}

}  // namespace

std::vector<std::uint8_t> encode_post(const Post& post, const PostEntry& self,
                                      std::size_t max_size) {
  std::vector<std::uint8_t> head(kMaxVarintSize);
  head.resize(static_cast<std::size_t>(put_varint(head.data(), post.number) - head.data()));
  const std::size_t counts_at = head.size() + 1;
  head.push_back(static_cast<std::uint8_t>(post.levels.size()));
  head.resize(head.size() + post.levels.size());
  std::vector<std::uint8_t> out = head;
  PostEntry newer = self;
  bool full = false;
  for (std::size_t level = 0; level < post.levels.size() && !full; ++level) {
    for (const PostEntry& entry : post.levels[level]) {
      const std::size_t before = out.size();
      put_entry(entry, newer, &out);
      full = padded(out.size()) > max_size;
      if (full) {
        out.resize(before);
        break;
      }
      ++out[counts_at + level];
      newer = entry;
    }
  }
  out.resize(padded(out.size()));
  return out;
}

PostReader::PostReader(const Record& carrier)
    : at_(carrier.post.data()), end_(at_ + carrier.post.size()) {
  last_ = {carrier.offset, carrier.seq, carrier.total, carrier.starts_chain()};
  if (carrier.post.empty()) return;
  at_ = get_varint(at_, end_, &number_);
  if (!at_ || at_ == end_ || end_ - at_ < 1 + *at_) {
    malformed_ = true;
    return;
  }
  counts_ = {at_ + 1, *at_};
  at_ += 1 + *at_;
  for (const std::uint8_t count : counts_) left_ += count;
}

bool PostReader::next(PostEntry* entry) {
  if (left_ == 0 || malformed_) return false;
  std::uint64_t back = 0, seq = 0, total = 0;
  if (!(at_ = get_varint(at_, end_, &back)) || !(at_ = get_varint(at_, end_, &seq)) ||
      !(at_ = get_varint(at_, end_, &total)) || back == 0 || back > last_.offset / kAlignment ||
      seq > last_.seq) {
    malformed_ = true;
    return false;
  }
  --left_;
  const std::uint64_t amount = total >> 1;
  if (!last_.started && amount > last_.total) {
    malformed_ = true;
    return false;
  }
  last_ = {last_.offset - back * kAlignment, last_.seq - seq,
           last_.started ? amount : last_.total - amount, (total & 1) != 0};
  *entry = last_;
  return true;
}

bool decode_post(const Record& carrier, Post* post) {
  PostReader reader(carrier);
  post->number = reader.number();
  post->levels.assign(reader.counts().size(), {});
  for (std::size_t level = 0; level < post->levels.size(); ++level) {
    for (unsigned i = 0; i < reader.counts()[level]; ++i) {
      PostEntry entry;
      if (!reader.next(&entry)) return false;
      post->levels[level].push_back(entry);
    }
  }
  return !reader.malformed();
}

}  // namespace kvstore::log
