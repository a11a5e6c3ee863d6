// Opens files of the two older formats, without header, read-only, through a converted temporary
// copy.
#pragma once

#include <memory>
#include <string>

#include "src/base/status.h"
#include "src/file/unnamed.h"

namespace kvstore::cli {

// If `path` has an older format (`format`; if empty, detected by its first records), converts it
// into a file without a name, and notes that on stderr unless `quiet`. Null if the file has none of
// these: open it directly.
Result<std::unique_ptr<file::UnnamedFile>> convert_if_old(const std::string& path,
                                                          const std::string& format, bool quiet);

// A hint how to get a file that can be written.
std::string convert_hint(const std::string& path);

}  // namespace kvstore::cli
