// Text for people, and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "src/base/civil_time.h"
#include "src/base/human.h"

namespace kvstore::maint {

// A key or value as a printable word that the shell reads as the same bytes: bare if possible, else
// "..." with \n, \xHH and so on. Above `max_size` bytes it is cut and ends in "...".
std::string quoted_word(std::string_view bytes, std::size_t max_size = SIZE_MAX);

// A message that may contain foreign text (such as a path), with control characters replaced by
// \xHH.
std::string harmless(std::string_view text);

std::string bytes_text(std::uint64_t size);  // "1,234 bytes"
std::string hex(std::string_view bytes);

// A JSON string if the bytes are UTF-8, else {"base64": "..."}.
nlohmann::ordered_json json_of(std::string_view bytes);

}  // namespace kvstore::maint
