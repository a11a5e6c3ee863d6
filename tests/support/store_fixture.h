// A store on a simulated disk that a test may close and open again, and all that a store holds.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "src/store/iterator.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"

namespace kvstore::testing {

struct StoreFixture {
  SimFiles files;
  std::unique_ptr<Store> store = open_store(files);

  void reopen() {
    store.reset();
    store = open_store(files);
  }
};

// Keys and their values, as an iterator gives them. The test fails where it meets an error.
inline std::map<std::string, std::string> contents(Store& store, const At& at = {}) {
  std::map<std::string, std::string> found;
  IteratorOptions options;
  options.at = at;
  auto walk = store.iterator(options);
  REQUIRE(walk);
  for ((*walk)->first(); (*walk)->valid(); (*walk)->next()) {
    found[std::string((*walk)->key())] = std::string((*walk)->value().value());
  }
  REQUIRE((*walk)->status());
  return found;
}

}  // namespace kvstore::testing
