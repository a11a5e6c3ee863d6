// Bytes as text that is safe to look at, and that the text grammar reads back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvstore::repl {

enum class Newlines { kQuoted, kShown };

// Whether `bytes` can be shown to a person as they are: valid UTF-8, printable,
// and not to be mistaken for something the shell itself would say: "", (nil), OK, a quoted
// string. With kQuoted nothing that begins with a quote or a parenthesis is.
bool is_plain(std::string_view bytes, Newlines newlines);

// Appends the shortest word the text grammar reads as `bytes`: bare when it has
// no blank and does not begin with a quote, else quoted.
void append_word(std::string_view bytes, std::string* out);

// Appends `bytes` if plain, else quoted.
void append_shown(std::string_view bytes, Newlines newlines, std::string* out);

// From `begin` on *json, JSON of valid UTF-8, gets \uXXXX for what is not printable (control
// characters beyond ASCII's, marks that turn the direction of writing): it reads back the same, and
// a terminal does nothing but show it.
void escape_unprintable(std::size_t begin, std::string* json);

// `text` with everything but printable characters, newlines and tabs as \xHH:
// the last line of defence before a terminal, not for reading back.
std::string harmless(std::string_view text);

}  // namespace kvstore::repl
