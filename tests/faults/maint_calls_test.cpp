// verify, repair, salvage and convert with each of their system calls failing,
// and killed before each of them: the old file is there as it was, or the new
// one whole and the old one kept.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/faults/maint_work.h"
#include "tests/faults/system_calls.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using test::fail_each_call;
using test::Fault;
using test::MaintWork;
using kvstore::testing::QuickDir;
using test::Verb;

namespace {

constexpr Verb kVerbs[] = {Verb::kVerify, Verb::kRepair, Verb::kSalvage, Verb::kConvert};

void check(const MaintWork& work, std::optional<bool> succeeded) {
  const auto violation = work.violation(succeeded);
  CHECK_MESSAGE(!violation, violation.value_or(""));
}

// An error says where it happened.
bool names(const Error& error, const std::string& directory) {
  return error.message.find(directory) != std::string::npos;
}

std::size_t count_of(const std::string& directory, const std::string& part) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    count += entry.path().string().find(part) != std::string::npos;
  }
  return count;
}

// A copy is there, or the original has a second name.
bool is_done(const MaintWork& work, const std::string& directory) {
  return std::filesystem::exists(work.out()) || count_of(directory, ".damaged-") > 0;
}

void run_with_fault(Verb verb, const Fault& fault) {
  QuickDir directory;
  const MaintWork work(verb, directory.path());
  test::arm(fault);
  const Status done = work.run();
  test::disarm();
  INFO("failed: ", test::failed_call(), ", answered: ", done ? "done" : done.error().message);
  if (!done) CHECK(names(done.error(), directory.path()));
  // What could not be removed is still there.
  const bool could_clean_up = !fault.for_ever;
  check(work, could_clean_up ? std::optional(done.has_value()) : std::nullopt);
  // Once the machine is well again it is as if nothing had been, or is done.
  const bool was_done = is_done(work, directory.path());
  const Status again = work.run();
  if (!was_done) CHECK_MESSAGE(again, (again ? "" : again.error().message));
  check(work, std::nullopt);
}

// Runs the verb in a child that dies before its n-th call. False: it made fewer.
bool killed_at(const MaintWork& work, const Fault& fault) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    test::arm(fault);
    const Status done = work.run();
    test::disarm();
    ::_exit(done ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) CHECK(WTERMSIG(status) == SIGKILL);
  return WIFSIGNALED(status);
}

}  // namespace

TEST_CASE("any system call of verify, repair, salvage and convert may fail") {
  for (const Verb verb : kVerbs) {
    for (const int error : {EIO, ENOSPC, ENOMEM, EINTR, 0}) {
      for (const bool for_ever : {false, true}) {
        if (for_ever && (error == EINTR || error == 0)) continue;
        CAPTURE(test::name_of(verb));
        CAPTURE(error);
        CAPTURE(for_ever);
        const auto seen = fail_each_call({0, for_ever, error}, [&](const Fault& fault) {
          CAPTURE(fault.call);
          run_with_fault(verb, fault);
        });
        CHECK(seen > (verb == Verb::kVerify ? 5 : 20));
        if (error == EIO) MESSAGE(test::name_of(verb) << ": " << seen << " calls failed");
      }
    }
  }
}

TEST_CASE("where there are no hard links the original keeps a name even if nothing can be renamed") {
  QuickDir directory;
  const MaintWork work(Verb::kRepair, directory.path());
  // It is given its second name by renameat2(); after that nothing goes on.
  test::arm({1, true, EPERM, false, "link,rename"});
  const Status done = work.run();
  test::disarm();
  REQUIRE_FALSE(done);
  CHECK(done.error().message.find("the original is now ") != std::string::npos);
  CHECK(done.error().hint.find("mv ") == 0);
  CHECK(count_of(directory.path(), ".damaged-") == 1);
  CHECK(work.violation(std::nullopt) == "nothing has the file's name");
}

TEST_CASE("repair, salvage and convert may be killed before any system call") {
  for (const Verb verb : {Verb::kRepair, Verb::kSalvage, Verb::kConvert}) {
    CAPTURE(test::name_of(verb));
    std::uint64_t kills = 0;
    for (bool killed = true; killed;) {
      QuickDir directory;
      const MaintWork work(verb, directory.path());
      killed = killed_at(work, {kills + 1, false, 0, true});
      CAPTURE(kills);
      check(work, killed ? std::nullopt : std::optional(true));
      if (!killed) break;
      ++kills;
      // The next one does it, or finds it done, and leaves nothing unfinished.
      const bool was_done = is_done(work, directory.path());
      const Status again = work.run();
      if (!was_done) CHECK_MESSAGE(again, (again ? "" : again.error().message));
      check(work, was_done ? std::nullopt : std::optional(true));
      if (!was_done) CHECK(count_of(directory.path(), ".unfinished-") == 0);
    }
    CHECK(kills > 10);
    MESSAGE(test::name_of(verb) << ": " << kills << " kills");
  }
}

TEST_CASE("only files that nobody is at work on, and of exactly that name, are removed") {
  QuickDir directory;
  const MaintWork work(Verb::kSalvage, directory.path());
  const std::string mine = work.out() + ".unfinished-123-notes", other = directory / "other.bin";
  const std::string abandoned = work.out() + ".unfinished-123-0123abcd";
  const std::string of_other = other + ".unfinished-123-0123abcd";
  for (const std::string& path : {mine, abandoned, of_other}) std::ofstream(path) << "bytes";
  REQUIRE(work.run());
  CHECK(std::filesystem::exists(mine));
  CHECK(std::filesystem::exists(of_other));
  CHECK_FALSE(std::filesystem::exists(abandoned));
}

TEST_CASE("the judge finds a lost original, a changed one, half a copy, and work only pretended") {
  const auto violation_after = [](Verb verb, bool succeeded, const auto& plant) {
    QuickDir directory;
    const MaintWork work(verb, directory.path());
    plant(work);
    return work.violation(succeeded).value_or("");
  };
  const auto nothing = [](const MaintWork&) {};
  CHECK(violation_after(Verb::kRepair, true, nothing) == "it said repaired, and did nothing");
  CHECK(violation_after(Verb::kConvert, true, nothing) == "it said written, and did nothing");
  CHECK(violation_after(Verb::kRepair, false, [](const MaintWork& work) {
          std::filesystem::remove(work.source());
        }) == "nothing has the file's name");
  CHECK(violation_after(Verb::kRepair, true, [](const MaintWork& work) {
          std::ofstream(work.source()) << work.original().substr(0, 5000);
        }) == "the original is lost");
  CHECK(violation_after(Verb::kSalvage, true, [](const MaintWork& work) {
          std::string bytes = work.original();
          bytes[bytes.find("value 5") + 2] ^= 1;
          std::ofstream(work.out()) << bytes;
        }).find("key5 is wrong in ") == 0);
  CHECK(violation_after(Verb::kVerify, true, [](const MaintWork& work) {
          std::ofstream(work.source(), std::ios::app) << "x";
        }) == "the source was changed");
  CHECK(violation_after(Verb::kConvert, false, [](const MaintWork& work) {
          std::ofstream(work.out() + ".unfinished-1-00000000") << "x";
        }) == "an unfinished file is left");
}
