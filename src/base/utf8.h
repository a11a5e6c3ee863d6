// UTF-8, as far as needed to show bytes to users.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kvstore {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;  // bytes; 0: the text does not begin with a valid code point
};

// The first code point of `text`. Overlong forms, surrogates and values above U+10FFFF are invalid.
CodePoint first_code_point(std::string_view text);

bool is_utf8(std::string_view text);

// Whether it may be sent to a terminal or a log: not a control character (C0, DEL, C1), a line or
// paragraph separator, a byte order mark, or a character that reorders the text around it
// (Unicode's Bidi_Control).
bool is_printable(std::uint32_t code_point);

// The first `max_size` bytes of `text`, or up to 3 less, so that no character is split. A view of
// `text`.
std::string_view utf8_prefix(std::string_view text, std::size_t max_size);

}  // namespace kvstore
