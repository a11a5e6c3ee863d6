#include "src/command/acl/user.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::command::acl {
namespace {

struct Word {
  std::string_view word;
  void (*apply)(User& user);
};

void reset(User& user) {
  User fresh;
  fresh.name = std::move(user.name);
  fresh.number = user.number;
  user = std::move(fresh);
}

constexpr Word kWords[] = {
    {"clearselectors", [](User& user) { user.selectors.clear(); }},
    {"on", [](User& user) { user.is_on = true; }},
    {"off", [](User& user) { user.is_on = false; }},
    {"nopass", [](User& user) { user.needs_no_password = true, user.hashes.clear(); }},
    {"resetpass", [](User& user) { user.needs_no_password = false, user.hashes.clear(); }},
    {"allcommands", [](User& user) { user.commands.allow_all(); }},
    {"nocommands", [](User& user) { user.commands.allow_none(); }},
    {"allkeys", [](User& user) { user.keys.allow_all(); }},
    {"resetkeys", [](User& user) { user.keys.allow_none(); }},
    {"allchannels", [](User& user) { user.channels.allow_all(); }},
    {"resetchannels", [](User& user) { user.channels.allow_none(); }},
    {"reset", reset},
    // In Redis these control the check of RESTORE, which is not supported.
    {"sanitize-payload", [](User&) {}},
    {"skip-sanitize-payload", [](User&) {}},
};

Status check_password(std::string_view password) {
  if (password.size() <= User::kMaxPassword) return {};
  return fail(Code::kTooBig,
              fmt::format("a password is at most {} bytes long", User::kMaxPassword));
}

Status add_hash(std::string hash, User& user) {
  const auto& known = user.hashes;
  if (std::find(known.begin(), known.end(), hash) != known.end()) return {};
  if (known.size() >= User::kMaxPasswords) {
    return fail(Code::kTooBig, fmt::format("a user has at most {} passwords", User::kMaxPasswords));
  }
  user.hashes.push_back(std::move(hash));
  user.needs_no_password = false;
  return {};
}

// >password. A known password is not hashed again with another salt.
Status add_password(std::string_view password, PasswordHash& passwords, User& user) {
  KV_TRY(check_password(password));
  for (const std::string& hash : user.hashes) {
    KV_ASSIGN(const bool fits, passwords.fits(hash, password));
    if (fits) return {};
  }
  KV_ASSIGN(std::string hash, passwords.make(password));
  return add_hash(std::move(hash), user);
}

tl::unexpected<Error> no_such_password() {
  return fail(Code::kNotFound,
              "The password you are trying to remove from the user does not exist");
}

Status remove_password(std::string_view password, PasswordHash& passwords, User& user) {
  KV_TRY(check_password(password));
  for (auto hash = user.hashes.begin(); hash != user.hashes.end(); ++hash) {
    KV_ASSIGN(const bool fits, passwords.fits(*hash, password));
    if (!fits) continue;
    user.hashes.erase(hash);
    return {};
  }
  return no_such_password();
}

// Redis' hashes are one round of SHA-256 without a salt, of which a graphics card tries billions a
// second. Accepting them would defeat the slow hash used here.
Status check_hash(std::string_view hash, const PasswordHash& passwords) {
  if (passwords.is_hash(hash)) return {};
  return fail(Code::kSyntax,
              "A password hash must be a whole argon2id string of 32 bytes, as ACL LIST shows it; "
              "a SHA-256 hash is too easily guessed to be taken",
              ">password, once");
}

Status remove_hash(std::string_view hash, User& user) {
  const auto found = std::find(user.hashes.begin(), user.hashes.end(), hash);
  if (found == user.hashes.end()) return no_such_password();
  user.hashes.erase(found);
  return {};
}

Status apply_word(std::string_view rule, User& user) {
  const auto* const found =
      std::find_if(std::begin(kWords), std::end(kWords),
                   [&](const Word& one) { return same_word(one.word, rule); });
  if (found == std::end(kWords)) return fail(Code::kSyntax, "Syntax error", "ACL HELP");
  found->apply(user);
  return {};
}

// Whether the rule concerns commands, keys or channels.
bool is_for_selector(std::string_view rule) {
  constexpr std::string_view kOfPermissions[] = {"allcommands", "nocommands",  "allkeys",
                                                 "resetkeys",   "allchannels", "resetchannels"};
  const bool is_pattern =
      !rule.empty() && std::string_view("+-~%&").find(rule.front()) != std::string_view::npos;
  return is_pattern || std::any_of(std::begin(kOfPermissions), std::end(kOfPermissions),
                                   [&](std::string_view word) { return same_word(word, rule); });
}

Status apply_rule(std::string_view rule, PasswordHash& passwords, User& user);

// Rules are stored in one line and parsed word by word: there a word with this ending would end the
// selector.
Status check_end(std::string_view word) {
  if (!word.ends_with(')')) return {};
  return fail(Code::kSyntax, "Inside a selector, a pattern cannot end in ')'", "(+get ~f(x[)])");
}

// Adds a selector such as "(+get ~x:*)".
Status add_selector(std::string_view rule, PasswordHash& passwords, User& user) {
  if (user.selectors.size() >= User::kMaxSelectors) {
    return fail(Code::kTooBig, fmt::format("a user has at most {} selectors", User::kMaxSelectors));
  }
  User made;
  std::string_view rest = rule.substr(1, rule.size() - 2);
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) break;
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (!is_for_selector(word)) return fail(Code::kSyntax, "Syntax error", "(+get ~app:*)");
    KV_TRY(check_end(word));
    KV_TRY(apply_rule(word, passwords, made));
    rest.remove_prefix(end);
  }
  user.selectors.push_back(std::move(made));
  return {};
}

Status apply_rule(std::string_view rule, PasswordHash& passwords, User& user) {
  const std::string_view rest = rule.substr(std::min<std::size_t>(rule.size(), 1));
  switch (rule.empty() ? '\0' : rule.front()) {
    case '+':
    case '-':
      return user.commands.apply(rule);
    case '~':
    case '%':
      return user.keys.apply(rule);
    case '&':
      return user.channels.apply(rule);
    case '>':
      return add_password(rest, passwords, user);
    case '<':
      return remove_password(rest, passwords, user);
    case '#':
      KV_TRY(check_hash(rest, passwords));
      return add_hash(std::string(rest), user);
    case '!':
      return remove_hash(rest, user);
    case '(':
      return add_selector(rule, passwords, user);
    default:
      return apply_word(rule, user);
  }
}

// The rule without a password, which may also be in a selector by mistake.
std::string shown_rule(std::string_view rule) {
  const bool may_hold_secret =
      rule.starts_with('>') || rule.starts_with('<') || rule.starts_with('(');
  const std::size_t secret = may_hold_secret ? rule.find_first_of("<>") : rule.npos;
  if (secret == rule.npos) return std::string(rule.substr(0, 64));
  return std::string(rule.substr(0, std::min<std::size_t>(secret + 1, 64))) + "...";
}

// A selector may be split into several words.
Result<std::vector<std::string>> join_selectors(std::span<const std::string_view> rules) {
  std::vector<std::string> joined;
  bool is_open = false;
  for (const std::string_view rule : rules) {
    if (is_open)
      joined.back().append(" ").append(rule);
    else
      joined.emplace_back(rule);
    is_open = joined.back().starts_with('(') && !joined.back().ends_with(')');
  }
  if (!is_open) return joined;
  const std::string_view begin = std::string_view(joined.back()).substr(0, 64);
  return fail(Code::kSyntax, fmt::format("Unmatched parenthesis in acl selector starting at '{}'.",
                                         shown_rule(begin.substr(0, begin.find(' ')))));
}

}  // namespace

std::string Permissions::rules() const {
  std::string text = keys.describe();
  for (const std::string& part : {channels.describe(), commands.describe()}) {
    if (!text.empty()) text += ' ';
    text += part;
  }
  return text;
}

std::string User::rules() const {
  std::string text = is_on ? "on" : "off";
  if (needs_no_password) text += " nopass";
  for (const std::string& hash : hashes) text += " #" + hash;
  text += ' ' + Permissions::rules();
  for (const Permissions& selector : selectors) text += " (" + selector.rules() + ')';
  return text;
}

User default_user() {
  User user;
  user.name = "default";
  user.is_on = user.needs_no_password = true;
  user.commands.allow_all();
  user.keys.allow_all();
  user.channels.allow_all();
  return user;
}

Status check_user_name(std::string_view name) {
  const bool has_blank = name.find_first_of(std::string_view(" \t\r\n\v\f\0", 7)) != name.npos;
  if (has_blank || name.empty()) {
    return fail(Code::kSyntax, "Usernames can't contain spaces or null characters",
                "ACL SETUSER alice on >secret ~* +@all");
  }
  if (name.size() <= User::kMaxName) return {};
  return fail(Code::kTooBig, fmt::format("a user's name is at most {} bytes long", User::kMaxName));
}

Status apply_rules(std::span<const std::string_view> rules, PasswordHash& passwords, User* user) {
  User changed = *user;
  KV_ASSIGN(const std::vector<std::string> joined, join_selectors(rules));
  for (const std::string& rule : joined) {
    Status applied = apply_rule(rule, passwords, changed);
    if (applied) continue;
    Error error = std::move(applied.error());
    error.message =
        fmt::format("Error in ACL SETUSER modifier '{}': {}", shown_rule(rule), error.message);
    return fail(std::move(error));
  }
  *user = std::move(changed);
  return {};
}

}  // namespace kvstore::command::acl
