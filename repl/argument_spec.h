// A command's arguments as the table writes them, "key value [EX seconds|PX ms] [NX]",
// as data: for completion and hints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

struct ArgumentSpec {
  std::string_view shown;  // "key", "[EX seconds|PX ms]"
  bool optional = false;   // in brackets
  bool repeats = false;    // "..."
  bool is_key = false;
  // Each keyword it may begin with, and what the table calls the word after it.
  struct Option {
    std::string_view keyword;  // "EX", "NX", "STOP"
    std::string_view value;    // "seconds", empty if none follows
  };
  std::vector<Option> options;
};

// The views point into `arguments`.
std::vector<ArgumentSpec> parse_argument_specs(std::string_view arguments);

// The option of one of `specs` that `word` (in any case) is, or nullptr.
const ArgumentSpec::Option* find_option(const ArgumentSpec& spec, std::string_view word);

// " value [EX seconds]": what may follow `given` words, for a person to see.
std::string remaining_arguments(std::string_view arguments, const std::vector<std::string>& given);

// The keywords that may come after `given`, for instance EX after SET a 1. If the last
// of them is one that takes a value, there are none.
std::vector<std::string_view> options_after(std::string_view arguments,
                                            const std::vector<std::string>& given);

}  // namespace kvstore::repl
