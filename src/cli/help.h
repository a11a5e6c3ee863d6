// What --help says before and after the options, of `kvstore FILE` and of `kvstore connect`. Each
// with its line ends; a usage begins with "Usage: ".
#pragma once

#include <string>

namespace kvstore::cli {

std::string file_usage();
std::string file_footer();
std::string connect_usage();
std::string connect_footer();

}  // namespace kvstore::cli
