// Damage done to a known log, and the judge of what the store, verify and repair
// make of it. The rules it holds them to:
//
//   open    never crashes; a key answers its right newest value or CORRUPT, and
//           CORRUPT only if the damage can have hit it; nothing that is known
//           durable is dropped in silence, and what is dropped is a suffix
//   scrub   reports damage of every record known durable that the open did not, and answers are as
//           before it
//   verify  every damaged record known durable is in a damaged range, and every
//           damaged range holds a damaged record; torn is told from rotten
//   repair  the new file is intact, and every undamaged record is in it; compacted, it says the
//   same
#pragma once

#include <optional>
#include <string>

#include "tests/crash/known_log.h"

namespace kvstore::testing {

struct Mutation {
  std::string what;   // in words, to do it again
  std::string image;  // the file after it
};

Mutation flip_bit(const KnownLog& known, std::uint64_t offset, unsigned bit);
Mutation cut_at(const KnownLog& known, std::uint64_t size);
Mutation zero_block(const KnownLog& known, std::uint64_t block);
Mutation copy_block(const KnownLog& known, std::uint64_t from, std::uint64_t to);
Mutation swap_blocks(const KnownLog& known, std::uint64_t one, std::uint64_t other);
Mutation add_behind(const KnownLog& known, const std::string& bytes);

inline constexpr std::uint64_t kBlock = 512;

// What breaks a rule, in words; nullopt if none does.
std::optional<std::string> judge_open(const KnownLog& known, const Mutation& mutation);
// The same for who opens the file for reading only, beside a writer or not.
std::optional<std::string> judge_read_only(const KnownLog& known, const Mutation& mutation);
// The same for one that scrubs it, and for what the scrub reports.
std::optional<std::string> judge_scrub(const KnownLog& known, const Mutation& mutation);
std::optional<std::string> judge_verify_and_repair(const KnownLog& known, const Mutation& mutation);

}  // namespace kvstore::testing
