#include "src/command/moment.h"

namespace kvstore::command {

Result<bool> Moment::get(std::string_view key, std::string* value, const At& at) const {
  return notices_->looked(key,
                          now_ ? now_->get(key, value, at) : transaction_->get(key, value, at));
}

Result<bool> Moment::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                          std::string* value, const At& at) const {
  return notices_->looked(key, now_ ? now_->read(key, offset, length, value, at)
                                    : transaction_->read(key, offset, length, value, at));
}

Result<std::optional<KeyInfo>> Moment::stat(std::string_view key, const At& at) const {
  return notices_->looked(key, now_ ? now_->stat(key, at) : transaction_->stat(key, at));
}

Result<std::optional<SortedSet>> Moment::sorted_set(std::string_view key) const {
  return notices_->looked(key, now_ ? now_->sorted_set(key) : transaction_->sorted_set(key));
}

Status Moment::history(std::string_view key, std::uint64_t limit,
                       const std::function<bool(const Version&)>& visit) const {
  return now_ ? now_->history(key, limit, visit) : transaction_->history(key, limit, visit);
}

Status Moment::walk(const IteratorOptions& options, bool backwards, std::uint64_t limit,
                    const std::function<bool(std::string_view)>& visit) const {
  if (!now_) return transaction_->walk(options, backwards, limit, visit);
  KV_ASSIGN(const auto keys, now_->iterator(options));
  for (backwards ? keys->last() : keys->first(); limit > 0 && keys->valid(); --limit) {
    if (!visit(keys->key())) break;
    backwards ? keys->prev() : keys->next();
  }
  return keys->status();
}

}  // namespace kvstore::command
