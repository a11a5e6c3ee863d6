#include "src/client/resp_request.h"

#include <iterator>

#include <fmt/format.h>

namespace kvstore::client {

void append_resp_request(std::span<const std::string_view> words, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "*{}\r\n", words.size());
  for (const std::string_view word : words) {
    fmt::format_to(std::back_inserter(*out), "${}\r\n", word.size());
    *out += word;
    *out += "\r\n";
  }
}

}  // namespace kvstore::client
