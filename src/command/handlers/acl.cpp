// AUTH and ACL: logins and permissions of users.
#include "src/command/rows/acl.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "src/base/random.h"
#include "src/command/acl/categories.h"
#include "src/command/acl/login.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

using acl::UserAt;

// Without users there is only the default user.
std::vector<UserAt> all_users(Call& call) {
  acl::Users* const users = call.session.login().users();
  if (users != nullptr) return users->all();
  return {std::make_shared<const acl::User>(acl::default_user())};
}

UserAt find_user(Call& call, std::string_view name) {
  for (const UserAt& user : all_users(call)) {
    if (user->name == name) return user;
  }
  return nullptr;
}

Checked<acl::Users*> users_of_server(Call& call) {
  acl::Users* const users = call.session.login().users();
  if (users != nullptr) return users;
  return fail(Failure(Code::kState, "a shell on a file has no users: they are a server's",
                      "kvstore data.bin --listen 7878", {}));
}

// Errors of rules are replied in Redis' words, which are the message; errors of files are not.
Outcome outcome_of(const Status& done) {
  if (done) return {};
  const Error& error = done.error();
  const bool is_about_rules = error.code == Code::kSyntax || error.code == Code::kUnknown ||
                              error.code == Code::kState || error.code == Code::kNotFound ||
                              error.code == Code::kTooBig;
  return fail(Failure(error, is_about_rules ? "ERR " + error.message : std::string()));
}

void write_words(std::string_view name, const std::vector<std::string_view>& words, ReplySink& to,
                 Aggregate kind) {
  to.value(name);
  to.begin(kind, words.size());
  for (const std::string_view word : words) to.value(word);
  to.end();
}

void write_permissions(const acl::Permissions& permissions, ReplySink& to) {
  to.value("commands");
  to.value(permissions.commands.describe());
  to.value("keys");
  to.value(permissions.keys.describe());
  to.value("channels");
  to.value(permissions.channels.patterns());
}

std::string client_name(const acl::Denial& denial) {
  return denial.client.empty() ? "" : fmt::format("name={} user={}", denial.client, denial.user);
}

void write_denial(const acl::Denial& denial, ReplySink& to) {
  // In whole milliseconds, as in Redis.
  const auto age =
      std::chrono::floor<std::chrono::milliseconds>(acl::Denial::Clock::now() - denial.since);
  to.begin(Aggregate::kMap, 14);
  to.value("count");
  to.integer(static_cast<std::int64_t>(denial.count));
  to.value("reason");
  to.value(acl::reason_name(denial.reason));
  to.value("context");
  to.value(denial.in_multi ? "multi" : "toplevel");
  to.value("object");
  to.value(denial.object);
  to.value("username");
  to.value(denial.user);
  to.value("age-seconds");
  to.real(std::chrono::duration<double>(age).count());
  to.value("client-info");
  to.value(client_name(denial));
  to.end();
}

Checked<std::size_t> count_of_denials(Args args) {
  if (args.size() < 3) return 10;
  const auto count = parse_integer(args[2]);
  if (!count || *count < 0) return fail(bad_number(args[2], "a count", "ACL LOG 10"));
  return static_cast<std::size_t>(*count);
}

}  // namespace

Outcome auth(Call& call) {
  const Args args = call.args;
  if (args.size() > 3) return fail(unknown_option(call.row, args[3]));
  if (args.size() == 3) {
    KV_TRY(call.session.log_in(args[1], args[2]));
    call.reply.ok();
    return {};
  }
  const UserAt user = find_user(call, "default");
  if (user != nullptr && user->needs_no_password) {
    return fail(
        Failure(Code::kState, "the user default needs no password", "AUTH user password",
                "ERR AUTH <password> called without any password configured for the default "
                "user. Are you sure your configuration is correct?"));
  }
  KV_TRY(call.session.log_in("default", args[1]));
  call.reply.ok();
  return {};
}

Outcome acl_who_am_i(Call& call) {
  call.reply.value(call.session.login().user_name());
  return {};
}

Outcome acl_users(Call& call) {
  const std::vector<UserAt> users = all_users(call);
  call.reply.begin(Aggregate::kArray, users.size());
  for (const UserAt& user : users) call.reply.value(user->name);
  call.reply.end();
  return {};
}

Outcome acl_list(Call& call) {
  const std::vector<UserAt> users = all_users(call);
  call.reply.begin(Aggregate::kArray, users.size());
  for (const UserAt& user : users) {
    call.reply.value(fmt::format("user {} {}", user->name, user->rules()));
  }
  call.reply.end();
  return {};
}

Outcome acl_get_user(Call& call) {
  const UserAt user = find_user(call, call.args[2]);
  if (user == nullptr) {
    call.reply.missing();
    return {};
  }
  ReplySink& reply = call.reply;
  std::vector<std::string_view> flags = {user->is_on ? "on" : "off"};
  if (user->needs_no_password) flags.emplace_back("nopass");
  reply.begin(Aggregate::kMap, 12);
  write_words("flags", flags, reply, Aggregate::kSet);
  write_words("passwords", {user->hashes.begin(), user->hashes.end()}, reply, Aggregate::kArray);
  write_permissions(*user, reply);
  reply.value("selectors");
  reply.begin(Aggregate::kArray, user->selectors.size());
  for (const acl::Permissions& selector : user->selectors) {
    reply.begin(Aggregate::kMap, 6);
    write_permissions(selector, reply);
    reply.end();
  }
  reply.end();
  reply.end();
  return {};
}

Outcome acl_set_user(Call& call) {
  KV_ASSIGN(acl::Users* const users, users_of_server(call));
  KV_TRY(outcome_of(users->change(call.args[2], call.args.subspan(3))));
  call.session.await_others();
  call.reply.ok();
  return {};
}

Outcome acl_delete_users(Call& call) {
  KV_ASSIGN(acl::Users* const users, users_of_server(call));
  const Args names = call.args.subspan(2);
  if (std::find(names.begin(), names.end(), "default") != names.end()) {
    return fail(Failure(Code::kState, "the user default cannot be removed",
                        "ACL SETUSER default off", "ERR The 'default' user cannot be removed"));
  }
  call.reply.integer(static_cast<std::int64_t>(users->remove(names)));
  call.session.await_others();
  return {};
}

Outcome acl_categories(Call& call) {
  if (call.args.size() == 2) {
    call.reply.begin(Aggregate::kArray, acl::category_names().size());
    for (const std::string_view name : acl::category_names()) call.reply.value(name);
    call.reply.end();
    return {};
  }
  const auto bits = acl::category(call.args[2]);
  if (!bits) {
    return fail(Failure(Code::kUnknown, fmt::format("unknown category {}", quote(call.args[2])),
                        "ACL CAT", fmt::format("ERR Unknown category '{}'", call.args[2])));
  }
  call.reply.begin(Aggregate::kArray);
  for (const acl::CommandId& id : acl::command_ids()) {
    const bool is_command = id.subcommand != nullptr || !acl::is_container(*id.command);
    if (bits->test(id.number) && is_command) {
      call.reply.value(acl::full_name(*id.command, id.row()));
    }
  }
  call.reply.end();
  return {};
}

Outcome acl_dry_run(Call& call) {
  const UserAt user = find_user(call, call.args[2]);
  if (user == nullptr) {
    return fail(Failure(Code::kNotFound, fmt::format("there is no user {}", quote(call.args[2])),
                        "ACL USERS", fmt::format("ERR User '{}' not found", call.args[2])));
  }
  const Args words = call.args.subspan(3);
  Checked<acl::Found> found = call.session.find_command_of(words);
  if (!found && found.error().error.code == Code::kUnknown) {
    found.error().redis = fmt::format("ERR Command '{}' not found", words[0]);
  }
  KV_TRY(found);
  const auto denial = acl::Login::find_denial(*user, *found, words);
  if (!denial) {
    call.reply.ok();
  } else if (denial->reason == acl::Denial::Reason::kKey) {
    call.reply.value(
        fmt::format("This user has no permissions to access the '{}' key", denial->object));
  } else if (denial->reason == acl::Denial::Reason::kChannel) {
    call.reply.value(
        fmt::format("This user has no permissions to access the '{}' channel", denial->object));
  } else {
    call.reply.value(
        fmt::format("This user has no permissions to run the '{}' command", denial->object));
  }
  return {};
}

Outcome acl_generate_password(Call& call) {
  constexpr std::int64_t kMostBits = 4096;
  const auto bits =
      call.args.size() < 3 ? std::optional<std::int64_t>(256) : parse_integer(call.args[2]);
  if (!bits || *bits < 1 || *bits > kMostBits) {
    return fail(Failure(Code::kNumber, "a password has 1 to 4096 bits", "ACL GENPASS 256",
                        "ERR ACL GENPASS argument must be the number of bits for the output "
                        "password, a positive number up to 4096"));
  }
  std::string password;
  while (static_cast<std::int64_t>(password.size()) * 4 < *bits) {
    password += fmt::format("{:016x}", random_bits());
  }
  password.resize(static_cast<std::size_t>((*bits + 3) / 4));
  call.reply.value(password);
  return {};
}

Outcome acl_log(Call& call) {
  KV_ASSIGN(acl::Users* const users, users_of_server(call));
  if (call.args.size() > 2 && same_word(call.args[2], "RESET")) {
    users->denials().clear();
    call.reply.ok();
    return {};
  }
  KV_ASSIGN(const std::size_t count, count_of_denials(call.args));
  const std::vector<acl::Denial> denials = users->denials().newest(count);
  call.reply.begin(Aggregate::kArray, denials.size());
  for (const acl::Denial& denial : denials) write_denial(denial, call.reply);
  call.reply.end();
  return {};
}

Outcome acl_save(Call& call) {
  KV_ASSIGN(acl::Users* const users, users_of_server(call));
  KV_TRY(outcome_of(users->save()));
  call.reply.ok();
  return {};
}

Outcome acl_load(Call& call) {
  KV_ASSIGN(acl::Users* const users, users_of_server(call));
  KV_TRY(outcome_of(users->load()));
  call.session.await_others();
  call.reply.ok();
  return {};
}

}  // namespace kvstore::command::handlers
