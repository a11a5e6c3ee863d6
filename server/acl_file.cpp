#include "server/acl_file.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "src/file/file_system.h"
#include "src/file/give_name.h"
#include "src/file/names.h"

namespace kvstore::server {
namespace {

using command::acl::PasswordHash;
using command::acl::User;

constexpr std::size_t kMaxFile = std::size_t{16} << 20;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t\r"), line.size());
    line.remove_prefix(begin);
    if (line.empty()) return words;
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

Result<User> parse_line(const std::vector<std::string_view>& words, PasswordHash& passwords) {
  if (words[0] != "user" || words.size() < 2) {
    return fail(Code::kSyntax, "a line begins with 'user' and the user's name",
                "user alice on #$argon2id$... ~* +@all");
  }
  const bool is_plain = std::any_of(words.begin() + 2, words.end(),
                                    [](std::string_view rule) { return rule.starts_with('>'); });
  if (is_plain) {
    return fail(Code::kSyntax, "a password does not belong here in plain",
                "ACL SETUSER alice >password, and ACL SAVE");
  }
  KV_TRY(command::acl::check_user_name(words[1]));
  User user;
  user.name = words[1];
  KV_TRY(apply_rules(std::span(words).subspan(2), passwords, &user));
  return user;
}

}  // namespace

Result<std::vector<User>> parse_acl_file(std::string_view text, PasswordHash& passwords) {
  std::vector<User> users;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0].starts_with('#')) continue;
    Result<User> user = parse_line(words, passwords);
    const bool is_twice = user && std::any_of(users.begin(), users.end(), [&](const User& other) {
                            return other.name == user->name;
                          });
    if (is_twice) user = fail(Code::kSyntax, fmt::format("user '{}' comes twice", user->name));
    if (!user) {
      Error error = std::move(user.error());
      error.code = Code::kSyntax;
      error.message = fmt::format("line {}: {}", number, error.message);
      return fail(std::move(error));
    }
    users.push_back(std::move(*user));
  }
  return users;
}

std::string acl_line(const User& user) {
  return fmt::format("user {} {}\n", user.name, user.rules());
}

Result<std::string> read_acl_file(const std::string& path, FileKind kind) {
  KV_ASSIGN(std::string text, read_small_file(path, kMaxFile, kind));
  if (text.size() > kMaxFile) return fail(Code::kTooBig, path + " is larger than 16 MiB");
  return text;
}

Status replace_small_file(const std::string& name, std::string_view content) {
  if (content.size() > kMaxFile) return fail(Code::kTooBig, name + " would exceed 16 MiB");
  KV_TRY(check_regular_file(name));
  file::FileSystem& files = file::system_files();
  const std::string path = file::follow_links(name);
  file::ProvisionalName unfinished(files, fmt::format("{}.new-{}", path, ::getpid()));
  files.remove(unfinished.path());  // left by a killed process with the same id
  KV_TRY(files.save(unfinished.path(), content, path));
  unfinished.given();
  bool has_it = false;
  return file::give_name(files, unfinished, path, path, file::Onto::kOldFile, &has_it);
}

}  // namespace kvstore::server
