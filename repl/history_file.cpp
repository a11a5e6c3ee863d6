#include "repl/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fmt/core.h>

#include "src/command/secrets.h"
#include "src/file/descriptor.h"

namespace kvstore::repl {
namespace {

constexpr int kMaxEntries = 2000;
constexpr std::size_t kMaxEntrySize = std::size_t{64} << 10;
constexpr std::uintmax_t kMaxFileSize = std::uintmax_t{4} << 20;
constexpr std::string_view kCookie = "_HiStOrY_V2_\n";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Encodes for libedit's strunvis(): every byte that could end or corrupt a line becomes three octal
// digits.
std::string encode(std::string_view entry) {
  std::string out;
  for (const char character : entry) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte > 0x20 && byte < 0x7F && byte != '\\') {
      out += character;
    } else {
      out += fmt::format("\\{:03o}", byte);
    }
  }
  return out + '\n';
}

// AUTH, HELLO and ACL SETUSER have passwords, which must not be stored.
bool holds_password(std::string_view entry) {
  std::vector<std::string_view> words;
  while (words.size() < 8) {
    entry.remove_prefix(std::min(entry.find_first_not_of(" \t"), entry.size()));
    if (entry.empty()) break;
    const std::size_t end = std::min(entry.find_first_of(" \t"), entry.size());
    words.push_back(entry.substr(0, end));
    entry.remove_prefix(end);
  }
  return command::holds_secret(words);
}

}  // namespace

std::string default_history_path() {
  std::string state = environment("XDG_STATE_HOME");
  if (state.empty() || state.front() != '/') {
    const std::string home = environment("HOME");
    if (home.empty()) return {};
    state = home + "/.local/state";
  }
  return state + "/kvstore/history";
}

HistoryFile::HistoryFile(History* history, std::string path)
    : history_(history), path_(std::move(path)) {
  HistEvent event;
  ::history(history_, &event, H_SETSIZE, kMaxEntries);
  if (path_.empty()) return;
  std::error_code ignored;
  const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
  if (std::filesystem::create_directories(directory, ignored)) ::chmod(directory.c_str(), 0700);
  ::history(history_, &event, H_LOAD, path_.c_str());
  if (std::filesystem::file_size(path_, ignored) > kMaxFileSize && !ignored) {
    ::history(history_, &event, H_SAVE, path_.c_str());
  }
}

void HistoryFile::add(std::string_view entry) {
  while (entry.ends_with('\n') || entry.ends_with('\r')) entry.remove_suffix(1);
  const bool unwanted = entry.empty() || entry.front() == ' ' || entry.size() > kMaxEntrySize ||
                        entry.find('\0') != entry.npos || entry == last_;
  if (unwanted || holds_password(entry)) return;
  last_ = entry;
  HistEvent event;
  ::history(history_, &event, H_ENTER, last_.c_str());
  append(entry);
}

void HistoryFile::append(std::string_view entry) const {
  if (path_.empty()) return;
  const int out =
      file::above_standard(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (out < 0) return;
  std::string text = ::lseek(out, 0, SEEK_END) == 0 ? std::string(kCookie) : std::string();
  text += encode(entry);
  // A history that cannot be written is not worth a message.
  [[maybe_unused]] const ssize_t written = ::write(out, text.data(), text.size());
  ::close(out);
}

}  // namespace kvstore::repl
