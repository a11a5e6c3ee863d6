#include "server/web_request.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "src/command/words.h"

namespace kvstore::server {

bool is_web_request(command::Args argv, bool is_resp) {
  constexpr std::string_view kMethods[] = {"POST",    "PUT",     "DELETE", "HEAD",
                                           "OPTIONS", "CONNECT", "PATCH",  "TRACE"};
  if (command::same_word(argv[0], "Host:")) return true;
  if (argv.size() != 3 || !argv[2].starts_with("HTTP/")) return false;
  if (is_resp && command::find_command(argv[0]) != nullptr) return false;
  return std::find(std::begin(kMethods), std::end(kMethods), argv[0]) != std::end(kMethods);
}

}  // namespace kvstore::server
