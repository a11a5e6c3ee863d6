// Opens the database of a command line, whatever its format.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/base/exit_code.h"
#include "src/file/unnamed.h"
#include "src/store/store.h"

namespace kvstore::cli {

// A store, and the copy that it reads if the file has an older format.
class OpenedStore {
 public:
  OpenedStore(std::unique_ptr<file::UnnamedFile> copy, std::unique_ptr<Store> store)
      : copy_(std::move(copy)), store_(std::move(store)) {}

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }

 private:
  std::unique_ptr<file::UnnamedFile> copy_;  // destroyed after the store
  std::unique_ptr<Store> store_;
};

// `format`: "plain32", "plain64", or empty to detect it. Notes on stderr, unless `quiet`, for which
// process it waits, and what it has converted. Errors: Store::open's.
Result<OpenedStore> open_store(const std::string& path, Options options, const std::string& format,
                               bool quiet);

// Reports why a subcommand cannot open its file, and which file may have been meant.
ExitCode say_cannot_open(Error error, std::string_view subcommand, const std::string& path);

}  // namespace kvstore::cli
