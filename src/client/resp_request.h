// Requests in Redis' protocol: arrays of words with any bytes.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace kvstore::client {

void append_resp_request(std::span<const std::string_view> words, std::string* out);
inline void append_resp_request(std::initializer_list<std::string_view> words, std::string* out) {
  append_resp_request(std::span(words.begin(), words.size()), out);
}

}  // namespace kvstore::client
