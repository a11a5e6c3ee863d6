// Fence posts: how a key's chain of n records is searched in O(log32 n) steps
// with no index of it in memory.
//
// The records of a key, whatever their kind, are numbered 0, 1, 2, ... Every
// 32nd (31, 63, ...) carries a post, numbered g = 0, 1, ... A post lists, newest
// first,
//   level 0: the 31 records before it;
//   level 1: the posts before it whose number shares all but g's last base-32
//            digit (0 to 31 of them);
//   level k: the posts before it that ended a run of 32^(k-1) posts, within g's
//            run of 32^k.
// It is the right edge of a B-tree that is only ever appended to: an entry of
// level k stands for 32^k records, of which it is the newest. Levels follow one
// another from newest to oldest without overlap. Levels may be shortened at
// their old end (when an extension is full, or records are lost): a searcher
// then takes the oldest entry there is and goes on from that record.
//
// Bytes (after tag and units): varint g, u8 levels, u8 count of each level,
// then the entries, each as three varints relative to the entry before it (the
// first to the post itself): offset difference / 8, seq difference, and
// total << 1 | started. `started` says that a value started anew within the
// records the entry stands for. The total is the difference to the newer
// neighbour's, unless that one started: then it is the total itself. Zeros pad
// to a unit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kvstore::log {

struct Record;

struct PostEntry {
  std::uint64_t offset = 0;
  std::uint64_t seq = 0;
  std::uint64_t total = 0;
  bool started = false;
};

// A decoded post. levels[0] is level 0; each newest first.
struct Post {
  std::uint64_t number = 0;
  std::vector<std::vector<PostEntry>> levels;
};

// `self` is the state of the record that will carry it. Drops the oldest
// entries if more than max_size bytes would be needed; never fails.
std::vector<std::uint8_t> encode_post(const Post& post, const PostEntry& self,
                                      std::size_t max_size);
// False if the bytes are malformed (they are under head_crc: a bug, or a forgery).
bool decode_post(const Record& carrier, Post* post);

// Goes over a post's entries without storing them, newest first.
class PostReader {
 public:
  explicit PostReader(const Record& carrier);
  bool next(PostEntry* entry);  // false at the end, or where the bytes are malformed
  std::uint64_t number() const { return number_; }
  std::span<const std::uint8_t> counts() const { return counts_; }
  bool malformed() const { return malformed_; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  PostEntry last_;
  std::uint64_t number_ = 0;
  std::span<const std::uint8_t> counts_;
  unsigned left_ = 0;
  bool malformed_ = false;
};

}  // namespace kvstore::log
