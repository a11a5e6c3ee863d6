// A sentence at the prompt for what COMPACT and BACKUP have done; programs read their fields.
#pragma once

#include <string>
#include <string_view>

namespace kvstore::repl {

// `fields`: lines of name:value. False, and nothing is appended: there are others.
bool render_compacted(std::string_view fields, std::string* out);
bool render_backed_up(std::string_view fields, std::string* out);

}  // namespace kvstore::repl
