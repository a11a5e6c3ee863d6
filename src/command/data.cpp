#include "src/command/data.h"

namespace kvstore::command {
namespace {

constexpr WriteOptions kUnwaited{.wait = false};

}  // namespace

Result<bool> Data::get(std::string_view key, std::string* value, const At& at) {
  return store_.get(key, value, at);
}

Result<bool> Data::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                        std::string* value, const At& at) {
  return store_.read(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> Data::stat(std::string_view key, const At& at) {
  return store_.stat(key, at);
}

Status Data::stat_each(std::span<const std::string_view> keys,
                       const std::function<bool(const std::optional<KeyInfo>&)>& visit) {
  return store_.stat_each(keys, visit);
}

Status Data::history(std::string_view key, std::uint64_t limit,
                     const std::function<bool(const Version&)>& visit) {
  return store_.history(key, limit, visit);
}

Status Data::scan(std::string_view prefix, const std::function<bool(std::string_view key)>& visit) {
  return store_.scan(prefix, std::nullopt, UINT64_MAX, visit);
}

Result<std::uint64_t> Data::scan_step(std::uint64_t cursor, std::uint64_t count,
                                      const std::function<void(std::string_view key)>& visit) {
  return store_.scan_step(cursor, count, visit);
}

Result<std::uint64_t> Data::count() { return store_.count(); }

Result<Written> Data::set(std::string_view key, std::string_view value, WriteOptions options) {
  options.wait = false;
  return store_.set(key, value, options);
}

Result<Written> Data::append(std::string_view key, std::string_view value) {
  return store_.append(key, value, kUnwaited);
}

Result<Written> Data::remove(std::string_view key) { return store_.remove(key, kUnwaited); }

Result<std::uint64_t> Data::remove_all(std::span<const std::string_view> keys) {
  Batch batch;
  for (const std::string_view key : keys) batch.remove(key);
  return store_.apply(batch, false);
}

}  // namespace kvstore::command
