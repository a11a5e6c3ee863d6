// A session of hiredis: strings, expiry, transactions, pipelines, binary data, reconnects.
//
//   hiredis_session PORT
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include <hiredis/hiredis.h>

namespace {

using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

void expect(bool holds, const char* what) {
  if (!holds) give_up(what);
}

template <class... Arguments>
Reply run(redisContext* context, const char* format, Arguments... arguments) {
  auto* const reply = static_cast<redisReply*>(redisCommand(context, format, arguments...));
  if (reply == nullptr) give_up(std::string(format) + ": " + context->errstr);
  return {reply, &freeReplyObject};
}

bool is(const Reply& reply, int type, std::string_view text) {
  return reply->type == type && std::string_view(reply->str, reply->len) == text;
}

bool is(const Reply& reply, long long number) {
  return reply->type == REDIS_REPLY_INTEGER && reply->integer == number;
}

void strings(redisContext* context) {
  expect(is(run(context, "SET %s %s", "a", "1"), REDIS_REPLY_STATUS, "OK"), "SET");
  expect(is(run(context, "INCR a"), 2), "INCR");
  expect(is(run(context, "GET a"), REDIS_REPLY_STRING, "2"), "GET");
  expect(run(context, "GET none")->type == REDIS_REPLY_NIL, "GET of nothing");
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  run(context, "SET bin %b", bytes.data(), bytes.size());
  expect(is(run(context, "GET bin"), REDIS_REPLY_STRING, bytes), "binary data");
  expect(run(context, "LPUSH l x")->type == REDIS_REPLY_ERROR, "LPUSH is not there");
}

void expiry(redisContext* context) {
  run(context, "SET t v PX 30");
  expect(run(context, "PTTL t")->integer > 0, "PTTL");
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  expect(run(context, "GET t")->type == REDIS_REPLY_NIL, "an expired key");
}

void transactions(redisContext* context, redisContext* other) {
  run(context, "MULTI");
  expect(is(run(context, "SET m 1"), REDIS_REPLY_STATUS, "QUEUED"), "QUEUED");
  run(context, "INCR m");
  const Reply all = run(context, "EXEC");
  expect(all->type == REDIS_REPLY_ARRAY && all->elements == 2 && all->element[1]->integer == 2,
         "EXEC");
  run(context, "WATCH m");
  run(other, "SET m 9");
  run(context, "MULTI");
  run(context, "SET m 1");
  expect(run(context, "EXEC")->type == REDIS_REPLY_NIL, "EXEC after a change of what is watched");
}

void pipeline(redisContext* context) {
  constexpr int kCommands = 10'000;
  for (int i = 0; i < kCommands; ++i) redisAppendCommand(context, "SET p:%d %d", i, i);
  for (int i = 0; i < kCommands; ++i) {
    void* reply = nullptr;
    expect(redisGetReply(context, &reply) == REDIS_OK, "a pipelined reply");
    expect(is(Reply(static_cast<redisReply*>(reply), &freeReplyObject), REDIS_REPLY_STATUS, "OK"),
           "a pipelined SET");
  }
}

void reconnect(redisContext* context, redisContext* other) {
  run(other, "CLIENT KILL ID %lld", run(context, "CLIENT ID")->integer);
  expect(redisCommand(context, "PING") == nullptr, "a closed connection");
  expect(redisReconnect(context) == REDIS_OK, "redisReconnect");
  expect(is(run(context, "GET a"), REDIS_REPLY_STRING, "2"), "GET after a reconnect");
}

}  // namespace

int main(int argc, char** argv) {
  expect(argc == 2, "usage: hiredis_session PORT");
  redisContext* const context = redisConnect("127.0.0.1", std::atoi(argv[1]));
  redisContext* const other = redisConnect("127.0.0.1", std::atoi(argv[1]));
  expect(context != nullptr && context->err == 0 && other != nullptr && other->err == 0, "connect");
  strings(context);
  expiry(context);
  transactions(context, other);
  pipeline(context);
  reconnect(context, other);
  redisFree(context);
  redisFree(other);
  std::puts("hiredis ok");
}
