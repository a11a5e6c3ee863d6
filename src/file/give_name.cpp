#include "src/file/give_name.h"

#include <new>

namespace kvstore::file {
namespace {

// If memory runs out, the file may have its name nonetheless.
Status rename(FileSystem& files, const std::string& from, const std::string& to,
              const std::string& like, Onto onto) try {
  return onto == Onto::kFreeName ? files.rename(from, to, like) : files.replace(from, to, like);
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, "out of memory");  // short: needs none
}

}  // namespace

Status give_name(FileSystem& files, ProvisionalName& name, const std::string& path,
                 const std::string& like, Onto onto, bool* has_it) {
  Status named = rename(files, name.path(), path, like, onto);
  *has_it = named || !files.exists(name.path());
  if (*has_it) name.keep();
  if (named || !*has_it || onto == Onto::kOldFile) return named;
  named.error().message += "; " + path + " is written and whole, but a power loss may take it away";
  named.error().hint = "kvstore verify " + path;
  return named;
}

}  // namespace kvstore::file
