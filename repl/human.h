// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace kvstore::repl {

std::string with_commas(std::uint64_t number);  // 1,234,567
std::string human_size(std::uint64_t bytes);    // 512 bytes, 4.2 KiB, 1.0 GiB

}  // namespace kvstore::repl
