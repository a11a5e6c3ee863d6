#include "repl/terminal_kind.h"

#include <termcap.h>

#include <cstdlib>
#include <string_view>

namespace kvstore::repl {
namespace {

// The database also has terminals unlike the VT100. The two capabilities checked are the minimum
// that is needed here.
bool ask_database() {
  const char* term = std::getenv("TERM");
  if (term == nullptr || *term == '\0' || std::string_view(term) == "dumb") return false;
  if (::tgetent(nullptr, term) != 1) return false;
  char name_of_up[] = "UP";
  char name_of_clear[] = "cd";
  const char* up = ::tgetstr(name_of_up, nullptr);
  const char* clear = ::tgetstr(name_of_clear, nullptr);
  return up != nullptr && clear != nullptr && std::string_view(up).starts_with("\033[") &&
         std::string_view(clear).starts_with("\033[");
}

}  // namespace

bool understands_escapes() {
  static const bool answer = ask_database();
  return answer;
}

}  // namespace kvstore::repl
