// Bytes as printable text that the text grammar can parse.
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

// Appends the shortest word that the text grammar reads as `bytes`: bare if it has no blank and
// does not begin with a quote, else quoted.
void append_word(std::string_view bytes, std::string* out);

// Appends `bytes` unchanged if is_plain(), else quoted.
void append_shown(std::string_view bytes, Newlines newlines, std::string* out);

// Replaces the characters of *json from `begin` on that are not printable (control characters
// beyond ASCII's, marks that change the direction of writing) by \uXXXX. *json is JSON of valid
// UTF-8; it is parsed to the same value, and a terminal only displays it.
void escape_unprintable(std::size_t begin, std::string* json);

// `text` with everything but printable characters, newlines and tabs as \xHH: a final safeguard
// for terminals, not to be parsed again.
std::string harmless(std::string_view text);

}  // namespace kvstore::repl
