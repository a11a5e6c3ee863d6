// What JavaScript reads and writes: a store, a snapshot of it, or a transaction.
//
// Results and errors of all members are those of kvstore's own of these names; once the store is
// closed, kFailed.
//
// Thread rule: any thread, inside a Use of state(). A transaction's calls take turns.
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

// A range of keys, in one direction or the other.
struct Range {
  IteratorOptions options;
  bool backwards = false;
  bool values = true;
};

// Whether a key is of this version; 0: it is missing. kConflict.
Status check_version_is(const std::optional<KeyInfo>& info, std::uint64_t version);

// Goes over a range. One thread at a time.
class Walker {
 public:
  virtual ~Walker() = default;
  virtual void start() = 0;
  // The first key from there on, in the walk's direction.
  virtual void seek(std::string_view key) = 0;
  virtual void next() = 0;  // only while valid()
  virtual bool valid() const = 0;
  virtual const Status& status() const = 0;
  virtual std::string_view key() const = 0;
  // nullopt: a sorted set, which has no bytes to show.
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
  // Writes go into the file at once, and Store::commit() makes them durable.
  virtual bool writes_directly() const { return false; }
  // Its reads wait for no other call.
  virtual bool reads_freely() const { return true; }

  virtual Result<bool> get(std::string_view key, std::string* value, const At& at) = 0;
  virtual Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                            std::string* value, const At& at) = 0;
  virtual Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at) = 0;
  virtual Status history(std::string_view key, std::uint64_t limit,
                         const std::function<bool(const Version&)>& visit) = 0;
  // All of one moment; nullopt for a key that is missing.
  virtual Result<std::vector<std::optional<std::string>>> get_many(
      const std::vector<std::string>& keys, const At& at) = 0;
  virtual Result<std::unique_ptr<Walker>> walk(const Range& range) = 0;
  virtual Result<std::uint64_t> count() = 0;

  // --- Writes. Of a snapshot: kReadOnly. They do not wait for the disk.
  struct Done {
    std::uint64_t seq = 0;  // 0 in a transaction
    std::uint64_t total = 0;
    bool existed = false;
  };
  virtual Result<Done> set(std::string_view key, std::string_view value, WriteOptions options);
  // If the key's version is this one (0: it is missing), else kConflict. In a transaction that
  // counts as a read, and a key that it has written itself is of no version.
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
  // nullopt: one that is closed, as all reads answer.
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
  // The version that it made, or that it has read.
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
  // Of what is there now: kUsage with an `at`. The walker is part of the transaction: it may not
  // outlive it, and takes turns with its calls.
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
