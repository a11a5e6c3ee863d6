// The data that a session's commands read and write: handlers know a store's keys and values
// only through it. So a command is written once, whatever is behind its session.
//
// Thread rule: one thread at a time, as the session's. The store must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::command {

class Data {
 public:
  explicit Data(Store& store) : store_(store) {}

  // --- Results and errors as Store's members of these names.
  Result<bool> get(std::string_view key, std::string* value, const At& at);
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at);
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {});
  Status stat_each(std::span<const std::string_view> keys,
                   const std::function<bool(const std::optional<KeyInfo>&)>& visit);
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);
  Status scan(std::string_view prefix, const std::function<bool(std::string_view key)>& visit);
  Result<std::uint64_t> scan_step(std::uint64_t cursor, std::uint64_t count,
                                  const std::function<void(std::string_view key)>& visit);
  Result<std::uint64_t> count();

  // --- Writes return without waiting: Session::commit() makes them durable.
  Result<Written> set(std::string_view key, std::string_view value, WriteOptions options);
  Result<Written> append(std::string_view key, std::string_view value);
  Result<Written> remove(std::string_view key);
  // All at once; how many of the keys, which are all different, were there.
  Result<std::uint64_t> remove_all(std::span<const std::string_view> keys);

 private:
  Store& store_;
};

}  // namespace kvstore::command
