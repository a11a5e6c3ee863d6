// Text as manual pages have it.
#pragma once

#include <string>
#include <string_view>

namespace kvstore::docs {

// So that neither a leading dot nor a backslash nor a hyphen is read as something else.
std::string escape_roff(std::string_view text);

}  // namespace kvstore::docs
