#include "tests/support/store_client.h"

namespace kvstore::testing {
namespace {

template <class T>
std::string name_or_ok(const Result<T>& result) {
  return result ? "ok" : std::string(code_name(result.error().code));
}

// Of a Store or a Transaction.
template <class Source>
std::string get_from(Source& source, const std::string& key) {
  std::string value;
  const Result<bool> found = source.get(key, &value);
  if (!found) return name_or_ok(found);
  return *found ? "=" + value : "nil";
}

template <class Source>
std::string keys_from(Source& source, const std::string& prefix) {
  std::string keys;
  const Status walked = source.scan(prefix, std::nullopt, UINT64_MAX, [&](std::string_view key) {
    keys.append(key).append(" ");
    return true;
  });
  return walked ? keys : name_or_ok(walked);
}

constexpr WriteOptions kUnwaited{.wait = false};

}  // namespace

std::string StoreClient::begin(bool read_only) {
  auto begun = store_.transaction({.read_only = read_only});
  if (begun) open_.emplace(std::move(*begun));
  return name_or_ok(begun);
}

std::string StoreClient::get(const std::string& key) {
  return open_ ? get_from(*open_, key) : get_from(store_, key);
}

std::string StoreClient::set(const std::string& key, const std::string& value) {
  return open_ ? name_or_ok(open_->set(key, value)) : name_or_ok(store_.set(key, value, kUnwaited));
}

std::string StoreClient::append(const std::string& key, const std::string& value) {
  return open_ ? name_or_ok(open_->append(key, value))
               : name_or_ok(store_.append(key, value, kUnwaited));
}

std::string StoreClient::remove(const std::string& key) {
  return open_ ? name_or_ok(open_->remove(key)) : name_or_ok(store_.remove(key, kUnwaited));
}

std::string StoreClient::keys(const std::string& prefix) {
  return open_ ? keys_from(*open_, prefix) : keys_from(store_, prefix);
}

std::string StoreClient::commit() {
  const auto committed = open_->commit(false);
  open_.reset();
  return name_or_ok(committed);
}

std::string StoreClient::rollback() {
  open_.reset();
  return "ok";
}

// --- without validation

std::string UnvalidatedClient::begin(bool) {
  open_.emplace(std::move(*store_.transaction()));
  writes_ = {};
  return "ok";
}

std::string UnvalidatedClient::get(const std::string& key) { return get_from(*open_, key); }

std::string UnvalidatedClient::set(const std::string& key, const std::string& value) {
  writes_.set(key, value);
  return name_or_ok(open_->set(key, value));
}

std::string UnvalidatedClient::append(const std::string& key, const std::string& value) {
  std::string whole = get(key);
  whole = (whole == "nil" ? "" : whole.substr(1)) + value;
  return set(key, whole);
}

std::string UnvalidatedClient::remove(const std::string& key) {
  writes_.remove(key);
  return name_or_ok(open_->remove(key));
}

std::string UnvalidatedClient::keys(const std::string& prefix) { return keys_from(*open_, prefix); }

std::string UnvalidatedClient::commit() {
  open_.reset();
  return name_or_ok(store_.apply(writes_, false));
}

std::string UnvalidatedClient::rollback() {
  open_.reset();
  return "ok";
}

}  // namespace kvstore::testing
