// Requests in Redis' protocol: arrays of words, whatever bytes they are made of.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace kvstore::client {

void append_resp_request(std::initializer_list<std::string_view> words, std::string* out);

}  // namespace kvstore::client
