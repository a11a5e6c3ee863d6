#include "src/transfer/change.h"

#include "src/store/iterator.h"

namespace kvstore::transfer {

std::string_view kind_name(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::kAppend:
      return "append";
    case Change::Kind::kRemove:
      return "delete";
    case Change::Kind::kExpire:
      return "expire";
    case Change::Kind::kLost:
      return "lost";
    case Change::Kind::kClear:
      return "clear";
    default:
      return "set";
  }
}

std::optional<Change::Kind> kind_of_name(std::string_view name) {
  for (const auto kind : {Change::Kind::kSet, Change::Kind::kAppend, Change::Kind::kRemove,
                          Change::Kind::kExpire, Change::Kind::kLost, Change::Kind::kClear}) {
    if (kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

std::string_view type_name(ValueType type) { return type == ValueType::kZset ? "zset" : "string"; }

std::optional<ValueType> type_of_name(std::string_view name) {
  if (name.empty() || name == "string") return ValueType::kString;
  if (name == "zset") return ValueType::kZset;
  return std::nullopt;
}

Change change_of(const LoggedWrite& write) {
  Change change{.key = write.key,
                .value = write.value,
                .type = write.type == ValueType::kZset ? ValueType::kZset : ValueType::kString,
                .expires_at_ms = write.expires_at_ms,
                .is_part = write.part_end != 0,
                .seq = write.seq,
                .time_us = write.time_us};
  switch (write.kind) {
    case Version::Kind::kDelete:
      change.kind = Change::Kind::kRemove;
      break;
    case Version::Kind::kHole:
    case Version::Kind::kGap:
      change.kind = Change::Kind::kLost;
      break;
    case Version::Kind::kClear:
      change.kind = Change::Kind::kClear;
      break;
    case Version::Kind::kExpire:
      change.kind = Change::Kind::kExpire;
      break;
    case Version::Kind::kAppend:
      change.was_append = write.starts_anew;
      if (!write.starts_anew) change.kind = Change::Kind::kAppend;
      break;
    case Version::Kind::kSet:
    case Version::Kind::kCut:  // occurs in one key's history, not in the log
      break;
  }
  return change;
}

Status for_cleared_keys(const Snapshot& snapshot, std::string_view prefix, const LoggedWrite& clear,
                        const std::function<Status(const Change&)>& visit) {
  IteratorOptions before{.prefix = std::string(prefix), .keys_only = true};
  before.at.seq = clear.seq - 1;
  KV_ASSIGN(const auto keys, snapshot.iterator(before));
  for (keys->first(); keys->valid(); keys->next()) {
    KV_TRY(visit({.kind = Change::Kind::kRemove,
                  .key = keys->key(),
                  .seq = clear.seq,
                  .time_us = clear.time_us}));
  }
  return keys->status();
}

OwnedChange::OwnedChange(const Change& change)
    : change_(change), key_(change.key), value_(change.value), other_(change.other) {}

Change OwnedChange::view() const {
  Change change = change_;
  change.key = key_;
  change.value = value_;
  change.other = other_;
  return change;
}

}  // namespace kvstore::transfer
