// One change to a key, as an exported or imported file says it. Every format is a way to write
// changes down; an import applies them in their order.
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
    kLost,    // in a history: a value that was lost to damage
    // Changes that only Redis' commands make.
    kAdd,      // `number` is added to the number that the value is
    kPatch,    // the value's bytes from `number` on become `value`
    kRename,   // the key's value is now that of `other`
    kCopy,     // the value of `other` is copied to the key
    kClear,    // every key is removed
    kMembers,  // changes to a sorted set, by ZADD and ZREM; they are in `value`
    kUnknown,  // the key was changed by `other`, a command that is not carried out
    kCommand,  // `value` is a command in Redis' protocol, for the command table to carry out
  };
  enum class If : std::uint8_t { kAlways, kAbsent, kPresent };  // for kSet, kRename, kCopy

  Kind kind = Kind::kSet;
  std::string_view key = {};
  // For a sorted set: its changes (src/sorted_set/changes.h). A piece of them may end within one.
  std::string_view value = {};
  ValueType type = ValueType::kString;  // for kSet, kAppend, kMembers
  std::string_view other = {};      // kRename, kCopy: a key; kUnknown, kCommand: the command's word
  std::uint64_t expires_at_ms = 0;  // kSet, kExpire; 0: never
  bool keeps_expiry = false;        // kSet: keeps the expiry that the key has
  If condition = If::kAlways;
  bool was_append = false;  // kSet, from a log: an append that found no value
  // kSet, kAppend: a part of a value that is one write in the log and comes here as several
  // changes.
  bool is_part = false;
  std::int64_t number = 0;
  // In a history, for its readers; an import makes versions of its own.
  std::uint64_t seq = 0;  // 0: not in a history
  std::uint64_t time_us = 0;

  // Whether the value is that of a sorted set.
  bool has_members() const {
    return (kind == Kind::kSet || kind == Kind::kAppend) && type == ValueType::kZset;
  }
};

// "set", "append", "delete", "expire", "lost", "clear": the names that files use for the kinds of
// changes in a log.
std::string_view kind_name(Change::Kind kind);
std::optional<Change::Kind> kind_of_name(std::string_view name);

// "string" and "zset": the names that files use for the types.
std::string_view type_name(ValueType type);
std::optional<ValueType> type_of_name(std::string_view name);

// The change that a write of the log is. An append to a missing key, as after an expiry, is a kSet
// with was_append; an append of no bytes to an existing key stays a kAppend.
Change change_of(const LoggedWrite& write);

// Visits a kRemove for each key with the prefix that a CLEAR, in the log of that snapshot, has
// removed.
Status for_cleared_keys(const Snapshot& snapshot, std::string_view prefix, const LoggedWrite& clear,
                        const std::function<Status(const Change&)>& visit);

// A change that owns its bytes.
class OwnedChange {
 public:
  explicit OwnedChange(const Change& change);
  Change view() const;
  std::size_t memory() const { return sizeof *this + key_.size() + value_.size() + other_.size(); }

 private:
  Change change_;  // its views point elsewhere
  std::string key_, value_, other_;
};

}  // namespace kvstore::transfer
