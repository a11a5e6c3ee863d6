// A snapshot: a store as it was at one moment, for as long as it is kept.
//
// It is a seq, and shares what it needs of the file with others: taking one, copying it and
// letting go of it cost no more than a read. Whatever is written meanwhile, its reads answer
// the same again and again; keys that had not expired when it was taken do not expire in it.
//
// Thread rule: all members from any thread at any time, also two at once. Store::close() and
// the store's destructor must not overlap them; afterwards they answer kFailed, and nothing
// of the file is held any more.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

class SnapshotState;

class Snapshot {
 public:
  // The newest version that shows in it; 0: none does.
  std::uint64_t seq() const;
  // When it was taken, by Store::now_us(); 0 for one of an older version, in which nothing has
  // expired that was not removed.
  std::uint64_t time_us() const;

  // --- Results and errors as Store's members of these names. With `at`: as it was then, if
  // that is before the snapshot.
  Result<bool> get(std::string_view key, std::string* value, const At& at = {}) const;
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at = {}) const;
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {}) const;
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit) const;
  Result<std::unique_ptr<Iterator>> iterator(const IteratorOptions& options) const;
  Status scan(std::string_view prefix, std::optional<std::string_view> after, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit) const;

 private:
  friend class Store;
  friend class TransactionState;
  explicit Snapshot(std::shared_ptr<const SnapshotState> state) : state_(std::move(state)) {}
  std::shared_ptr<const SnapshotState> state_;  // never null, unless it was moved from
};

}  // namespace kvstore
