#include "cli/old_format.h"

namespace kvstore::cli {

Result<std::string> convert_if_old(const std::string& path, const std::string& format) {
  if (format.empty()) return std::string();
  return fail(Code::kFormat, "cannot read " + path + " as " + format + " yet");
}

}  // namespace kvstore::cli
