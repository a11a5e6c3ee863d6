#include "repl/columns.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace kvstore::repl {

std::size_t screen_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string in_columns(const std::vector<std::string>& words, std::size_t width) {
  if (words.empty()) return {};
  std::size_t widest = 0;
  for (const std::string& word : words) widest = std::max(widest, word.size());
  const std::size_t columns = std::max<std::size_t>(1, width / (widest + 2));
  const std::size_t rows = (words.size() + columns - 1) / columns;
  std::string out;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = row; i < words.size(); i += rows) {
      out += words[i];
      if (i + rows < words.size()) out.append(widest + 2 - words[i].size(), ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace kvstore::repl
