// An ordered iterator over what a transaction sees, in pages: Transaction::walk() has no iterator,
// and counts as read only the keys up to where it stops. The first page is one key, each further
// one twice as long, so at most twice as many keys count as read as were returned.
//
// Thread rule: one thread at a time, that of the transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/c_api/objects.h"
#include "src/store/iterator.h"

namespace kvstore::c_api {

class TransactionIterator final : public Iterator {
 public:
  TransactionIterator(std::shared_ptr<TransactionState> state, IteratorOptions options)
      : state_(std::move(state)), options_(std::move(options)) {}

  void seek(std::string_view key) override;
  void seek_before(std::string_view key) override;
  void first() override;
  void last() override;
  void next() override;
  void prev() override;
  bool valid() const override { return status_ && at_ < page_.size(); }
  const Status& status() const override { return status_; }
  std::string_view key() const override { return page_[at_]; }
  // kType for a sorted set.
  Result<std::string_view> value() override;
  Result<KeyInfo> info() override;

 private:
  static constexpr std::uint64_t kMostKeys = 256;
  void begin(bool forward);
  void step(bool forward);
  bool has_changed() const;
  void load(const IteratorOptions& bounds);
  IteratorOptions from(std::string_view key) const;
  IteratorOptions before(std::string_view key) const;

  const std::shared_ptr<TransactionState> state_;
  const IteratorOptions options_;
  bool forward_ = true;
  std::vector<std::string> page_;
  std::size_t at_ = 0;
  std::uint64_t changes_ = 0;  // of the transaction, when the page was loaded
  std::uint64_t page_size_ = 1;  // of the next page
  Status status_;
  std::string value_;
};

}  // namespace kvstore::c_api
