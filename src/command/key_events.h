// Events of keys, by the names and classes of Redis' keyspace notifications.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore::command {

// The classes of notify-keyspace-events: the first two select the channels, the others the events.
enum EventClass : std::uint32_t {
  kToKeyspace = 1,      // K
  kToKeyevent = 2,      // E
  kOfAnyType = 4,       // g
  kOfStrings = 8,       // $
  kOfLists = 16,        // never published here, but accepted as in Redis
  kOfSets = 32,         // s
  kOfHashes = 64,       // h
  kOfSortedSets = 128,  // z
  kExpiries = 256,      // x
  kEvictions = 512,     // e
  kOfStreams = 1024,    // t
  kOfModules = 2048,    // d
  kMisses = 4096,       // m
  kNewKeys = 8192,      // n
};

// Parses the letters; "A" stands for all but misses and new keys. nullopt: an unknown letter.
std::optional<std::uint32_t> parse_event_classes(std::string_view letters);
// The letters as Redis returns them.
std::string event_class_letters(std::uint32_t classes);

struct KeyEvent {
  EventClass of;
  std::string_view name;
};

namespace key_event {
inline constexpr KeyEvent kSet{kOfStrings, "set"};
inline constexpr KeyEvent kAppend{kOfStrings, "append"};
inline constexpr KeyEvent kIncrBy{kOfStrings, "incrby"};
inline constexpr KeyEvent kIncrByFloat{kOfStrings, "incrbyfloat"};
inline constexpr KeyEvent kSetRange{kOfStrings, "setrange"};
inline constexpr KeyEvent kSetBit{kOfStrings, "setbit"};

inline constexpr KeyEvent kDel{kOfAnyType, "del"};
inline constexpr KeyEvent kExpire{kOfAnyType, "expire"};
inline constexpr KeyEvent kPersist{kOfAnyType, "persist"};
inline constexpr KeyEvent kRenameFrom{kOfAnyType, "rename_from"};
inline constexpr KeyEvent kRenameTo{kOfAnyType, "rename_to"};
inline constexpr KeyEvent kCopyTo{kOfAnyType, "copy_to"};
inline constexpr KeyEvent kRestore{kOfAnyType, "restore"};

inline constexpr KeyEvent kZAdd{kOfSortedSets, "zadd"};
inline constexpr KeyEvent kZIncr{kOfSortedSets, "zincr"};
inline constexpr KeyEvent kZRem{kOfSortedSets, "zrem"};
inline constexpr KeyEvent kZRemRangeByRank{kOfSortedSets, "zremrangebyrank"};
inline constexpr KeyEvent kZRemRangeByScore{kOfSortedSets, "zremrangebyscore"};
inline constexpr KeyEvent kZRemRangeByLex{kOfSortedSets, "zremrangebylex"};
inline constexpr KeyEvent kZPopMin{kOfSortedSets, "zpopmin"};
inline constexpr KeyEvent kZPopMax{kOfSortedSets, "zpopmax"};
inline constexpr KeyEvent kZRangeStore{kOfSortedSets, "zrangestore"};
inline constexpr KeyEvent kZUnionStore{kOfSortedSets, "zunionstore"};
inline constexpr KeyEvent kZInterStore{kOfSortedSets, "zinterstore"};
inline constexpr KeyEvent kZDiffStore{kOfSortedSets, "zdiffstore"};

inline constexpr KeyEvent kExpired{kExpiries, "expired"};
inline constexpr KeyEvent kKeyMiss{kMisses, "keymiss"};
inline constexpr KeyEvent kNew{kNewKeys, "new"};
}  // namespace key_event

// The effect of a write on a key.
struct ToldChange {
  KeyEvent event;
  std::string key = {};
  // The new expiry, 0 for none; nullopt: unchanged.
  std::optional<std::uint64_t> expires_at_ms = {};
  // All keys were deleted; no event is published.
  bool is_clear = false;
};

}  // namespace kvstore::command
