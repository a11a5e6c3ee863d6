// Checks of what stands after an option on the command line, and what their errors say:
// the word that is wrong, what it should be, and one that is right.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/status.h"

namespace kvstore::option_checks {

// One of `words`; the example is the first if none is given.
CLI::Validator one_of(const std::vector<std::string>& words, const std::string& example = {});
// From `least` to `most`; `example` is one of them. Whole numbers unless `fractions`.
CLI::Validator number(double least, double most, const std::string& example,
                      bool fractions = false);
CLI::Validator whole(const std::string& example);  // a whole number of 64 bits
// A number of bytes, with a unit or without; it becomes the number alone.
CLI::Validator size(const std::string& example);
// The same, or "off", which becomes 0.
CLI::Validator size_or_off(const std::string& example);
// From 1% to 99%, or "off"; it becomes the number alone, or 0.
CLI::Validator percent_or_off(const std::string& example);

// kUsage: what CLI11 found wrong when `app` parsed `words`, in words that every error of the
// program uses. Its `--help` is the hint where no example is to be had.
Error explain(const CLI::ParseError& error, const CLI::App& app,
              const std::vector<std::string>& words);

// kUsage: `word` begins like an option, and is none of `app`; the hint is the nearest one.
Error unknown_option(const CLI::App& app, const std::string& word);

// kUsage if a word that `app` has parsed is empty where that means nothing, as "$UNSET" is: it
// would silently count as not given. nullopt if there is none. `words` are what was parsed.
std::optional<Error> find_empty_value(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace kvstore::option_checks
