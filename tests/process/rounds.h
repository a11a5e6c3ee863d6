// A process that writes numbered rounds until it is killed, and what must be in its file: after
// each round all that was acknowledged, in point reads and in order; and for a process that reads
// beside it, every value as it was at one moment, never an older or a wrong one, and no error.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "src/store/store.h"

namespace kvstore::test {

// What the writing process finds in its environment: its file, and the bug it plants.
inline constexpr const char* kWrittenFile = "KVSTORE_TEST_WRITTEN_FILE";
inline constexpr const char* kPlantedBug = "KVSTORE_TEST_PLANTED";

// The test case of this program that is the writing process. It prints the number of each round
// once it is written.
struct Writing {
  std::string process;
  std::string planted = {};
  bool compacts = false;
};

// What the writing process does until it is killed, in a file and with the memory that are given;
// `work` is called after each round, before it is acknowledged.
void write_rounds(const char* path, std::uint64_t memory,
                  const std::function<void(Store& store, std::uint64_t round)>& work);

// What was wrong first, if anything.
using Wrong = std::optional<std::string>;
// Kills the writer again and again.
Wrong kill_again_and_again(int kills, const Writing& writing);
// Backs the file up beside the writer so many times, kills some of those processes, and looks at
// what they have made.
Wrong back_up_beside(const Writing& writing, int times);
// Looks from a process beside the writer until it has seen so many rounds more.
Wrong read_beside(const Writing& writing, std::uint64_t rounds);

}  // namespace kvstore::test
