// COMMAND, CONFIG, SELECT, CLIENT, HELLO, RESET: what Redis' clients ask of a server when
// they connect.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "src/command/command_docs.h"
#include "src/command/errors.h"
#include "src/command/glob.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

Reply text(std::string_view bytes) { return Reply::value(std::string(bytes)); }

Reply failure(Code code, std::string message, std::string hint, std::string redis) {
  Reply reply = Reply::failure({code, std::move(message), std::move(hint)});
  reply.text = std::move(redis);
  return reply;
}

// --- COMMAND

// What `each` says of the commands named, or of all of them. A name that is not
// known is `unknown`, or left out.
Reply command_list(Args names, bool leave_out_unknown, void (*each)(const Command&, std::vector<Reply>*)) {
  Reply reply = Reply::array({});
  if (names.empty()) {
    for (const Command& row : commands()) each(row, &reply.items);
  }
  for (const std::string_view name : names) {
    const Command* row = find_command(name);
    if (row != nullptr) each(*row, &reply.items);
    else if (!leave_out_unknown) reply.items.push_back(Reply::missing());
  }
  return reply;
}

void add_info(const Command& row, std::vector<Reply>* items) { items->push_back(command_info(row)); }

void add_docs(const Command& row, std::vector<Reply>* items) {
  items->push_back(text(lower(row.name)));
  items->push_back(command_docs(row));
}

void add_name(const Command& row, std::vector<Reply>* items) { items->push_back(text(lower(row.name))); }

Reply command(Session&, Args args) {
  if (args.size() == 1) return command_list({}, false, add_info);
  const Args names = args.subspan(2);
  if (same_word(args[1], "COUNT")) return Reply::of(static_cast<std::int64_t>(commands().size()));
  if (same_word(args[1], "DOCS")) {
    Reply docs = command_list(names, true, add_docs);
    docs.shape = Reply::Shape::kMap;
    return docs;
  }
  if (same_word(args[1], "INFO")) return command_list(names, false, add_info);
  if (same_word(args[1], "LIST")) return command_list({}, false, add_name);
  return unknown_subcommand(*find_command("COMMAND"), args[1]);
}

// --- CONFIG

// Redis' names of what is so here, and cannot be otherwise.
constexpr std::pair<std::string_view, std::string_view> kConfig[] = {
    {"appendonly", "yes"}, {"databases", "1"}, {"maxmemory", "0"}, {"save", ""}};

Reply config(Session&, Args args) {
  if (same_word(args[1], "SET")) {
    return failure(Code::kUnknown, "the configuration is given on the command line",
                   "kvstore --help", "ERR CONFIG SET is not supported: options are given on the command line");
  }
  const Command& row = *find_command("CONFIG");
  if (!same_word(args[1], "GET")) return unknown_subcommand(row, args[1]);
  if (args.size() < 3) return wrong_arity(row, args);
  Reply reply = Reply::map({});
  for (const auto& [name, value] : kConfig) {
    const bool asked = std::any_of(args.begin() + 2, args.end(),
                                   [n = name](std::string_view glob) { return glob_match(lower(glob), n); });
    if (!asked) continue;
    reply.items.push_back(text(name));
    reply.items.push_back(text(value));
  }
  return reply;
}

// --- SELECT, CLIENT, HELLO

Reply select(Session&, Args args) {
  const auto index = parse_integer(args[1]);
  if (!index) return bad_number(args[1], "the number of a database", "SELECT 0");
  if (*index == 0) return Reply::ok();
  return failure(Code::kNumber, "there is one database, number 0", "SELECT 0",
                 "ERR DB index is out of range");
}

Reply set_name(Session& session, std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!plain || name.size() > 256) {
    return failure(Code::kSyntax, "a client's name is up to 256 printable characters without blanks",
                   "CLIENT SETNAME worker-1",
                   "ERR Client names cannot contain spaces, newlines or special characters.");
  }
  session.set_name(std::string(name));
  return Reply::ok();
}

Reply client(Session& session, Args args) {
  const Command& row = *find_command("CLIENT");
  const auto is = [&](std::string_view word, std::size_t size) {
    return same_word(args[1], word) && args.size() == size;
  };
  if (is("ID", 2)) return Reply::of(static_cast<std::int64_t>(session.id()));
  if (is("GETNAME", 2)) return session.name().empty() ? Reply::missing() : Reply::value(session.name());
  if (is("SETNAME", 3)) return set_name(session, args[2]);
  if (is("SETINFO", 4)) return Reply::ok();  // the library's name and version: nobody asks for them
  for (const std::string_view word : {"ID", "GETNAME", "SETNAME", "SETINFO"}) {
    if (same_word(args[1], word)) return wrong_arity(row, args);
  }
  return unknown_subcommand(row, args[1]);
}

Reply wrong_password() {
  return failure(Code::kPermission, "there is one user, default, who needs no password",
                 "HELLO 3 without AUTH",
                 "WRONGPASS invalid username-password pair or user is disabled.");
}

// The version asked for; 0: that of now. The error to answer, if there is one.
std::optional<Reply> take_version(Args args, std::int64_t* version) {
  *version = 0;
  if (args.size() == 1) return {};
  const auto number = parse_integer(args[1]);
  if (!number) {
    Reply reply = bad_number(args[1], "a protocol version", "HELLO 3");
    reply.text = "ERR Protocol version is not an integer or out of range";
    return reply;
  }
  *version = *number;
  if (*version == 2 || *version == 3) return {};
  return failure(Code::kNumber, fmt::format("protocol version {} is not supported", quote(args[1])),
                 "HELLO 2 or HELLO 3", "NOPROTO unsupported protocol version");
}

// AUTH user password, SETNAME name, from args[2] on. Nothing changes before all of
// them are right.
std::optional<Reply> take_hello_options(Session& session, Args args) {
  std::optional<std::string_view> name;
  for (std::size_t i = 2; i < args.size();) {
    const std::size_t left = args.size() - i - 1;
    if (same_word(args[i], "AUTH") && left >= 2) {
      if (args[i + 1] != "default") return wrong_password();
      i += 3;
    } else if (same_word(args[i], "SETNAME") && left >= 1) {
      name = args[i + 1];
      i += 2;
    } else {
      Reply reply = unknown_option(*find_command("HELLO"), args[i]);
      reply.text = fmt::format("ERR Syntax error in HELLO option '{}'", args[i].substr(0, 64));
      return reply;
    }
  }
  if (!name) return {};
  Reply named = set_name(session, *name);
  if (named.kind == Reply::Kind::kError) return named;
  return {};
}

Reply hello(Session& session, Args args) {
  std::int64_t version = 0;
  if (auto error = take_version(args, &version)) return std::move(*error);
  if (auto error = take_hello_options(session, args)) return std::move(*error);
  // The text protocol has no versions: there HELLO only greets.
  const bool is_text = session.dialect() == Dialect::kText;
  if (version != 0 && !is_text) session.set_dialect(version == 3 ? Dialect::kResp3 : Dialect::kResp2);
  version = session.dialect() == Dialect::kResp3 ? 3 : 2;
  return Reply::map({text("server"), text("kvstore"), text("version"), text(KVSTORE_VERSION),
                     text("proto"), Reply::of(version), text("id"),
                     Reply::of(static_cast<std::int64_t>(session.id())), text("mode"),
                     text("standalone"), text("role"), text("master"), text("modules"),
                     Reply::array({})});
}

Reply reset(Session& session, Args) {
  session.reset();
  return Reply::status("RESET");
}

constexpr Command kRows[] = {
    {.name = "COMMAND", .group = "redis", .arguments = "[COUNT|LIST|DOCS [name ...]|INFO [name ...]]",
     .min_args = 0, .max_args = -1, .flags = 0, .summary = "The command table, for Redis' clients",
     .example = "COMMAND INFO strlen",
     .example_reply = "+ARRAY 1\n+ARRAY 6\n+VALUE 6\nstrlen\n:2\n+ARRAY 1\n+readonly\n:1\n:1\n:1",
     .since = "0.1", .handler = command},
    {.name = "CONFIG", .group = "redis", .arguments = "GET pattern [pattern ...]", .min_args = 1,
     .max_args = -1, .flags = kAdmin, .summary = "Settings by Redis' names, for its clients",
     .example = "CONFIG GET appendonly",
     .example_reply = "+ARRAY 2\n+VALUE 10\nappendonly\n+VALUE 3\nyes", .since = "0.1",
     .handler = config},
    {.name = "SELECT", .group = "redis", .arguments = "index", .min_args = 1, .max_args = 1,
     .flags = 0, .summary = "Choose a database; there is one, 0", .example = "SELECT 0",
     .example_reply = "+OK", .since = "0.1", .handler = select},
    {.name = "CLIENT", .group = "redis", .arguments = "ID|GETNAME|SETNAME name|SETINFO name value",
     .min_args = 1, .max_args = -1, .flags = 0, .summary = "What this connection is called",
     .example = "CLIENT SETNAME worker-1\nCLIENT GETNAME", .example_reply = "+VALUE 8\nworker-1",
     .since = "0.1", .handler = client},
    {.name = "HELLO", .group = "redis", .arguments = "[2|3 [AUTH user password] [SETNAME name]]", .min_args = 0,
     .max_args = -1, .flags = 0, .summary = "Greet, and choose RESP2 or RESP3",
     .example = "HELLO 2", .example_reply = "+ARRAY 14\n+VALUE 6\nserver\n+VALUE 7\nkvstore\n...",
     .since = "0.1", .handler = hello},
    {.name = "RESET", .group = "redis", .arguments = "", .min_args = 0, .max_args = 0, .flags = 0,
     .summary = "Begin anew: no name, no MULTI, no ONERROR STOP, RESP2", .example = "RESET",
     .example_reply = "+RESET", .since = "0.1", .handler = reset},
};

}  // namespace

std::span<const Command> redis_rows() { return kRows; }

}  // namespace kvstore::command
