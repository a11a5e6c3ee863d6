// What JavaScript reads and writes: a store, a snapshot of it, or a transaction.
//
// Results and errors of all members are those of kvstore's members of the same names; kFailed once
// the
// store is closed.
//
// Thread rule: any thread, inside a Use of state(). A transaction's calls are serialized.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/node/src/state.h"
#include "src/base/mutex.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"

namespace kvstore::node {

// A range of keys and a direction.
struct Range {
  IteratorOptions options;
  bool backwards = false;
  bool values = true;
};

// kConflict unless the key has this version; 0: it must be missing.
Status check_version_is(const std::optional<KeyInfo>& info, std::uint64_t version);

// Walks a range. One thread at a time.
class Walker {
 public:
  virtual ~Walker() = default;
  virtual void start() = 0;
  // Moves to the first key at or after `key`, in the walk's direction.
  virtual void seek(std::string_view key) = 0;
  virtual void next() = 0;  // only while valid()
  virtual bool valid() const = 0;
  virtual const Status& status() const = 0;
  virtual std::string_view key() const = 0;
  // nullopt: the value is a sorted set, which cannot be shown as bytes.
  virtual Result<std::optional<std::string_view>> value() = 0;
};

class Source {
 public:
  explicit Source(std::shared_ptr<StoreState> state) : state_(std::move(state)) {}
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  StoreState& state() const { return *state_; }
  const std::shared_ptr<StoreState>& shared_state() const { return state_; }
  Store& store() const { return state_->store(); }
  // Whether writes go into the file at once, so that Store::commit() makes them durable.
  virtual bool writes_directly() const { return false; }
  // Whether reads need not wait for other calls.
  virtual bool reads_freely() const { return true; }

  virtual Result<bool> get(std::string_view key, std::string* value, const At& at) = 0;
  virtual Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                            std::string* value, const At& at) = 0;
  virtual Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at) = 0;
  virtual Status history(std::string_view key, std::uint64_t limit,
                         const std::function<bool(const Version&)>& visit) = 0;
  // Reads all keys as of one moment; nullopt for a missing key.
  virtual Result<std::vector<std::optional<std::string>>> get_many(
      const std::vector<std::string>& keys, const At& at) = 0;
  virtual Result<std::unique_ptr<Walker>> walk(const Range& range) = 0;
  virtual Result<std::uint64_t> count() = 0;

  // --- Writes. A snapshot answers kReadOnly. They do not wait for the disk.
  struct Done {
    std::uint64_t seq = 0;  // 0 in a transaction
    std::uint64_t total = 0;
    bool existed = false;
  };
  virtual Result<Done> set(std::string_view key, std::string_view value, WriteOptions options);
  // Sets the key if it has this version (0: it is missing); otherwise kConflict. In a transaction
  // that
  // counts as a read, and a key that the transaction has written has no version.
  virtual Result<Done> set_if(std::string_view key, std::string_view value, WriteOptions options,
                              std::uint64_t version);
  virtual Result<Done> append(std::string_view key, std::string_view value);
  virtual Result<Done> remove(std::string_view key);
  virtual Result<Done> expire(std::string_view key, std::uint64_t expires_at_ms);
  virtual Result<Undone> undo(std::string_view key, const UndoOptions& options);
  virtual Result<std::uint64_t> clear();

 private:
  const std::shared_ptr<StoreState> state_;
};

class StoreSource final : public Source {
 public:
  using Source::Source;
  bool writes_directly() const override { return true; }
  Result<bool> get(std::string_view key, std::string* value, const At& at) override;
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at) override;
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at) override;
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit) override;
  Result<std::vector<std::optional<std::string>>> get_many(const std::vector<std::string>& keys,
                                                           const At& at) override;
  Result<std::unique_ptr<Walker>> walk(const Range& range) override;
  Result<std::uint64_t> count() override { return store().count(); }
  Result<Done> set(std::string_view key, std::string_view value, WriteOptions options) override;
  Result<Done> set_if(std::string_view key, std::string_view value, WriteOptions options,
                      std::uint64_t version) override;
  Result<Done> append(std::string_view key, std::string_view value) override;
  Result<Done> remove(std::string_view key) override;
  Result<Done> expire(std::string_view key, std::uint64_t expires_at_ms) override;
  Result<Undone> undo(std::string_view key, const UndoOptions& options) override;
  Result<std::uint64_t> clear() override { return store().clear(false); }
};

class SnapshotSource final : public Source {
 public:
  // nullopt: the snapshot is closed, and all reads answer that.
  SnapshotSource(std::shared_ptr<StoreState> state, std::optional<Snapshot> snapshot)
      : Source(std::move(state)), snapshot_(std::move(snapshot)) {}

  Result<bool> get(std::string_view key, std::string* value, const At& at) override;
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at) override;
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at) override;
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit) override;
  Result<std::vector<std::optional<std::string>>> get_many(const std::vector<std::string>& keys,
                                                           const At& at) override;
  Result<std::unique_ptr<Walker>> walk(const Range& range) override;
  Result<std::uint64_t> count() override;

 private:
  Result<Snapshot> use() const;

  const std::optional<Snapshot> snapshot_;
};

class TransactionSource final : public Source {
 public:
  TransactionSource(std::shared_ptr<StoreState> state, Transaction transaction)
      : Source(std::move(state)), transaction_(std::move(transaction)) {}
  bool reads_freely() const override { return false; }
  // Returns the version that the commit made, or for a transaction without writes the one that was
  // read.
  Result<std::uint64_t> commit();
  void rollback();

  Result<bool> get(std::string_view key, std::string* value, const At& at) override;
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at) override;
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at) override;
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit) override;
  Result<std::vector<std::optional<std::string>>> get_many(const std::vector<std::string>& keys,
                                                           const At& at) override;
  // Walks the present state: kUsage with an `at`. The transaction must outlive the walker, and
  // their
  // calls are serialized.
  Result<std::unique_ptr<Walker>> walk(const Range& range) override;
  Result<std::uint64_t> count() override;
  Result<Done> set(std::string_view key, std::string_view value, WriteOptions options) override;
  Result<Done> set_if(std::string_view key, std::string_view value, WriteOptions options,
                      std::uint64_t version) override;
  Result<Done> append(std::string_view key, std::string_view value) override;
  Result<Done> remove(std::string_view key) override;
  Result<Done> expire(std::string_view key, std::uint64_t expires_at_ms) override;
  Result<Undone> undo(std::string_view key, const UndoOptions& options) override;
  Result<std::uint64_t> clear() override;

 private:
  friend class TransactionWalker;
  Mutex mutex_;
  Transaction transaction_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::node
