// Rules of users, what they allow, and how they are shown: without a server.
#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "src/command/acl/categories.h"
#include "src/command/acl/denials.h"
#include "src/command/acl/login.h"
#include "src/command/acl/user.h"
#include "src/command/secrets.h"
#include "src/command/session.h"
#include "tests/command/redis_categories.h"

namespace kvstore::command::acl {
namespace {

// Passwords as they are, so that a test sees what became of them.
class PlainHash final : public PasswordHash {
 public:
  Result<std::string> make(std::string_view password) override {
    return "$plain$" + std::string(password);
  }
  Result<bool> fits(const std::string& hash, std::string_view password) override {
    return hash == "$plain$" + std::string(password);
  }
  bool is_hash(std::string_view text) const override { return text.starts_with("$plain$"); }
};

using Rules = std::vector<std::string_view>;

Status apply(const Rules& rules, User* user) {
  PlainHash passwords;
  return apply_rules(rules, passwords, user);
}

User user_of(const Rules& rules) {
  User user;
  user.name = "u";
  const Status applied = apply(rules, &user);
  const std::string problem = applied ? "" : applied.error().message;
  REQUIRE_MESSAGE(applied, problem);
  return user;
}

std::string error_of(const Rules& rules) {
  User user;
  const Status applied = apply(rules, &user);
  return applied ? "" : applied.error().message;
}

// "" or what is refused: "get", "key x".
std::string denial(const User& user, const Rules& argv) {
  const auto found = Session::find_command_of(argv);
  REQUIRE(found);
  const auto denied = Login::find_denial(user, *found, argv);
  if (!denied) return "";
  return denied->reason == Denial::Reason::kKey ? "key " + denied->object : denied->object;
}

TEST_CASE("a new user is off and may do nothing") {
  const User user = user_of({});
  CHECK(user.rules() == "off resetchannels -@all");
  CHECK(denial(user, {"GET", "k"}) == "get");
  CHECK_FALSE(user.is_unrestricted());
}

TEST_CASE("the user default may do everything") {
  CHECK(default_user().rules() == "on nopass ~* &* +@all");
  CHECK(default_user().is_unrestricted());
}

TEST_CASE("rules are shown so that they make the same user again") {
  for (const Rules& rules : std::vector<Rules>{
           {"on", ">pw", "~app:*", "%R~cache:*", "&ch*", "+@read", "-get", "+client|id"},
           {"+@all", "-@dangerous", "allkeys", "allchannels"},
           {"-@all", "+get", "+get", "-get", "+config", "-config|set"},
           {"on", "-@all", "(+get ~x:* &c)", "(%R~y", "+@read", "-strlen)", "()", "+ping"},
           {"nopass", "on", "%W~log:*", "%RW~both", "+@write", "-@all", "+@string"}}) {
    const User user = user_of(rules);
    const std::string shown = user.rules();
    Rules again;
    std::string_view rest = shown;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      again.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const User copy = user_of(again);
    CHECK(copy.rules() == shown);
    for (const CommandId& id : command_ids()) {
      CHECK(copy.commands.allows(*id.command, id.row()) ==
            user.commands.allows(*id.command, id.row()));
    }
  }
}

TEST_CASE("a later rule takes the place of earlier ones that it covers, as Redis shows it") {
  CHECK(user_of({"+get", "+@all", "-@all", "+get"}).rules() == "off resetchannels -@all +get");
  CHECK(user_of({"+@all", "-get", "-@read", "+mget"}).commands.describe() == "+@all -@read +mget");
  CHECK(user_of({"+config", "+config|get", "-config|set"}).commands.describe() ==
        "-@all +config +config|get -config|set");
  CHECK(user_of({"+@all", "nocommands", "allcommands"}).commands.describe() == "+@all");
}

TEST_CASE("commands are allowed one by one, by subcommand and by category") {
  const User user = user_of({"+@read", "-get", "+config|get", "~*"});
  CHECK(denial(user, {"STRLEN", "k"}) == "");
  CHECK(denial(user, {"get", "k"}) == "get");
  CHECK(denial(user, {"SET", "k", "v"}) == "set");
  CHECK(denial(user, {"CONFIG", "GET", "x"}) == "");
  CHECK(denial(user, {"CONFIG", "SET", "x", "y"}) == "config|set");
}

TEST_CASE("an alias is allowed and refused with what it repeats") {
  const User user = user_of({"+@all", "-set", "allkeys"});
  CHECK(denial(user, {"PUT", "k", "v"}) == "put");
  CHECK(denial(user_of({"+put", "~*"}), {"SET", "k", "v"}) == "");
}

TEST_CASE("each key of a command needs a pattern that lets it be read, or written") {
  const User user = user_of({"+@all", "~app:*", "%R~cache:*", "%W~log:*"});
  CHECK(denial(user, {"GET", "app:1"}) == "");
  CHECK(denial(user, {"GET", "other"}) == "key other");
  CHECK(denial(user, {"MGET", "app:1", "cache:1"}) == "");
  CHECK(denial(user, {"MGET", "app:1", "log:1"}) == "key log:1");
  CHECK(denial(user, {"SET", "cache:1", "x"}) == "key cache:1");
  CHECK(denial(user, {"SET", "log:1", "x"}) == "");
  CHECK(denial(user, {"SET", "log:1", "x", "GET"}) == "key log:1");
  CHECK(denial(user, {"APPEND", "log:1", "x"}) == "");
  CHECK(denial(user, {"INCR", "log:1"}) == "key log:1");
  CHECK(denial(user, {"GETDEL", "log:1"}) == "key log:1");
  CHECK(denial(user, {"MSET", "log:1", "cache:x", "app:1", "v"}) == "");
  CHECK(denial(user, {"MSET", "log:1", "v", "cache:1", "v"}) == "key cache:1");
  CHECK(denial(user, {"DEL", "app:1", "x"}) == "key x");
  CHECK(denial(user, {"RENAME", "app:1", "log:1"}) == "");
  CHECK(denial(user, {"RENAME", "log:1", "app:1"}) == "key log:1");
  CHECK(denial(user, {"COPY", "cache:1", "log:1"}) == "");
  CHECK(denial(user, {"COPY", "log:1", "cache:1"}) == "key log:1");
}

TEST_CASE("a number of keys is counted, and one that is wrong hides none") {
  const User user = user_of({"+@all", "~app:*", "%W~log:*"});
  CHECK(denial(user, {"ZUNION", "2", "app:1", "app:2", "WITHSCORES"}) == "");
  CHECK(denial(user, {"ZUNION", "2", "app:1", "other"}) == "key other");
  CHECK(denial(user, {"ZUNION", "02", "app:1", "other"}) == "key other");
  CHECK(denial(user, {"ZUNION", "9", "app:1", "other"}) == "key other");
  CHECK(denial(user, {"ZUNIONSTORE", "log:x", "1", "app:1"}) == "");
  CHECK(denial(user, {"ZUNIONSTORE", "app:x", "1", "log:1"}) == "key log:1");
  CHECK(denial(user, {"ZADD", "log:x", "1", "a"}) == "");
  CHECK(denial(user, {"ZADD", "log:x", "INCR", "1", "a"}) == "");  // as in Redis
  CHECK(denial(user, {"ZMPOP", "1", "log:x", "MIN"}) == "key log:x");
}

TEST_CASE("a selector allows beside the user's own rules, and each of them all of a command") {
  User user = user_of({"+get", "~a:*", "(+set +mget ~b:*)", "(+mget %R~c:* %R~b:*)"});
  CHECK(denial(user, {"GET", "a:1"}) == "");
  CHECK(denial(user, {"GET", "b:1"}) == "key b:1");
  CHECK(denial(user, {"SET", "b:1", "v"}) == "");
  CHECK(denial(user, {"SET", "a:1", "v"}) == "key a:1");
  CHECK(denial(user, {"MGET", "b:1", "c:1"}) == "");
  CHECK(denial(user, {"MGET", "a:1", "b:1"}) == "key a:1");
  CHECK(denial(user, {"MGET", "b:1", "c:1", "x"}) == "key x");  // where the nearest of them ends
  CHECK(denial(user, {"DEL", "b:1"}) == "del");
  CHECK_FALSE(user.is_unrestricted());
  REQUIRE(apply({"clearselectors"}, &user));
  CHECK(denial(user, {"SET", "b:1", "v"}) == "set");
  std::vector<std::string_view> many(User::kMaxSelectors + 1, "(+get)");
  CHECK_FALSE(apply({many.begin(), many.end()}, &user));
}

TEST_CASE("channels are published and listened to by pattern, and patterns letter for letter") {
  const User user = user_of({"+@all", "allkeys", "&news.*", "(+@pubsub &b)"});
  CHECK(denial(user, {"PUBLISH", "news.1", "x"}) == "");
  CHECK(denial(user, {"SPUBLISH", "other", "x"}) == "other");
  CHECK(denial(user, {"SUBSCRIBE", "news.1", "news.2"}) == "");
  CHECK(denial(user, {"SUBSCRIBE", "news.1", "b"}) == "b");
  CHECK(denial(user, {"SSUBSCRIBE", "b"}) == "");
  CHECK(denial(user, {"PSUBSCRIBE", "news.*"}) == "");
  CHECK(denial(user, {"PSUBSCRIBE", "news.1*"}) == "news.1*");
  CHECK(denial(user, {"UNSUBSCRIBE", "other"}) == "");
  CHECK_FALSE(user.is_unrestricted());
}

TEST_CASE("what shows keys that it does not name needs a pattern for all of them") {
  const User user = user_of({"+@all", "~app:*", "%R~x"});
  CHECK(denial(user, {"PREFIX", "app:users:"}) == "");
  CHECK(denial(user, {"PREFIX", "app"}) == "key app*");
  CHECK(denial(user, {"PREFIX", "x"}) == "key x*");
  CHECK(denial(user, {"RANGE", "app:1", "app:2"}) == "key *");
  CHECK(denial(user, {"DIFF", "1"}) == "key *");
  CHECK(denial(user, {"DIFF", "1", "PREFIX", "app:"}) == "");
  CHECK(denial(user, {"FOLLOW", "app:log"}) == "");
  CHECK(denial(user, {"FOLLOW", "other"}) == "key other");
  CHECK(denial(user, {"FOLLOW", "PREFIX", "app:"}) == "");
  CHECK(denial(user, {"FOLLOW", "PREFIX", "a"}) == "key a*");
  CHECK(denial(user, {"KEYS", "*"}) == "");  // names only, as in Redis
}

TEST_CASE("an escaped star is a star, and no pattern for all that follow") {
  const User user = user_of({"+@all", "~a\\*"});
  CHECK(denial(user, {"GET", "a*"}) == "");
  CHECK(denial(user, {"PREFIX", "a"}) == "key a*");
  CHECK(denial(user, {"PREFIX", "a*"}) == "key a**");
}

TEST_CASE("passwords are added and removed, and one of them opens") {
  User user = user_of({"on", ">one", ">two", ">one"});
  CHECK(user.hashes == std::vector<std::string>{"$plain$one", "$plain$two"});
  REQUIRE(apply({"<one"}, &user));
  CHECK(user.hashes == std::vector<std::string>{"$plain$two"});
  REQUIRE(apply({"!$plain$two", "#$plain$three"}, &user));
  CHECK(user.hashes == std::vector<std::string>{"$plain$three"});
  REQUIRE(apply({"nopass"}, &user));
  CHECK(user.hashes.empty());
  REQUIRE(apply({">x"}, &user));
  CHECK_FALSE(user.needs_no_password);
  REQUIRE(apply({"reset"}, &user));
  CHECK(user.rules() == "off resetchannels -@all");
}

TEST_CASE("what a user may do already may be said again, as in Redis") {
  const Rules all = {"on", ">one", "~*", "&*", "+@all", "(~* &* +get)"};
  User user = user_of(all);
  CHECK(apply({"on", ">two", "~*", "&*", "+@all", "(~* ~* &* &* +get)"}, &user));
  CHECK(user.hashes == std::vector<std::string>{"$plain$one", "$plain$two"});
  CHECK(apply({"allkeys", "allchannels"}, &user));
  CHECK(user.rules().starts_with("on #$plain$one #$plain$two ~* &* +@all"));
  // These would seem to narrow what they do not.
  for (const std::string_view other : {"~a", "%R~*", "%RW~*", "&a"}) {
    CAPTURE(other);
    CHECK_FALSE(apply({other}, &user));
  }
  User both = user_of({"%R~*", "%W~*"});
  CHECK(both.keys.allows_all_with("", kReadsAndWrites));
  CHECK(apply({"%R~*", "%W~*", "~a"}, &both));
  User loaded = user_of({"off"});
  CHECK(apply({"%RW~*", "~a"}, &loaded));
  CHECK(both.keys.describe() == "%RW~* ~a");
  CHECK(loaded.keys.describe() == both.keys.describe());
}

TEST_CASE("DBSIZE is fast, as in Redis, and COUNT, which may go over all keys, is not") {
  const User user = user_of({"+@fast"});
  CHECK(denial(user, {"DBSIZE"}) == "");
  CHECK(denial(user, {"COUNT", "a*"}) == "count");
}

TEST_CASE("a rule that is wrong is named, and none of them is applied") {
  User user = user_of({"on", "+get"});
  const std::string before = user.rules();
  CHECK_FALSE(apply({"off", "+set", "+nosuch"}, &user));
  CHECK(user.rules() == before);
  CHECK(error_of({"+nosuch"}) ==
        "Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL");
  CHECK(error_of({"+@nosuch"}) ==
        "Error in ACL SETUSER modifier '+@nosuch': Unknown command or category name in ACL");
  CHECK(error_of({"foo"}) == "Error in ACL SETUSER modifier 'foo': Syntax error");
  CHECK(error_of({"%Q~b"}) == "Error in ACL SETUSER modifier '%Q~b': Syntax error");
  CHECK(
      error_of({"+config|set|x"}).ends_with("Allowing first-arg of a subcommand is not supported"));
  CHECK(error_of({"+get|a|b"}).ends_with("Unknown command or category name in ACL"));
  CHECK(error_of({"+config|nosuch"}).ends_with("Unknown command or category name in ACL"));
  CHECK(
      error_of({"~*", "~b"}) ==
      "Error in ACL SETUSER modifier '~b': Adding a pattern after the * pattern (or the 'allkeys' "
      "flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty "
      "list of patterns");
  CHECK(
      error_of({"&*", "&b"}).ends_with("'resetchannels' to start with an empty list of channels"));
  CHECK(error_of({"<nope"}).ends_with("does not exist"));
  for (const std::string_view odd :
       {"", "+", "-", "~a b", "~a\nb", "%", "(+get", "(on)", "(>x)", "((+get))", "(+get ~a b)",
        "&a b", "+@", "#abc", "!abc", "%RW", "+|", "+get|"}) {
    CAPTURE(odd);
    CHECK_FALSE(error_of({odd}).empty());
  }
}

TEST_CASE("an error does not repeat a password") {
  const std::string long_one = ">" + std::string(5000, 's');
  CHECK(error_of({long_one}).find("sss") == std::string::npos);
  for (const Rules& rules :
       std::vector<Rules>{{"<secret"}, {"(>secret"}, {"(+get", ">secret)"}, {"(+get <secret)"}}) {
    CAPTURE(rules[0]);
    CHECK_FALSE(error_of(rules).empty());
    CHECK(error_of(rules).find("secret") == std::string::npos);
  }
}

TEST_CASE("no log shows the secrets of a command that is an argument of another") {
  const auto shown = [](const Rules& argv) {
    std::size_t count = 0;
    while (count < argv.size() && !is_secret(argv, count)) ++count;
    return count;
  };
  CHECK(shown({"AUTH", "secret"}) == 1);
  CHECK(shown({"acl", "dryrun", "u", "AUTH", "u", "secret"}) == 5);
  CHECK(shown({"ACL", "DRYRUN", "u", "ACL", "SETUSER", "z", ">secret"}) == 5);
  CHECK(shown({"ACL", "DRYRUN", "u", "CONFIG", "SET", "requirepass", "secret"}) == 6);
  CHECK(shown({"COMMAND", "GETKEYS", "HELLO", "3", "AUTH", "u", "secret"}) == 6);
  CHECK(shown({"ACL", "DRYRUN", "u", "ACL", "DRYRUN", "v", "AUTH", "secret"}) == 7);
  CHECK(shown({"ACL", "DRYRUN", "u", "GET", "k"}) == 5);
  CHECK(shown({"COMMAND", "GETKEYS", "SET", "k", "v"}) == 5);
}

TEST_CASE("a user has at most so many passwords and patterns") {
  User user;
  std::vector<std::string> words;
  for (int i = 0; i < 2000; ++i) words.push_back("~" + std::to_string(i));
  CHECK_FALSE(apply({words.begin(), words.end()}, &user));
  words.clear();
  for (int i = 0; i < 17; ++i) words.push_back(">" + std::to_string(i));
  CHECK_FALSE(apply({words.begin(), words.end()}, &user));
}

TEST_CASE("every category of Redis is there, and each command is fast or slow") {
  for (const std::string_view name :
       {"keyspace",   "read",        "write",     "set",         "sortedset", "list",
        "hash",       "string",      "bitmap",    "hyperloglog", "geo",       "stream",
        "pubsub",     "admin",       "fast",      "slow",        "blocking",  "dangerous",
        "connection", "transaction", "scripting", "ALL"}) {
    CAPTURE(name);
    CHECK(category(name));
  }
  CHECK_FALSE(category("nosuch"));
  CHECK(category("sortedset")->test(number_of(*find_command("ZADD"), *find_command("ZADD"))));
  CHECK(
      category("blocking")->test(number_of(*find_command("BZPOPMIN"), *find_command("BZPOPMIN"))));
  const CommandBits fast = *category("fast"), slow = *category("slow");
  CHECK((fast & slow).none());
  for (const CommandId& id : command_ids()) CHECK((fast | slow).test(id.number));
}

TEST_CASE("what manages the server is dangerous, and what reads and writes is not") {
  const CommandBits dangerous = *category("dangerous");
  const auto is_dangerous = [&](const Rules& argv) {
    const auto found = Session::find_command_of(argv);
    REQUIRE(found);
    return dangerous.test(number_of(*found->command, *found->row));
  };
  for (const Rules& argv : std::vector<Rules>{{"CONFIG", "SET", "a", "b"},
                                              {"ACL", "SETUSER", "x"},
                                              {"KEYS", "*"},
                                              {"BACKUP", "x"},
                                              {"COMPACT"},
                                              {"INFO"}}) {
    CAPTURE(argv[0]);
    CHECK(is_dangerous(argv));
  }
  for (const Rules& argv : std::vector<Rules>{
           {"GET", "a"}, {"SET", "a", "b"}, {"ACL", "WHOAMI"}, {"SYNC"}, {"PING"}, {"EXEC"}}) {
    CAPTURE(argv[0]);
    CHECK_FALSE(is_dangerous(argv));
  }
}

// "get", "config|set" of what the category has.
std::vector<std::string> names_in(std::string_view name) {
  const CommandBits bits = *category(name);
  std::vector<std::string> names;
  for (const CommandId& id : command_ids()) {
    if (bits.test(id.number)) names.push_back(full_name(*id.command, id.row()));
  }
  return names;
}

TEST_CASE("a category has of Redis' commands those that Redis 7.0 has in it") {
  for (const RedisCategory& redis : kRedisCategories) {
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    std::vector<std::string> wanted;
    std::istringstream words{std::string(redis.commands)};
    for (std::string word; words >> word;) wanted.push_back(word);
    const std::vector<std::string> ours = names_in(redis.name);
    for (const CommandId& id : command_ids()) {
      const std::string name = full_name(*id.command, id.row());
      if (!is_known_to_redis(name)) continue;
      CAPTURE(redis.name);
      CAPTURE(name);
      CHECK(has(ours, name) == has(wanted, name));
    }
  }
}

TEST_CASE(
    "who may do what is fast, or about his own connection, changes no rights and empties nothing") {
  for (const std::string_view name : {"fast", "connection", "keyspace", "read", "pubsub"}) {
    const std::string category_rule = "+@" + std::string(name);
    const User user =
        user_of({"on", "allkeys", "allchannels", category_rule, "-flushall", "-flushdb"});
    CAPTURE(name);
    for (const Rules& argv : std::vector<Rules>{{"ACL", "SETUSER", "x"},
                                                {"ACL", "LOAD"},
                                                {"ACL", "LIST"},
                                                {"CONFIG", "SET", "a", "b"},
                                                {"FLUSHALL"},
                                                {"BACKUP", "x"},
                                                {"COMPACT"},
                                                {"UNDO", "k"}}) {
      CAPTURE(argv[0]);
      CHECK_FALSE(denial(user, argv).empty());
    }
  }
  const CommandBits fast = *category("fast");
  const Command& flush_all = *find_command("FLUSHALL");
  CHECK_FALSE(fast.test(number_of(flush_all, flush_all)));
}

TEST_CASE("one and the same pattern allows to read and to write what a command does both to") {
  const User user = user_of({"on", "+@all", "%R~app:*", "%W~*"});
  CHECK(denial(user, {"GET", "app:1"}) == "");
  CHECK(denial(user, {"SET", "app:1", "x"}) == "");
  for (const Rules& argv : std::vector<Rules>{
           {"INCR", "app:1"}, {"GETSET", "app:1", "x"}, {"SET", "app:1", "x", "GET"}}) {
    CAPTURE(argv[0]);
    CHECK(denial(user, argv) == "key app:1");
  }
  const User widened = user_of({"on", "+@all", "%R~app:*", "%W~app:*"});
  CHECK(widened.keys.describe() == "~app:*");
  CHECK(denial(widened, {"INCR", "app:1"}) == "");
  CHECK(denial(user_of({"+@all", "%R~*", "%W~*"}), {"INCR", "other"}) == "");
  CHECK_FALSE(error_of({"%RR~x"}).empty());
}

TEST_CASE("FOLLOW asks for the key or the prefix that it follows") {
  const User from = user_of({"on", "+@all", "~FROM*"}),
             prefix = user_of({"on", "+@all", "~PREFIX"});
  CHECK(denial(from, {"FOLLOW", "PREFIX", "FROM", "0"}) == "key PREFIX");
  CHECK(denial(from, {"FOLLOW", "prefix"}) == "key prefix");
  CHECK(denial(from, {"FOLLOW", "PREFIX", "FROM", "FROM", "0"}) == "");
  CHECK(denial(prefix, {"FOLLOW", "PREFIX", "FROM", "0"}) == "");
  CHECK(denial(prefix, {"FOLLOW", "PREFIX", "PREFIX"}) == "key PREFIX*");
}

TEST_CASE("a pattern in a selector does not end as the selector does") {
  CHECK_FALSE(error_of({"(~f(x) +get)"}).empty());
  CHECK_FALSE(error_of({"(&f(x) +get)"}).empty());
  CHECK_FALSE(error_of({"(+get ~a))"}).empty());
  CHECK(user_of({"(~f(x[)] +get)"}).rules() ==
        "off resetchannels -@all (~f(x[)] resetchannels -@all +get)");
}

TEST_CASE("denials are counted, newest first, and only so many are kept") {
  Denials denials;
  const auto add = [&](const std::string& object) {
    Denial denial;
    denial.object = object;
    denials.add(denial);
  };
  add("get");
  add("set");
  add("get");
  const auto newest = denials.newest(10);
  REQUIRE(newest.size() == 2);
  CHECK(newest[0].object == "get");
  CHECK(newest[0].count == 2);
  for (int i = 0; i < 1000; ++i) add(std::string(1000, 'x') + std::to_string(i));
  CHECK(denials.newest(10'000).size() <= Denials::kMost);
  CHECK(denials.newest(1)[0].object.size() == Denials::kMaxObject);
  denials.clear();
  CHECK(denials.newest(10).empty());
}

}  // namespace
}  // namespace kvstore::command::acl
