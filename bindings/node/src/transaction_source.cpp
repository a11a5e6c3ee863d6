// A transaction as a source, and a walk through its range that sees its own writes.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/node/src/source.h"
#include "src/store/key_range.h"

namespace kvstore::node {

// Lists the keys of a transaction's range a few at a time, so that memory is bounded, and only the
// keys
// that were shown, and a few after them, count as read.
class TransactionWalker final : public Walker {
 public:
  TransactionWalker(TransactionSource& transaction, Range range)
      : transaction_(transaction), range_(std::move(range)), whole_(range_.options) {}

  void start() override {
    range_.options = whole_;
    fill();
  }
  void seek(std::string_view key) override {
    range_.options = whole_;
    leave(range_.backwards ? key_after(key) : std::string(key));
    fill();
  }
  void next() override {
    const std::string& here = keys_[at_];
    if (at_ + 1 < keys_.size() && !has_changed()) {
      ++at_;
      return;
    }
    leave(range_.backwards ? here : key_after(here));
    fill();
  }
  bool valid() const override { return at_ < keys_.size(); }
  const Status& status() const override { return status_; }
  std::string_view key() const override { return keys_[at_]; }
  Result<std::optional<std::string_view>> value() override {
    const std::string& key = keys_[at_];
    KV_ASSIGN(const auto info, transaction_.stat(key, {}));
    if (info && info->type == ValueType::kZset) return std::optional<std::string_view>();
    KV_ASSIGN(const bool found, transaction_.get(key, &value_, {}));
    // Another call of the transaction has removed the key since it was listed.
    if (!found) value_.clear();
    return std::optional(std::string_view(value_));
  }

 private:
  static constexpr std::size_t kAhead = 64;

  // Continues with the part of the range beyond this bound.
  void leave(const std::string& bound) {
    IteratorOptions& options = range_.options;
    if (range_.backwards) {
      options.upper = options.upper ? std::min(*options.upper, bound) : bound;
    } else {
      options.lower = options.lower ? std::max(*options.lower, bound) : bound;
    }
  }

  // Whether the transaction has written since the keys were listed, so that they may be out of
  // date.
  bool has_changed() const {
    const MutexLock lock(transaction_.mutex_);
    return transaction_.transaction_.changes() != changes_;
  }

  void fill() {
    keys_.clear();
    at_ = 0;
    const MutexLock lock(transaction_.mutex_);
    changes_ = transaction_.transaction_.changes();
    status_ = transaction_.transaction_.walk(range_.options, range_.backwards, kAhead,
                                             [this](std::string_view key) {
                                               keys_.emplace_back(key);
                                               return true;
                                             });
    if (!status_) keys_.clear();
  }

  TransactionSource& transaction_;
  Range range_;
  const IteratorOptions whole_;
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
  std::uint64_t changes_ = 0;  // the transaction's count when keys_ were listed
  Status status_;
  std::string value_;
};

Result<std::uint64_t> TransactionSource::commit() {
  const MutexLock lock(mutex_);
  return transaction_.commit(false);
}

void TransactionSource::rollback() {
  const MutexLock lock(mutex_);
  transaction_.rollback();
}

Result<bool> TransactionSource::get(std::string_view key, std::string* value, const At& at) {
  const MutexLock lock(mutex_);
  return transaction_.get(key, value, at);
}

Result<bool> TransactionSource::read(std::string_view key, std::int64_t offset,
                                     std::uint64_t length, std::string* value, const At& at) {
  const MutexLock lock(mutex_);
  return transaction_.read(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> TransactionSource::stat(std::string_view key, const At& at) {
  const MutexLock lock(mutex_);
  return transaction_.stat(key, at);
}

Status TransactionSource::history(std::string_view key, std::uint64_t limit,
                                  const std::function<bool(const Version&)>& visit) {
  const MutexLock lock(mutex_);
  return transaction_.history(key, limit, visit);
}

Result<std::vector<std::optional<std::string>>> TransactionSource::get_many(
    const std::vector<std::string>& keys, const At& at) {
  std::vector<std::optional<std::string>> values;
  std::string value;
  for (const std::string& key : keys) {
    KV_ASSIGN(const bool found, get(key, &value, at));
    found ? values.emplace_back(value) : values.emplace_back(std::nullopt);
  }
  return values;
}

Result<std::unique_ptr<Walker>> TransactionSource::walk(const Range& range) {
  if (!range.options.at.now()) {
    return fail(Code::kUsage, "a range of a transaction is of what is there now, not of the past",
                "a range of the store, or of a snapshot, takes `at`");
  }
  return std::make_unique<TransactionWalker>(*this, range);
}

Result<std::uint64_t> TransactionSource::count() {
  const MutexLock lock(mutex_);
  return transaction_.count();
}

Result<Source::Done> TransactionSource::set(std::string_view key, std::string_view value,
                                            WriteOptions options) {
  const MutexLock lock(mutex_);
  KV_TRY(transaction_.set(key, value, options));
  return Done{};
}

Result<Source::Done> TransactionSource::set_if(std::string_view key, std::string_view value,
                                               WriteOptions options, std::uint64_t version) {
  const MutexLock lock(mutex_);
  KV_ASSIGN(const auto info, transaction_.stat(key));
  KV_TRY(check_version_is(info, version));
  KV_TRY(transaction_.set(key, value, options));
  return Done{};
}

Result<Source::Done> TransactionSource::append(std::string_view key, std::string_view value) {
  const MutexLock lock(mutex_);
  KV_ASSIGN(const std::uint64_t total, transaction_.append(key, value));
  return Done{0, total, false};
}

Result<Source::Done> TransactionSource::remove(std::string_view key) {
  const MutexLock lock(mutex_);
  KV_ASSIGN(const bool existed, transaction_.remove(key));
  return Done{0, 0, existed};
}

Result<Source::Done> TransactionSource::expire(std::string_view key, std::uint64_t expires_at_ms) {
  const MutexLock lock(mutex_);
  KV_ASSIGN(const bool existed, transaction_.expire(key, expires_at_ms));
  return Done{0, 0, existed};
}

Result<Undone> TransactionSource::undo(std::string_view key, const UndoOptions& options) {
  const MutexLock lock(mutex_);
  return transaction_.undo(key, options);
}

Result<std::uint64_t> TransactionSource::clear() {
  const MutexLock lock(mutex_);
  KV_TRY(transaction_.clear());
  return std::uint64_t{0};
}

}  // namespace kvstore::node
