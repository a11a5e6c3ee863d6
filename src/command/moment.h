// Reads for a session's command as of one moment: for a command that reads more than once, so that
// a concurrent write does not affect a part of its reply.
//
// It costs as much as a read. In a transaction it reads the transaction's snapshot and own writes.
//
// Thread rule: one thread at a time, as the session. It must not outlive the command.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/status.h"
#include "src/command/notices.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"

namespace kvstore::command {

class Moment {
 public:
  Moment(Notices& notices, Transaction& transaction)
      : notices_(&notices), transaction_(&transaction) {}
  Moment(Notices& notices, Snapshot now) : notices_(&notices), now_(std::move(now)) {}

  // --- Results and errors as the members of Store with these names.
  Result<bool> get(std::string_view key, std::string* value, const At& at = {}) const;
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at = {}) const;
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {}) const;
  Result<std::optional<SortedSet>> sorted_set(std::string_view key) const;
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit) const;
  // Visits keys in order or backwards.
  Status walk(const IteratorOptions& options, bool backwards, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit) const;

 private:
  Notices* notices_;
  Transaction* transaction_ = nullptr;
  std::optional<Snapshot> now_;  // outside a transaction
};

}  // namespace kvstore::command
