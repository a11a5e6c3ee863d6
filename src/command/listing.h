// Lists of keys of any length, with or without values: KEYS, RANGE, PREFIX.
//
// A short list is collected and written as an array. A long one is walked twice: first to count its
// items, because a reply begins with their number, and to check that all can be read; then again
// while it is sent, a piece at a time. Both walks see the same version. If the number is not needed
// (Session::Info::counts_lists), the first walk is omitted. In a transaction, whose writes are
// private, a list must fit into the memory of one reply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <optional>

#include "src/command/call.h"
#include "src/command/streams.h"
#include "src/store/iterator.h"

namespace kvstore::command {

// Packed byte strings for a reply, limited by the size of a collected list and by memory.
class KeyList {
 public:
  explicit KeyList(Session& session) : session_(session), items_(std::make_unique<ListStream>()) {}

  // False if the list is full or memory is short; the item was not added then.
  bool add(std::string_view item);
  bool add_missing();  // as add()
  // For callers that cannot omit an item; they must check status() afterwards.
  void add_anyway(std::string_view item);
  bool is_full() const { return full_; }
  bool is_nearly_full(std::uint64_t more) const;
  const Status& status() const { return status_; }

  void write(ReplySink& to);

 private:
  bool add_within_memory(std::optional<std::string_view> item);

  Session& session_;
  std::unique_ptr<ListStream> items_;
  std::size_t bytes_ = 0;
  bool full_ = false;
  Status status_;
};

// The keys to list.
struct Listing {
  IteratorOptions options = {};  // keys_only is set by `values`
  std::string glob = "*";        // pattern for the keys that the options allow
  std::uint64_t limit = UINT64_MAX;
  bool backwards = false;
  bool values = false;  // each key is followed by its value
};

Outcome list_keys(Call& call, Listing listing);

}  // namespace kvstore::command
