// Words and numbers for people, and the same for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "src/base/civil_time.h"
#include "src/base/human.h"

namespace kvstore::maint {

// A key or value as a word that is safe to look at and that the shell reads
// back as the same bytes: bare where it can be, else "..." with \n, \xHH and so
// on. Longer than `max_size` bytes it is cut and ends in "...".
std::string quoted_word(std::string_view bytes, std::size_t max_size = SIZE_MAX);

// A message that may quote what somebody else chose (a path): control
// characters become \xHH.
std::string harmless(std::string_view text);

std::string bytes_text(std::uint64_t size);  // "1,234 bytes"
std::string hex(std::string_view bytes);

// A JSON string if the bytes are UTF-8, else {"base64": "..."}.
nlohmann::ordered_json json_of(std::string_view bytes);

}  // namespace kvstore::maint
