// A client of transactions that uses the library.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/anomalies.h"

namespace kvstore::testing {

class StoreClient : public TransactionClient {
 public:
  explicit StoreClient(Store& store) : store_(store) {}
  std::string begin(bool read_only = false) override;
  std::string get(const std::string& key) override;
  std::string set(const std::string& key, const std::string& value) override;
  std::string append(const std::string& key, const std::string& value) override;
  std::string remove(const std::string& key) override;
  std::string keys(const std::string& prefix) override;
  std::string commit() override;
  std::string rollback() override;

 private:
  Store& store_;
  std::optional<Transaction> open_;
};

// A bug: it reads a snapshot, and commits without a look at what has changed since.
class UnvalidatedClient : public TransactionClient {
 public:
  explicit UnvalidatedClient(Store& store) : store_(store) {}
  std::string begin(bool read_only = false) override;
  std::string get(const std::string& key) override;
  std::string set(const std::string& key, const std::string& value) override;
  std::string append(const std::string& key, const std::string& value) override;
  std::string remove(const std::string& key) override;
  std::string keys(const std::string& prefix) override;
  std::string commit() override;
  std::string rollback() override;

 private:
  Store& store_;
  std::optional<Transaction> open_;
  Batch writes_;  // the same that the transaction sees as its own
};

}  // namespace kvstore::testing
