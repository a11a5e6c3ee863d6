// Checks of options' values on the command line. Their errors name the wrong word, what it should
// be,
// and an example.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/status.h"

namespace kvstore::option_checks {

// Accepts one of `words`; the example is the first of them unless one is given.
CLI::Validator one_of(const std::vector<std::string>& words, const std::string& example = {});
// Accepts numbers from `least` to `most`; `example` is one of them. Only whole numbers, unless
// `fractions` is true.
CLI::Validator number(double least, double most, const std::string& example,
                      bool fractions = false);
CLI::Validator whole(const std::string& example);  // a whole number of 64 bits
// Accepts a number of bytes, with or without a unit, and replaces it by the number alone.
CLI::Validator size(const std::string& example);
// Accepts the same or "off", which becomes 0.
CLI::Validator size_or_off(const std::string& example);
// Accepts 1% to 99%, or "off"; replaces it by the number alone, or by 0.
CLI::Validator percent_or_off(const std::string& example);

// kUsage: the error that CLI11 found when `app` parsed `words`, in the words that all errors of the
// program use. The hint is its `--help` if there is no example.
Error explain(const CLI::ParseError& error, const CLI::App& app,
              const std::vector<std::string>& words);

// kUsage: `word` looks like an option, and `app` has no such option; the hint is the nearest one.
Error unknown_option(const CLI::App& app, const std::string& word);

// kUsage if a word that `app` has parsed is empty and must not be, as "$UNSET" is: it would
// silently
// count as not given. nullopt if there is none. `words` are the words that were parsed.
std::optional<Error> find_empty_value(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace kvstore::option_checks
