// The texts of --help.
#pragma once

#include <string>

namespace kvstore::cli {

std::string file_usage();
std::string file_footer();
std::string connect_usage();
std::string connect_footer();

}  // namespace kvstore::cli
