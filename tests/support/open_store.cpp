#include "tests/support/open_store.h"

#include <doctest/doctest.h>

namespace kvstore::testing {

std::unique_ptr<Store> open_store(const std::string& path, const Options& options) {
  auto opened = Store::open(path, options);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

std::unique_ptr<Store> open_store(SimFiles& files, Options options) {
  options.file_system = &files;
  return open_store("a.bin", options);
}

std::string name_of(const Error& error) {
  return "error " + std::string(code_name(error.code));
}

std::string get(Store& store, std::string_view key, const At& at) {
  std::string value;
  const auto found = store.get(key, &value, at);
  if (!found) return name_of(found.error());
  return *found ? value : "(nil)";
}

}  // namespace kvstore::testing
