// Opens the database a command line names, whatever its format.
#pragma once

#include <memory>
#include <string>

#include "src/store/store.h"

namespace kvstore::cli {

// A store, and the temporary copy it reads if the file is of an older format.
class OpenedStore {
 public:
  OpenedStore(std::unique_ptr<Store> store, std::string temporary)
      : store_(std::move(store)), temporary_(std::move(temporary)) {}
  ~OpenedStore();  // closes the store, removes the copy
  OpenedStore(OpenedStore&&) = default;
  OpenedStore& operator=(OpenedStore&&) = delete;

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }

 private:
  std::unique_ptr<Store> store_;
  std::string temporary_;
};

// `format`: "plain32", "plain64", or empty to find out. Errors: Store::open's.
Result<OpenedStore> open_store(const std::string& path, const Options& options,
                               const std::string& format);

}  // namespace kvstore::cli
