// Suggestions for a mistyped file name.
#pragma once

#include <string>

namespace kvstore::cli {

// The path, quoted for a shell, of a file beside `path` with a similar name; empty if there is
// none.
std::string near_file(const std::string& path);

// Such as "kvstore: note: dta.bin does not exist; did you mean data.bin?"; for an empty file, that
// it is empty.
std::string describe_absent(const std::string& path);

}  // namespace kvstore::cli
