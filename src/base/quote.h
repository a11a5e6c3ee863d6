// Foreign bytes as printable text: what is not printable UTF-8 is escaped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvstore {

enum class Controls { kNamed, kHex };  // a newline as \n or as \x0a; likewise \r and \t

struct Escapes {
  Controls controls = Controls::kNamed;
  std::string_view kept = {};         // control characters that are not escaped
  std::string_view backslashed = {};  // printable ASCII that gets a backslash
};

// Appends `bytes`: printable UTF-8 unchanged, every other byte escaped.
void append_escaped(std::string_view bytes, const Escapes& escapes, std::string* out);

// Appends "..." with \n \r \t \\ \" and \xHH; printable UTF-8 is unchanged. The text grammar reads
// exactly `bytes` from it. Above `max_size` bytes it shows only the first ones, and the size after
// the quote: "abc"... 1234 bytes
void append_quoted(std::string_view bytes, std::string* out,
                   std::size_t max_size = std::string_view::npos,
                   Controls controls = Controls::kNamed);

// Whether `bytes` need no quotes among other words: visible ASCII, at least one, without quotes and
// backslashes.
bool is_bare_word(std::string_view bytes);

}  // namespace kvstore
