#include "src/c_api/transaction_iterator.h"

#include <algorithm>

namespace kvstore::c_api {
namespace {

tl::unexpected<Error> is_over() {
  return fail(Code::kUsage, "the transaction of this iterator is over", "begin another one");
}

}  // namespace

// --- Bounds, within the requested ones.

IteratorOptions TransactionIterator::from(std::string_view key) const {
  IteratorOptions bounds = options_;
  if (!bounds.lower || *bounds.lower < key) bounds.lower = std::string(key);
  return bounds;
}

IteratorOptions TransactionIterator::before(std::string_view key) const {
  IteratorOptions bounds = options_;
  if (!bounds.upper || *bounds.upper > key) bounds.upper = std::string(key);
  return bounds;
}

// --- Moves

void TransactionIterator::begin(bool forward) {
  forward_ = forward;
  page_size_ = 1;
}

void TransactionIterator::first() {
  begin(true);
  load(options_);
}

void TransactionIterator::last() {
  begin(false);
  load(options_);
}

void TransactionIterator::seek(std::string_view key) {
  begin(true);
  load(from(key));
}

void TransactionIterator::seek_before(std::string_view key) {
  begin(false);
  load(before(key));
}

void TransactionIterator::next() { step(true); }
void TransactionIterator::prev() { step(false); }

void TransactionIterator::step(bool forward) {
  if (forward == forward_ && at_ + 1 < page_.size() && !has_changed()) {
    ++at_;
    return;
  }
  const std::string here(key());
  if (forward != forward_) begin(forward);
  // The next possible key is this one followed by a zero byte.
  load(forward ? from(here + '\0') : before(here));
}

// Whether the transaction has changed keys since the page was loaded: then following keys may be
// gone, or there may be new ones.
bool TransactionIterator::has_changed() const {
  return state_->transaction && state_->transaction->changes() != changes_;
}

void TransactionIterator::load(const IteratorOptions& bounds) {
  page_.clear();
  at_ = 0;
  status_ = {};
  if (!state_->transaction) {
    status_ = is_over();
    return;
  }
  changes_ = state_->transaction->changes();
  status_ = state_->transaction->walk(bounds, !forward_, page_size_, [&](std::string_view key) {
    page_.emplace_back(key);
    return true;
  });
  page_size_ = std::min(page_size_ * 2, kMostKeys);
}

// --- Values.

Result<std::string_view> TransactionIterator::value() {
  if (!state_->transaction) return is_over();
  KV_ASSIGN(const bool found, state_->transaction->get(key(), &value_));
  // The value may have expired, or the transaction has removed it since.
  if (!found) value_.clear();
  return std::string_view(value_);
}

Result<KeyInfo> TransactionIterator::info() {
  if (!state_->transaction) return is_over();
  KV_ASSIGN(const std::optional<KeyInfo> found, state_->transaction->stat(key()));
  return found.value_or(KeyInfo{});
}

}  // namespace kvstore::c_api
