// Requests that are not what they should be, by hand, and what is answered.
#pragma once

#include <string>
#include <vector>

namespace kvstore::test {

// With a PING after the bytes:
enum class Then {
  kGoesOn,  // it is answered
  kCloses,  // it is not: the connection is closed
  kWaits,   // it is taken for a part of the request, which is not answered
};

struct Malformed {
  std::string what;
  std::string bytes;
  std::string reply;  // all of it, if the client sends no more
  Then then;
};

const std::vector<Malformed>& malformed_requests();

// What is wrong with what was answered to the bytes, and to the bytes and a
// PING. Empty: nothing.
std::string misanswered(const Malformed& row, const std::string& reply,
                        const std::string& reply_with_ping);
std::string ping_behind(const Malformed& row);

}  // namespace kvstore::test
