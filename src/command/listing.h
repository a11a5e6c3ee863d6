// Lists of keys, with their values if wanted, of any length: KEYS, RANGE, PREFIX.
//
// Short ones are collected, and answered as a list. A long one is gone over twice: once to
// count it, and to find out whether all of it can be read, for a reply says first how many
// items it has; and once more as it is sent, a piece at a time. Both see the same version. Where
// nobody needs to know (Session::Info::counts_lists) it is not counted. In a transaction, whose own
// writes nobody else sees, a list has to fit into the memory that a reply may take.
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

// Byte strings for a reply, packed, up to what one may list and there is memory for.
class KeyList {
 public:
  explicit KeyList(Session& session) : session_(session), items_(std::make_unique<ListStream>()) {}

  // False once it is full or there is no memory; then the item was not added.
  bool add(std::string_view item);
  bool add_missing();  // the same
  // For callers that cannot leave one out, and ask status() afterwards.
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

// What to list.
struct Listing {
  IteratorOptions options = {};  // keys_only is set by `values`
  std::string glob = "*";        // of the keys that the options allow
  std::uint64_t limit = UINT64_MAX;
  bool backwards = false;
  bool values = false;  // each key is followed by its value
};

Outcome list_keys(Call& call, Listing listing);

}  // namespace kvstore::command
