// One change to a key, as a file says it that was exported or is imported. Every format is a
// way to write these down; an import carries them out in their order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "src/store/snapshot.h"

namespace kvstore::transfer {

struct Change {
  enum class Kind : std::uint8_t {
    kSet,
    kAppend,
    kRemove,
    kExpire,  // only the expiry changes
    kLost,    // of a history: damage took what was written then
    // What Redis' commands do besides.
    kAdd,      // `number` is added to the number that the value is
    kPatch,    // the value's bytes from `number` on become `value`
    kRename,   // the key's value is now that of `other`
    kCopy,     // is that of `other`, too
    kClear,    // every key is removed
    kMembers,  // of a sorted set, by ZADD and ZREM: `value` has the changes
    kUnknown,  // `other`, a command that is not carried out, has changed it
    kCommand,  // `value`, in Redis' protocol: of the command table, which makes it
  };
  enum class If : std::uint8_t { kAlways, kAbsent, kPresent };  // of kSet, kRename, kCopy

  Kind kind = Kind::kSet;
  std::string_view key = {};
  // Of a sorted set its changes (src/sorted_set/changes.h); a piece of it may end within one.
  std::string_view value = {};
  ValueType type = ValueType::kString;  // of kSet, kAppend, kMembers
  std::string_view other = {};      // kRename, kCopy: a key; kUnknown, kCommand: the command's word
  std::uint64_t expires_at_ms = 0;  // kSet, kExpire; 0: never
  bool keeps_expiry = false;        // kSet: that of before
  If condition = If::kAlways;
  bool was_append = false;  // kSet, of a log: an append that found nothing
  // kSet, kAppend: of a value that the log has as one write, and that comes in several.
  bool is_part = false;
  std::int64_t number = 0;
  // Of a history, for whoever reads it; an import makes versions of its own.
  std::uint64_t seq = 0;  // 0: not of a history
  std::uint64_t time_us = 0;

  // Whether its value is of a sorted set.
  bool has_members() const {
    return (kind == Kind::kSet || kind == Kind::kAppend) && type == ValueType::kZset;
  }
};

// "set", "append", "delete", "expire", "lost", "clear": as files name those that a log has.
std::string_view kind_name(Change::Kind kind);
std::optional<Change::Kind> kind_of_name(std::string_view name);

// "string" and "zset", as files name them.
std::string_view type_name(ValueType type);
std::optional<ValueType> type_of_name(std::string_view name);

// What the log says, in these words. An append to nothing, as after an expiry, is a kSet that
// was_append; one of no bytes to something stays a kAppend.
Change change_of(const LoggedWrite& write);

// What a CLEAR, of the log of that snapshot, has removed of the keys that begin with the prefix:
// each as a kRemove.
Status for_cleared_keys(const Snapshot& snapshot, std::string_view prefix, const LoggedWrite& clear,
                        const std::function<Status(const Change&)>& visit);

// A change that keeps its bytes.
class OwnedChange {
 public:
  explicit OwnedChange(const Change& change);
  Change view() const;
  std::size_t memory() const { return sizeof *this + key_.size() + value_.size() + other_.size(); }

 private:
  Change change_;  // but for its views
  std::string key_, value_, other_;
};

}  // namespace kvstore::transfer
