// Texts of --help before and after the options, for `kvstore FILE` and `kvstore connect`. Each ends
// in a newline; a usage begins with "Usage: ".
#pragma once

#include <string>

namespace kvstore::cli {

std::string file_usage();
std::string file_footer();
std::string connect_usage();
std::string connect_footer();

}  // namespace kvstore::cli
