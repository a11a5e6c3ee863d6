// A store on a simulated file, and what a key answers, in words.
#pragma once

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

namespace kvstore::testing {

inline std::unique_ptr<Store> open_store(SimFiles& files, bool read_only = false) {
  Options options;
  options.file_system = &files;
  options.read_only = read_only;
  auto opened = Store::open("a.bin", options);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

inline std::string name_of(const Error& error) {
  return "error " + std::string(code_name(error.code));
}

inline std::string get(Store& store, const std::string& key) {
  std::string value;
  const auto found = store.get(key, &value);
  if (!found) return name_of(found.error());
  return *found ? value : "(nil)";
}

}  // namespace kvstore::testing
