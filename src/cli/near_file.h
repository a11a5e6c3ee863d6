// What a mistyped file name may have meant.
#pragma once

#include <string>

namespace kvstore::cli {

// The path, as a shell reads it, of a file beside `path` whose name is like its; empty
// if there is none.
std::string near_file(const std::string& path);

// "kvstore: note: dta.bin does not exist; did you mean data.bin?"; of an empty
// file, that it is empty.
std::string describe_absent(const std::string& path);

}  // namespace kvstore::cli
