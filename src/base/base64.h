// Base64 (RFC 4648, section 4): bytes as text that JSON can carry.
#pragma once

#include <string>
#include <string_view>

namespace kvstore {

// Four digits for each three bytes, the last four padded with '='.
void append_base64(std::string_view bytes, std::string* out);

}  // namespace kvstore
