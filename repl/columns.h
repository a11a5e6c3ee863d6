// Arranges words in columns, like `ls`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kvstore::repl {

std::size_t screen_width();  // of stdout; 80 if unknown
// Fills columns from top to bottom; each line ends in a newline.
std::string in_columns(const std::vector<std::string>& words, std::size_t width);

}  // namespace kvstore::repl
