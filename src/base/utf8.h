// UTF-8, as far as showing bytes to a person needs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kvstore {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;  // bytes; 0: the text does not begin with a valid code point
};

// The code point `text` begins with. Overlong forms, surrogates and values
// above U+10FFFF are not valid.
CodePoint first_code_point(std::string_view text);

bool is_utf8(std::string_view text);

// Safe to send to a terminal or a log: neither a control character (C0, DEL,
// C1), a line or paragraph separator, a byte order mark, nor one that reorders
// the text around it (Unicode's Bidi_Control).
bool is_printable(std::uint32_t code_point);

// The first `max_size` bytes of `text`, or up to 3 less: never half a character.
// The view lives as long as `text`'s bytes.
std::string_view utf8_prefix(std::string_view text, std::size_t max_size);

}  // namespace kvstore
