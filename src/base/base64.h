// Base64 (RFC 4648, section 4): bytes as text, for example in JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kvstore {

// Four digits for each three bytes, the last four padded with '='.
void append_base64(std::string_view bytes, std::string* out);

// Decodes exactly what append_base64() writes: no blanks, no line ends, all padding, and no unused
// bits set. nullopt for anything else.
std::optional<std::string> parse_base64(std::string_view digits);

}  // namespace kvstore
