// What the command layer's tests share.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/session.h"
#include "src/store/store.h"
#include "src/wire/request.h"
#include "tests/support/temp_dir.h"

namespace kvstore::command::test {

using namespace wire;

// A new store in a directory of its own, and a session on it.
class Fixture {
 public:
  Fixture();
  ~Fixture();
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  Reply run(const std::vector<std::string>& argv);
  // What a server would answer to these bytes; feeds them in pieces of `piece`.
  std::string text(std::string_view bytes, std::size_t piece = std::string_view::npos);
  std::string resp(std::string_view bytes, std::size_t piece = std::string_view::npos);

  std::string path;
  std::unique_ptr<Store> store;
  std::unique_ptr<Session> session;

 private:
  testing::TempDir directory_;
};

// `{"SET", "k"}` as RESP.
std::string as_resp(const std::vector<std::string>& argv);
std::string as_text(const Reply& reply);

using ParserFactory = std::function<std::unique_ptr<RequestParser>()>;

// Everything a parser finds in `pieces`, a line each:
//   1 [SET][k][a\nb]         a request, the number of its line, then its words
//   2crlf [GET][k]           its line ended in CR LF
//   3 SYNTAX message | hint  an error
//   FATAL SYNTAX message     and nothing behind it
// and, if `finish` is false, what it waits for: "pending bytes 3".
std::string dump(RequestParser& parser, const std::vector<std::string_view>& pieces, bool finish = true);

// dump() of the whole input, having checked that every split into two parts and
// byte-by-byte feeding give the same.
std::string dump_however_split(const ParserFactory& make, std::string_view input);

// Heap bytes allocated by this process now, the most since reset_peak(), and how
// many allocations there were.
struct Heap {
  static std::size_t now();
  static std::size_t peak();
  static void reset_peak();
  static std::size_t allocations();
};

}  // namespace kvstore::command::test
