// Imports into a store that has something in it already, and of what has expired since.
#include <string>

#include <doctest/doctest.h>

#include "tests/support/open_store.h"
#include "tests/transfer/support.h"

using namespace kvstore;
using namespace kvstore::transfer;
using namespace kvstore::transfer::test;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

struct Fixture {
  SimFiles files;
  std::unique_ptr<Store> store = open_store(files);

  // Commands, words between blanks, as Redis' append-only file has them.
  static std::string resp(std::string_view lines) {
    std::string text;
    while (!lines.empty()) {
      std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(line.size() + 1, lines.size()));
      std::string words;
      int count = 0;
      while (!line.empty()) {
        const std::string word(line.substr(0, line.find(' ')));
        line.remove_prefix(std::min(word.size() + 1, line.size()));
        words += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
        ++count;
      }
      text += "*" + std::to_string(count) + "\r\n" + words;
    }
    return text;
  }

  Imported run(std::string_view lines, ImportOptions options = {}) {
    options.format = Format::kResp;
    return import_into(store.get(), resp(lines), options);
  }
};

ImportOptions on(OnConflict what) { return {.on_conflict = what}; }

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "a key that is there ends an import, unless it is to be kept or replaced") {
  REQUIRE(store->set("b", "old"));
  const std::string text = "SET a 1\nSET b 2\nSET c 3\nSET b 4\n";
  SUBCASE("fail") {
    const Imported imported = import_into(store.get(), text);
    CHECK(imported.error == "in:2: EXISTS the key \"b\" is there already");
    CHECK(imported.report.counts.sets == 1);
    CHECK(get(*store, "a") == "1");
    CHECK(get(*store, "b") == "old");
    CHECK(get(*store, "c") == "(nil)");
  }
  SUBCASE("skip") {
    const Imported imported = import_into(store.get(), text, on(OnConflict::kSkip));
    CHECK(imported.error == "");
    CHECK(imported.report.counts.skipped == 2);
    CHECK(get(*store, "b") == "old");
    CHECK(get(*store, "c") == "3");
  }
  SUBCASE("replace") {
    const Imported imported = import_into(store.get(), text, on(OnConflict::kReplace));
    CHECK(imported.report.counts.replaced == 1);
    CHECK(get(*store, "b") == "4");
    CHECK(to_string(imported.report, false) == "imported 4 values; replaced 1 key");
  }
  SUBCASE("a dry run tells the same and writes nothing") {
    const std::uint64_t seq = store->stats().last_seq;
    CHECK(import_into(store.get(), text, {.dry_run = true}).error ==
          "in:2: EXISTS the key \"b\" is there already");
    const Imported imported =
        import_into(store.get(), text, {.on_conflict = OnConflict::kSkip, .dry_run = true});
    CHECK(to_string(imported.report, true) ==
          "would import 2 values; passed over 2 changes of keys that were there");
    CHECK(store->stats().last_seq == seq);
  }
}

TEST_CASE_FIXTURE(Fixture, "what takes a key's place begins anew, whatever the change is") {
  for (const char* name : {"a", "b", "c", "d", "e"}) REQUIRE(store->set(name, "12"));
  const Imported imported =
      run("APPEND a 3\nINCR b\nSETRANGE c 1 x\nDEL d\nPEXPIREAT e 4102444800000\nAPPEND a 4",
          on(OnConflict::kReplace));
  CHECK(imported.error == "");
  CHECK(get(*store, "a") == "34");
  CHECK(get(*store, "b") == "1");
  CHECK(get(*store, "c") == std::string("\0x", 2));
  CHECK(get(*store, "d") == "(nil)");
  CHECK(get(*store, "e") == "(nil)");
  CHECK(imported.report.counts.replaced == 5);
}

TEST_CASE_FIXTURE(Fixture, "keys that had expired or were removed before are not there") {
  REQUIRE(store->set("a", "old", {.expires_at_ms = 5}));
  REQUIRE(store->set("b", "old"));
  REQUIRE(store->remove("b"));
  REQUIRE(store->set("c", "stays"));
  CHECK(run("APPEND a 1\nSET b 2").error == "");
  CHECK(get(*store, "a") == "1");
  CHECK(get(*store, "b") == "2");
}

TEST_CASE_FIXTURE(Fixture, "what has expired since is changed as if it had not") {
  // 1000 ms after 1970 has passed, 2100 has not.
  CHECK(run("SET a 1 PXAT 1000\nAPPEND a 2\nAPPEND a 3\nPEXPIREAT a 4102444800000\nAPPEND a 4")
            .error == "");
  CHECK(get(*store, "a") == "1234");
  CHECK(store->stat("a").value()->expires_at_ms == 4102444800000);
  CHECK(run("SET b 1 PXAT 1000\nAPPEND b 2\nINCR b\nSETRANGE b 0 9\nSET c 5 PXAT 1000").error ==
        "");
  CHECK(get(*store, "b") == "(nil)");
  CHECK(get(*store, "b", {.seq = store->stats().last_seq, .time_us = {}}) == "93");
  CHECK(run("SET d 1 PXAT 1000\nRENAME d e\nPERSIST e\nSET f 1 PXAT 1000\nSET f 2 KEEPTTL").error ==
        "");
  CHECK(get(*store, "e") == "1");
  CHECK(get(*store, "f") == "(nil)");
  CHECK(run("SET g 1 PXAT 1000\nDEL g\nAPPEND g 2\nSET h 1 PXAT 1000\nDEL h\nPERSIST h").error ==
        "");
  CHECK(get(*store, "g") == "2");
  CHECK(get(*store, "h") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture, "a million appends to a value that has expired are not copied each") {
  std::string lines = "SET a x PXAT 1000\n";
  for (int i = 0; i < 20'000; ++i) lines += "APPEND a 0123456789012345678901234567890123456789\n";
  CHECK(run(lines + "PERSIST a").error == "");
  CHECK(store->stat("a").value()->size == 800'001);
  CHECK(store->stats().file_size < 4'000'000);
}

TEST_CASE_FIXTURE(Fixture, "Redis' commands on strings do what they do in Redis") {
  CHECK(run("MSET a 1 b 2\nINCRBY a 5\nDECR a\nDECRBY b 3\nINCR new\nSETNX a 9\nSETNX n 1\n"
            "SET x 1 XX\nSET n 2 NX\nGETSET b 7\nSETRANGE n 3 z\nRENAME b c\nRENAMENX c a\n"
            "COPY c d\nCOPY c a\nCOPY c e REPLACE\nCOPY c z DB 3\nUNLINK e nothing\nSETEX s 100 v\n"
            "PSETEX t 100000 v\nGETDEL t\nEXPIREAT c 4102444800\nSET q v PXAT "
            "4102444800000\nPERSIST q\n"
            "SET r 1 EXAT 4102444800\nINCR r\nSET m 1\nMOVE m 4")
            .error == "");
  CHECK(get(*store, "a") == "5");
  CHECK(get(*store, "new") == "1");
  CHECK(get(*store, "n") == std::string("1\0\0z", 4));
  CHECK(get(*store, "c") == "7");
  CHECK(get(*store, "d") == "7");
  CHECK(store->stat("c").value()->expires_at_ms == 4102444800000);
  CHECK(store->stat("q").value()->expires_at_ms == 0);
  CHECK(store->stat("s").value()->expires_at_ms > store->now_us() / 1000);
  CHECK(get(*store, "r") == "2");
  CHECK(store->stat("r").value()->expires_at_ms == 4102444800000);
  for (const char* gone : {"b", "e", "x", "z", "t", "m"}) CHECK(get(*store, gone) == "(nil)");
}

TEST_CASE_FIXTURE(Fixture,
                  "what cannot be carried out is passed over and counted, and no old value stays") {
  const Imported imported =
      run("SET a 1\nSET b 2\nSET c 3\nSET d 4\nHSET h f v\nHSET h g v\nLPUSH l 1\nPFADD a "
          "1\nXGROUP CREATE b g $\n"
          "SUNIONSTORE c s t\nSORT l STORE d\nPUBLISH a b\nSCRIPT LOAD a\nSET e 5\nRENAME h "
          "e\nSELECT 1\nSET f 6\n"
          "FLUSHDB\nSELECT 0\nSET g 7");
  CHECK(imported.error == "");
  for (const char* gone : {"a", "b", "c", "d", "e", "f"}) {
    CAPTURE(gone);
    CHECK(get(*store, gone) == "(nil)");
  }
  CHECK(get(*store, "g") == "7");
  CHECK(imported.report.counts.left_out == 6);
  CHECK(to_string(imported.report, false)
            .ends_with("; left out 6 keys that such commands changed: PFADD \"a\", XGROUP \"b\", "
                       "SUNIONSTORE \"c\", SORT \"d\", RENAME \"e\" and 1 more"));
  CHECK(imported.report.skipped.at("HSET") == 2);
  CHECK(imported.report.skipped.at("commands of other databases") == 2);
  CHECK(to_string(imported.report, false).find("2 HSET, 1 LPUSH, 1 PFADD, 1 PUBLISH") !=
        std::string::npos);
  CHECK(run("SET a 0\nSELECT 1\nSET f 6", {.on_conflict = OnConflict::kReplace, .database = 1})
            .error == "");
  CHECK(get(*store, "a") == "(nil)");
  CHECK(get(*store, "f") == "6");
}

TEST_CASE_FIXTURE(Fixture, "FLUSHALL removes what the import has made, and nothing else") {
  REQUIRE(store->set("mine", "stays"));
  CHECK(
      run("FLUSHALL\nSET a 1\nSET old 2 PXAT 1000\nFLUSHALL\nAPPEND a 3\nPERSIST old\nAPPEND old 4")
          .error == "");
  CHECK(get(*store, "mine") == "stays");
  CHECK(get(*store, "a") == "3");
  CHECK(get(*store, "old") == "4");
}

TEST_CASE_FIXTURE(Fixture, "a transaction counts once its EXEC is there") {
  CHECK(run("SET a 1\nMULTI\nINCR a\nSET b 2\nEXEC\nMULTI\nINCR a\nEXEC").error == "");
  CHECK(get(*store, "a") == "3");
  const Imported imported = run("SET c 1\nMULTI\nSET c 2\nSET d 3");
  CHECK(imported.error ==
        "in: command 4: SYNTAX the input ends within a transaction (MULTI without EXEC)");
  CHECK(get(*store, "c") == "1");
  CHECK(get(*store, "d") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture, "what cannot be stored is an error of its line") {
  const std::string key(kMaxKeySize + 1, 'k');
  CHECK(import_into(store.get(), "key,value\na,1\n" + key + ",2\nb,3\n")
            .error.starts_with("in:3: TOOBIG"));
  CHECK(get(*store, "a") == "1");
  CHECK(get(*store, "b") == "(nil)");
  CHECK(run("SET n x\nINCR n").error ==
        "in: command 2: NUMBER the value of \"n\" is not a number to add to");
  CHECK(run("SET k 1\nSETRANGE k 536870912 x").error.starts_with("in: command 2: TOOBIG"));
  CHECK(run("SET m 9223372036854775807\nINCR m").error.starts_with("in: command 2: NUMBER"));
}

TEST_CASE_FIXTURE(Fixture,
                  "a full disk ends an import at a line, and what was before it is there") {
  const std::string value(1000, 'v');
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "SET k" + std::to_string(i) + " " + value + "\n";
  files.capacity = 600'000;
  const Imported imported = import_into(store.get(), text);
  CHECK(imported.error.find(": FULL ") != std::string::npos);
  CHECK(imported.report.counts.sets > 100);
  CHECK(*store->count() == imported.report.counts.sets);
}

TEST_CASE_FIXTURE(Fixture, "what has no words of its own a server's handlers carry out") {
  CHECK(run("ZADD board 1 ann 2 bob\nZINCRBY board 5 ann\nZADD board 3 cid\nZADD board GT 1 bob\n"
            "ZPOPMIN board\nZUNIONSTORE all 1 board WEIGHTS 2\nZREMRANGEBYRANK all 0 0\n"
            "SET s abc\nSETBIT s 1 0\nAPPEND s def\nMSETNX q 1 w 2\nAPPEND q 9\n"
            "INCRBYFLOAT f 1.5\nSET g 1\nGETEX g PXAT 4102444800000\n"
            "MULTI\nSETBIT m 7 1\nAPPEND m x\nEXEC")
            .error == "");
  CHECK(get(*store, "s") == "!bcdef");
  CHECK(get(*store, "q") == "19");
  CHECK(get(*store, "w") == "2");
  CHECK(get(*store, "f") == "1.5");
  CHECK(get(*store, "m") == std::string("\1x", 2));
  CHECK(store->stat("g").value()->expires_at_ms == 4102444800000);
  const auto board = *store->sorted_set("board");
  REQUIRE(board);
  CHECK(board->size() == 2);
  CHECK(board->score("ann") == 6);
  CHECK(board->score("cid") == 3);
  const auto all = *store->sorted_set("all");
  REQUIRE(all);
  CHECK(all->size() == 1);
  CHECK(all->score("ann") == 12);
}

TEST_CASE_FIXTURE(Fixture, "a handler that refuses a command ends the import there") {
  CHECK(run("SET a x\nZINCRBY a 1 m\nSET b 1").error.starts_with("in: command 2: TYPE"));
  CHECK(get(*store, "a") == "x");
  CHECK(get(*store, "b") == "(nil)");
}

TEST_CASE_FIXTURE(Fixture, "a key stays left out until a command says all of what it is") {
  const Imported imported =
      run("SET a 1\nPFADD a x\nAPPEND a 2\nINCR a\nSETRANGE a 0 z\nZADD a 1 m\nSETBIT a 1 1\n"
          "SET a 5 KEEPTTL\nSET a 5 NX\nPERSIST a\nMSETNX a 1 other 1\nCOPY a copied\n"
          "LPUSH b x\nSET b 1\nAPPEND b 2\nLPUSH c x\nDEL c\nAPPEND c 3\n"
          "LPUSH d x\nSET new 4\nRENAME new d\nLPUSH e x\nCOPY b e REPLACE\n"
          "LPUSH f x\nRENAME f g\nAPPEND f 6\nAPPEND g 7\nSET h 1\nLMOVE l h LEFT LEFT\n"
          "LPUSH i x\nSET j 1\nRENAMENX j i\nAPPEND j 2\nZADD z 1 m\nZUNIONSTORE u 2 z a\n"
          "ZUNIONSTORE a2 1 z\nSET e1 1\nEVAL script 2 e1 e2 x\nAPPEND e2 1");
  CHECK(imported.error == "");
  for (const char* gone : {"a", "other", "copied", "g", "h", "i", "j", "u", "e1", "e2"}) {
    CAPTURE(gone);
    CHECK_FALSE(*store->stat(gone));
  }
  CHECK(get(*store, "b") == "12");
  CHECK(get(*store, "c") == "3");
  CHECK(get(*store, "d") == "4");
  CHECK(get(*store, "e") == "12");
  CHECK(get(*store, "f") == "6");
  CHECK(*store->stat("a2"));
  CHECK(imported.report.counts.left_out == 11);  // and l
  CHECK(run("LPUSH n x\nFLUSHALL\nAPPEND n 1").error == "");
  CHECK(get(*store, "n") == "1");
}

TEST_CASE_FIXTURE(Fixture,
                  "what has expired since is missed by nobody, if a handler cannot see it") {
  const Imported imported =
      run("SET s abc PXAT 1000\nSETBIT s 1 0\nAPPEND s d\nSET t abc PXAT 1000\nSETBIT t 1 0\n"
          "PERSIST t\nSET u abc PXAT 1000\nSETBIT u 1 0\nDEL u\nSETBIT u 7 1");
  CHECK(imported.error == "");
  CHECK(get(*store, "s") == "(nil)");
  CHECK(get(*store, "t") == "(nil)");
  CHECK(get(*store, "u") == "\1");
  CHECK(imported.report.left_out == std::vector<std::string>{"SETBIT \"t\""});
  CHECK(run("ZADD z 1 m\nSET o 1 PXAT 1000\nAPPEND o 2\nZUNIONSTORE o 1 z").error == "");
  CHECK(*store->sorted_set("o"));
}

TEST_CASE_FIXTURE(Fixture,
                  "handlers do not take what was there before for what the file has made") {
  REQUIRE(store->set("a", "old"));
  const std::string_view lines = "SETBIT a 7 1\nMSETNX a 1 b 2\nSET c 3\nCOPY a d\n";
  SUBCASE("fail") {
    CHECK(run(lines).error == "in: command 1: EXISTS the key \"a\" is there already");
    CHECK(get(*store, "a") == "old");
  }
  SUBCASE("skip") {
    const Imported imported = run(lines, on(OnConflict::kSkip));
    CHECK(imported.error == "");
    CHECK(get(*store, "a") == "old");
    CHECK(get(*store, "b") == "(nil)");
    CHECK(get(*store, "d") == "(nil)");
    CHECK(imported.report.counts.skipped == 2);
    CHECK(imported.report.counts.left_out == 2);
  }
  SUBCASE("replace") {
    const Imported imported = run(lines, on(OnConflict::kReplace));
    CHECK(imported.error == "");
    CHECK(get(*store, "a") == "\1");
    CHECK(get(*store, "d") == "\1");
    CHECK(imported.report.counts.replaced == 1);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "a name that was renamed is gone, though the new one is there and kept") {
  REQUIRE(store->set("there", "mine"));
  const Imported imported = run(
      "SET a 1\nRENAME a there\nSET b 2\nRENAMENX b there\nAPPEND b 3\nSET c 4\nRENAME there c\n"
      "LPUSH d x\nRENAME d there\nAPPEND d 5\nRENAME there there",
      on(OnConflict::kSkip));
  CHECK(imported.error == "");
  CHECK(get(*store, "there") == "mine");
  CHECK(get(*store, "a") == "(nil)");
  CHECK(get(*store, "b") == "(nil)");
  CHECK(get(*store, "c") == "(nil)");
  CHECK(get(*store, "d") == "5");
}

TEST_CASE_FIXTURE(Fixture, "what another database puts into the one that is read is left out") {
  const Imported imported =
      run("SET k old\nSET m old\nSELECT 1\nSET k new\nCOPY k k DB 0 REPLACE\nMOVE n 0\n"
          "COPY k z DB 2\nMOVE m 2\nSWAPDB 1 2\nSELECT 0\nAPPEND k 1\nAPPEND n 1\nSWAPDB 3 4\n"
          "SET p 1\nCOPY p q DB 0\nCOPY p r DB 1");
  CHECK(imported.error == "");
  CHECK(get(*store, "k") == "(nil)");
  CHECK(get(*store, "n") == "(nil)");
  CHECK(get(*store, "m") == "old");
  CHECK(get(*store, "q") == "1");
  CHECK(get(*store, "r") == "(nil)");
  CHECK(imported.report.left_out == std::vector<std::string>{"COPY \"k\"", "MOVE \"n\""});
  CHECK(run("SELECT 1\nSWAPDB 1 0").error.find("exchanges whole databases") != std::string::npos);
  CHECK(run("SWAPDB 0 5").error.find("exchanges whole databases") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a dry run ends where the import does, and counts the same") {
  REQUIRE(store->set("k", "1"));
  REQUIRE(store->set("z", "old"));
  REQUIRE(store->set("e", "x", {.expires_at_ms = 4102444800000}));
  REQUIRE(store->set("gone", "x", {.expires_at_ms = 5}));
  const std::string_view texts[] = {
      "SET a 1\nZADD a 1 m",
      "SET a x\nINCR a",
      "SETRANGE a 536870912 x",
      "SET n 1\nSET k 2\nAPPEND k 3\nSET z 9\nAPPEND n 0\nDEL e",
      "SET k 1\nDEL k\nSET k 2\nDEL k\nAPPEND k 3\nFLUSHALL\nAPPEND k 4\nSETNX k 5",
      "ZADD s 1 a\nZREM s a\nSETNX s 1\nINCR s\nRENAME s k\nCOPY k e REPLACE\nINCR e",
      "ZADD k 1 a\nZPOPMIN k\nSET k 1\nSETBIT k 1 1\nLPUSH z 1\nAPPEND z 1",
      "SET gone 1\nAPPEND gone 2\nSETNX z 1\nSET x 1 PXAT 1000\nAPPEND x 1\nPERSIST x"};
  for (const std::string_view text : texts) {
    for (const auto what : {OnConflict::kFail, OnConflict::kSkip, OnConflict::kReplace}) {
      CAPTURE(text);
      CAPTURE(static_cast<int>(what));
      const std::uint64_t seq = store->stats().last_seq;
      const Imported dry = run(text, {.on_conflict = what, .dry_run = true});
      CHECK(store->stats().last_seq == seq);
      SimFiles others;
      const auto other = open_store(others);
      for (const char* name : {"k", "z"}) REQUIRE(other->set(name, get(*store, name)));
      REQUIRE(other->set("e", "x", {.expires_at_ms = 4102444800000}));
      const Imported real =
          import_into(other.get(), resp(text), {.format = Format::kResp, .on_conflict = what});
      CHECK(dry.error == real.error);
      CHECK("imported" + to_string(dry.report, true).substr(12) == to_string(real.report, false));
      CHECK(dry.report.counts.bytes == real.report.counts.bytes);
    }
  }
  CHECK(import_into(nullptr, "SET k 1\nZADD k 1 a\n", {.dry_run = true})
            .error.starts_with("in:2: TYPE"));
}

TEST_CASE_FIXTURE(Fixture, "an expiry is a change of its own, and writes no value again") {
  CHECK(run("SET a 1\nPEXPIREAT a 4102444800000\nZADD z 1 m\nPEXPIREAT z 4102444800000\n"
            "PERSIST z")
            .error == "");
  for (const auto& [key, kinds] : {std::pair{"a", "expire set"}, {"z", "expire expire set"}}) {
    std::string found;
    REQUIRE(store->history(key, 9, [&](const Version& version) {
      found += found.empty() ? "" : " ";
      found += version.kind == Version::Kind::kExpire ? "expire" : "set";
      return true;
    }));
    CHECK(found == kinds);
  }
}

TEST_CASE_FIXTURE(Fixture, "an import says how many strings, sorted sets, members and expiries") {
  const Imported imported =
      run("SELECT 1\nSET f 6\nSELECT 0\nDEL z\nZADD z 1 a 2 b\nZREM z b\nSET s 1\n"
          "PEXPIREAT s 4102444800000\nINCR s");
  CHECK(imported.error == "");
  CHECK(to_string(imported.report, false) ==
        "imported 1 value, 1 sorted set, 3 members, 1 expiry, 1 other change; not carried out: 1 "
        "command of other databases");
}
