// Runs any command of the table, with the handlers that the shell, the server and HTTP have.
//
// Each command has its own session: commands that need a lasting session (transactions, FOLLOW,
// logins) have other calls here, and are refused.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "bindings/node/src/calls.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/source.h"
#include "src/command/reply.h"
#include "src/command/session.h"
#include "src/command/table.h"

namespace kvstore::node {

namespace {

using command::Reply;

std::vector<std::string> words_of(Arguments& a) {
  std::uint32_t count = 0;
  check(a.env, napi_get_array_length(a.env, a[1], &count));
  std::vector<std::string> words;
  Bytes bytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    napi_value word = nullptr;
    check(a.env, napi_get_element(a.env, a[1], i, &word));
    bytes.clear();
    a.add_bytes(word, bytes, "a word of a command: a string, a number or bytes");
    words.emplace_back(bytes.view());
  }
  if (words.empty()) usage("there is no command", "db.command('COMMAND', 'LIST')");
  return words;
}

Status check_barrier(const std::vector<std::string>& words) {
  constexpr std::string_view kOfSessions[] = {"AUTH",    "CLIENT",  "EXIT",  "FOLLOW",  "HELLO",
                                              "MONITOR", "ONERROR", "RESET", "UNFOLLOW"};
  const command::Command* const row = command::find_command(words[0]);
  if (!row) return {};
  const std::string_view name = command::original(*row).name;
  const bool is_barred =
      row->has(command::kTransaction) ||
      std::find(std::begin(kOfSessions), std::end(kOfSessions), name) != std::end(kOfSessions);
  if (!is_barred) return {};
  return fail(Code::kState, std::string(name) + " is about a session, and each command has its own",
              "transact() is a transaction, follow() and followKey() follow");
}

Result<Reply> run_command(Source& source, const std::vector<std::string>& words, bool may_wait) {
  KV_TRY(check_barrier(words));
  command::Session::Info info;
  // A call that may not wait is answered as if its timeout had passed.
  if (!may_wait) info.wake = [](void*) {};
  command::Session session(source.store(), info);
  command::ReplyCollector collector;
  const std::vector<std::string_view> argv(words.begin(), words.end());
  if (session.execute(argv, collector).waits) {
    session.end_wait(command::WaitEnd::kTimeout);
    session.go_on(collector);
  }
  Reply reply = collector.take();
  KV_TRY(session.commit());
  if (reply.kind == Reply::Kind::kError) return fail(std::move(reply.error));
  return reply;
}

napi_value integer(napi_env env, std::int64_t value) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (value >= -kExact && value <= kExact) return number(env, static_cast<double>(value));
  napi_value made = nullptr;
  check(env, napi_create_bigint_int64(env, value, &made));
  return made;
}

napi_value value_of_reply(napi_env env, Reply& reply, As as) {
  switch (reply.kind) {
    case Reply::Kind::kOk:
      return text(env, "OK");
    case Reply::Kind::kStatus:
      return text(env, reply.text);
    case Reply::Kind::kValue:
      return bytes_as(env, std::move(reply.text),
                      reply.shape == Reply::Shape::kText ? As::kText : as);
    case Reply::Kind::kInteger:
      return integer(env, reply.integer);
    case Reply::Kind::kReal:
      return number(env, reply.real);
    case Reply::Kind::kMissing:
      return undefined(env);
    case Reply::Kind::kError:
      return Instance::of(env).error(reply.error);
    case Reply::Kind::kArray:
      break;
  }
  napi_value made = array(env, reply.items.size());
  for (std::size_t i = 0; i < reply.items.size(); ++i) {
    set_item(env, made, i, value_of_reply(env, reply.items[i], as));
  }
  return made;
}

// command(store, words, as, whether it may wait, cancel)
std::unique_ptr<Job> parse_command(Arguments& a) {
  const auto source = a.shared<Source>(0);
  if (!source->writes_directly()) usage("a command is for a store");
  bool may_wait = false;
  check(a.env, napi_get_value_bool(a.env, a[3], &may_wait));
  std::vector<std::string> words = words_of(a);
  const command::Command* const row = command::find_command(words[0]);
  const bool is_blocking = row && command::original(*row).has(command::kBlocking);
  auto made = job(
      source->shared_state(),
      [source, words = std::move(words), may_wait] {
        return run_command(*source, words, may_wait);
      },
      [as = a.as(2)](napi_env env, Reply& reply) { return value_of_reply(env, reply, as); });
  made->waits = may_wait && is_blocking;
  if (a.is_given(4)) made->cancel = a.shared<Cancel>(4);
  return made;
}

}  // namespace

void export_commands(Exports& exports) {
  const Export all[] = {
      {"command", entry<alone<parse_command>>},
      {"commandSync", entry<now<parse_command>>},
  };
  exports.insert(exports.end(), std::begin(all), std::end(all));
}

}  // namespace kvstore::node
