#include "src/cli/open_store.h"

#include <unistd.h>

#include "src/cli/old_format.h"

namespace kvstore::cli {

OpenedStore::~OpenedStore() {
  store_.reset();
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<OpenedStore> open_store(const std::string& path, const Options& options,
                               const std::string& format) {
  KV_ASSIGN(std::string copy, convert_if_old(path, format));
  Options effective = options;
  if (!copy.empty()) effective.read_only = true;  // the copy is thrown away
  auto store = Store::open(copy.empty() ? path : copy, effective);
  if (!store) {
    if (!copy.empty()) ::unlink(copy.c_str());
    return fail(std::move(store.error()));
  }
  return OpenedStore(std::move(*store), std::move(copy));
}

}  // namespace kvstore::cli
