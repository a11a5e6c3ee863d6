// CLIENT: the connection, and other connections.
#include "src/command/rows/clients.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/client_names.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// --- A client as a line

std::string command_name(const Command* command) {
  if (command == nullptr) return "NULL";
  for (const Command& row : commands()) {
    if (&row == command) return lower(row.name);
    for (const Command& subcommand : row.subcommands) {
      if (&subcommand == command) return lower(row.name) + '|' + lower(subcommand.name);
    }
  }
  return "NULL";
}

bool is_sent_messages(const ClientCard& card) {
  return card.follows.load() ||
         card.channels.load() + card.patterns.load() + card.shard_channels.load() > 0;
}

std::string flags_of(const ClientCard& card) {
  std::string flags;
  if (card.monitors.load()) flags += 'O';
  if (is_sent_messages(card)) flags += 'P';
  if (card.queued.load() >= 0) flags += 'x';
  if (card.waits() || card.is_held.load()) flags += 'b';
  return flags.empty() ? "N" : flags;
}

std::string line_of(const ClientFacts& client) {
  const ClientCard& card = *client.card;
  const ClientCard::Names names = card.names();
  return fmt::format(
      "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db=0 sub={} psub={} "
      "ssub={} multi={} watch={} qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 "
      "omem={} "
      "tot-mem={} events=r cmd={} user={} redir=-1 resp={} lib-name={} lib-ver={}\n",
      client.id, client.address, client.local_address, client.descriptor, names.client,
      client.age_s, client.idle_s, flags_of(card), card.channels.load(), card.patterns.load(),
      card.shard_channels.load(), card.queued.load(), card.watched.load(), client.unsent_bytes,
      client.held_bytes, command_name(card.command.load()), names.user,
      card.speaks_resp3.load() ? 3 : 2, names.library, names.library_version);
}

// The facts of a session without a server.
ClientFacts alone(Session& session) {
  ClientFacts facts;
  facts.id = session.id();
  facts.card = &session.card();
  return facts;
}

void visit_clients(const Call& call, const std::function<void(const ClientFacts&)>& visit) {
  if (ServerControl* const control = call.session.server_control()) {
    control->visit_clients(visit);
  } else {
    visit(alone(call.session));
  }
}

// --- Filters

struct Filter {
  std::vector<std::uint64_t> ids;
  std::optional<std::string_view> type, address, local_address, user;
  bool skips_me = true;

  bool takes(const ClientFacts& client, std::uint64_t me) const {
    if (skips_me && client.id == me) return false;
    if (!ids.empty() && std::find(ids.begin(), ids.end(), client.id) == ids.end()) return false;
    if (type && !same_word(*type, is_sent_messages(*client.card) ? "pubsub" : "normal"))
      return false;
    if (address && *address != client.address) return false;
    if (local_address && *local_address != client.local_address) return false;
    return !user || *user == client.card->names().user;
  }
};

Failure unknown_type(std::string_view word) {
  return {Code::kUnknown, fmt::format("unknown type of clients {}", quote(word)),
          "CLIENT LIST TYPE normal",
          fmt::format("ERR Unknown client type '{}'", word.substr(0, 64))};
}

bool is_type(std::string_view word) {
  constexpr std::string_view kTypes[] = {"normal", "master", "replica", "slave", "pubsub"};
  return std::any_of(std::begin(kTypes), std::end(kTypes),
                     [word](std::string_view type) { return same_word(word, type); });
}

Checked<std::uint64_t> take_id(std::string_view word, std::string_view redis) {
  const auto id = parse_unsigned(word);
  if (id && *id > 0) return *id;
  Failure failure = bad_number(word, "a client's number", "CLIENT LIST");
  failure.redis = redis;
  return fail(std::move(failure));
}

// Without users every client is user default.
Outcome check_user(const Call& call, std::string_view name) {
  acl::Users* const users = call.session.login().users();
  if (users == nullptr ? name == "default" : users->find(name) != nullptr) return {};
  return fail(Failure(Code::kUnknown, fmt::format("there is no user {}", quote(name)), "ACL USERS",
                      fmt::format("ERR No such user '{}'", name.substr(0, 64))));
}

Checked<Filter> take_kill_filter(const Call& call) {
  Filter filter;
  const Args args = call.args;
  for (std::size_t i = 2; i < args.size(); i += 2) {
    if (i + 1 == args.size()) return fail(unknown_option(call.row, args[i]));
    const std::string_view value = args[i + 1];
    if (same_word(args[i], "ID")) {
      KV_ASSIGN(const std::uint64_t id, take_id(value, "ERR client-id should be greater than 0"));
      filter.ids.push_back(id);
    } else if (same_word(args[i], "TYPE")) {
      if (!is_type(value)) return fail(unknown_type(value));
      filter.type = value;
    } else if (same_word(args[i], "ADDR")) {
      filter.address = value;
    } else if (same_word(args[i], "LADDR")) {
      filter.local_address = value;
    } else if (same_word(args[i], "USER")) {
      KV_TRY(check_user(call, value));
      filter.user = value;
    } else if (same_word(args[i], "SKIPME") &&
               (same_word(value, "YES") || same_word(value, "NO"))) {
      filter.skips_me = same_word(value, "YES");
    } else {
      return fail(unknown_option(call.row, args[i]));
    }
  }
  return filter;
}

// Closes clients and returns their number. A client that closes itself gets the reply first. Once
// the reply is sent, nothing more is executed for the closed clients.
std::uint64_t close_clients(Call& call, const Filter& filter) {
  std::vector<std::uint64_t> ids;
  visit_clients(call, [&](const ClientFacts& client) {
    if (filter.takes(client, call.session.id())) ids.push_back(client.id);
  });
  std::uint64_t closed = 0;
  for (const std::uint64_t id : ids) {
    if (id == call.session.id()) {
      call.session.exit();
      ++closed;
    } else if (ServerControl* const control = call.session.server_control()) {
      auto section = control->close_client(id);
      if (section == nullptr) continue;
      call.session.await(std::move(section));
      ++closed;
    }
  }
  return closed;
}

}  // namespace

Outcome client_id(Call& call) {
  call.reply.integer(static_cast<std::int64_t>(call.session.id()));
  return {};
}

Outcome client_get_name(Call& call) {
  const std::string name = call.session.card().names().client;
  if (name.empty())
    call.reply.missing();
  else
    call.reply.value(name);
  return {};
}

Outcome client_set_name(Call& call) {
  KV_TRY(name_session(call.session, call.args[2]));
  call.reply.ok();
  return {};
}

Outcome client_set_info(Call& call) {
  const bool is_name = same_word(call.args[2], "LIB-NAME");
  if (!is_name && !same_word(call.args[2], "LIB-VER")) {
    return fail(Failure(Code::kSyntax, fmt::format("unknown attribute {}", quote(call.args[2])),
                        "CLIENT SETINFO LIB-NAME name, or LIB-VER version",
                        fmt::format("ERR Unrecognized option '{}'", call.args[2].substr(0, 64))));
  }
  const std::string_view value = call.args[3];
  if (!is_client_name(value)) {
    return fail(Failure(Code::kSyntax, "up to 256 printable characters without blanks", {},
                        fmt::format("ERR {} cannot contain spaces, newlines or special characters.",
                                    is_name ? "lib-name" : "lib-ver")));
  }
  call.session.card().change_names(
      [&](ClientCard::Names& names) { (is_name ? names.library : names.library_version) = value; });
  call.reply.ok();
  return {};
}

Outcome client_info(Call& call) {
  std::string line;
  visit_clients(call, [&](const ClientFacts& client) {
    if (client.id == call.session.id()) line = line_of(client);
  });
  call.reply.text(line);
  return {};
}

Outcome client_list(Call& call) {
  const Args args = call.args;
  Filter filter;
  filter.skips_me = false;
  if (args.size() == 4 && same_word(args[2], "TYPE")) {
    if (!is_type(args[3])) return fail(unknown_type(args[3]));
    filter.type = args[3];
  } else if (args.size() > 3 && same_word(args[2], "ID")) {
    for (const std::string_view word : args.subspan(3)) {
      KV_ASSIGN(const std::uint64_t id, take_id(word, "ERR Invalid client ID"));
      filter.ids.push_back(id);
    }
  } else if (args.size() > 2) {
    return fail(unknown_option(call.row, args[2]));
  }
  std::string lines;
  visit_clients(call, [&](const ClientFacts& client) {
    if (filter.takes(client, call.session.id())) lines += line_of(client);
  });
  KV_TRY(call.session.take_memory(lines.size()));
  call.reply.text(lines);
  return {};
}

Outcome client_kill(Call& call) {
  if (call.args.size() == 2)
    return fail(wrong_arity_of_subcommand(*find_command("CLIENT"), call.row, call.args));
  if (call.args.size() > 3) {
    KV_ASSIGN(const Filter filter, take_kill_filter(call));
    call.reply.integer(static_cast<std::int64_t>(close_clients(call, filter)));
    return {};
  }
  Filter filter;
  filter.skips_me = false;
  filter.address = call.args[2];
  if (close_clients(call, filter) == 0) {
    return fail(Failure(Code::kUnknown,
                        fmt::format("no client has the address {}", quote(call.args[2])),
                        "CLIENT LIST", "ERR No such client"));
  }
  call.reply.ok();
  return {};
}

Outcome client_flag(Call& call) {
  if (!same_word(call.args[2], "ON") && !same_word(call.args[2], "OFF")) {
    return fail(unknown_option(call.row, call.args[2]));
  }
  call.reply.ok();
  return {};
}

Outcome client_reply(Call& call) {
  using Mode = Session::ReplyMode;
  if (same_word(call.args[2], "ON")) {
    call.session.set_reply_mode(Mode::kOn);
  } else if (same_word(call.args[2], "OFF")) {
    call.session.set_reply_mode(Mode::kOff);
  } else if (same_word(call.args[2], "SKIP")) {
    call.session.set_reply_mode(Mode::kSkip);
  } else {
    return fail(unknown_option(call.row, call.args[2]));
  }
  call.reply.ok();
  return {};
}

Outcome client_pause(Call& call) {
  const bool has_mode = call.args.size() > 3;
  const bool only_writes = has_mode && same_word(call.args[3], "WRITE");
  if (has_mode && !only_writes && !same_word(call.args[3], "ALL")) {
    return fail(Failure(Code::kSyntax, fmt::format("unknown mode {}", quote(call.args[3])),
                        "CLIENT PAUSE 1000 WRITE", "ERR CLIENT PAUSE mode must be WRITE or ALL"));
  }
  const auto ms = parse_integer(call.args[2]);
  if (!ms || *ms < 0) {
    return fail(bad_timeout_ms(call.args[2], ms.has_value(), "CLIENT PAUSE 1000"));
  }
  KV_ASSIGN(ServerControl * control, needs_server(call));
  control->pause(only_writes ? Pause::kWrites : Pause::kAll, std::chrono::milliseconds(*ms));
  call.session.await_others();
  call.reply.ok();
  return {};
}

Outcome client_unpause(Call& call) {
  KV_ASSIGN(ServerControl * control, needs_server(call));
  control->unpause();
  call.reply.ok();
  return {};
}

Outcome client_unblock(Call& call) {
  const bool has_how = call.args.size() > 3;
  const bool is_error = has_how && same_word(call.args[3], "ERROR");
  if (has_how && !is_error && !same_word(call.args[3], "TIMEOUT")) {
    return fail(Failure(Code::kSyntax, fmt::format("unknown way {}", quote(call.args[3])),
                        "CLIENT UNBLOCK id ERROR",
                        "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
  }
  const auto id = parse_integer(call.args[2]);
  if (!id) return fail(bad_number(call.args[2], "a client's number", "CLIENT LIST"));
  bool found = false;
  visit_clients(call, [&](const ClientFacts& client) {
    if (client.id != static_cast<std::uint64_t>(*id)) return;
    found = client.card->end_wait(is_error ? WaitEnd::kUnblocked : WaitEnd::kTimeout);
  });
  if (found) {
    KV_ASSIGN(ServerControl * control, needs_server(call));
    control->wake_client(static_cast<std::uint64_t>(*id));
  }
  call.reply.integer(found ? 1 : 0);
  return {};
}

Outcome client_tracking(Call& call) {
  if (call.args.size() == 3 && same_word(call.args[2], "OFF")) {
    call.reply.ok();
    return {};
  }
  return fail(Failure(Code::kUnknown, "CLIENT TRACKING is not supported",
                      "FOLLOW PREFIX p sends each change",
                      "ERR CLIENT TRACKING is not supported; FOLLOW PREFIX sends each change"));
}

Outcome client_tracking_info(Call& call) {
  call.reply.begin(Aggregate::kMap, 6);
  call.reply.value("flags");
  call.reply.begin(Aggregate::kSet, 1);
  call.reply.value("off");
  call.reply.end();
  call.reply.value("redirect");
  call.reply.integer(-1);
  call.reply.value("prefixes");
  call.reply.empty(Aggregate::kArray);
  call.reply.end();
  return {};
}

Outcome client_caching(Call&) {
  return fail(Failure(Code::kState, "CLIENT CACHING is of CLIENT TRACKING, which is not supported",
                      "FOLLOW PREFIX p sends each change",
                      "ERR CLIENT CACHING can be called only when the client is in tracking mode "
                      "with OPTIN or OPTOUT mode enabled"));
}

Outcome client_get_redirection(Call& call) {
  call.reply.integer(-1);
  return {};
}

}  // namespace kvstore::command::handlers
