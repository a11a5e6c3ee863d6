// Redis' glob patterns over bytes: * ? [abc] [^abc] [a-z] and \x for x itself.
#pragma once

#include <string>
#include <string_view>

namespace kvstore::command {

// Time is at most the product of the two sizes, memory is constant.
bool glob_match(std::string_view pattern, std::string_view text);

// What every match begins with: the pattern up to its first special character.
std::string glob_prefix(std::string_view pattern);

}  // namespace kvstore::command
