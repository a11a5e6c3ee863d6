#include "server/http/parameters.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::server::http {
namespace {

constexpr std::size_t kShown = 64;  // bytes of the input in a response

std::string shown(std::string_view text) { return command::quote(text.substr(0, kShown)); }

const Parameter* find_parameter(const Route& route, std::string_view name) {
  for (const Parameter& one : route.parameters) {
    if (one.in == Parameter::In::kQuery && one.name == name) return &one;
  }
  return nullptr;
}

std::string name_of(const Route& route) { return fmt::format("{} {}", route.method, route.path); }

std::string all_of(const Route& route) {
  std::vector<std::string_view> names;
  for (const Parameter& one : route.parameters) {
    if (one.in == Parameter::In::kQuery) names.push_back(one.name);
  }
  if (names.empty()) return "there are none";
  return fmt::format("there {}: {}", names.size() == 1 ? "is" : "are", fmt::join(names, ", "));
}

// Such as "; append is for POST /{key}".
std::string where_else(std::string_view name) {
  for (const Route& route : routes()) {
    if (find_parameter(route, name)) return fmt::format("; {} is for {}", name, name_of(route));
  }
  return {};
}

wire::Problem bad(std::string detail, std::string hint) {
  return {400, "SYNTAX", std::move(detail), std::move(hint)};
}

wire::Problem unknown(const Route& route, std::string_view name) {
  return bad(fmt::format("{} has no parameter {}", name_of(route), shown(name)),
             all_of(route) + where_else(name));
}

bool are_digits(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

std::optional<wire::Problem> find_bad_number(const Parameter& one, std::string_view value) {
  const auto number = command::parse_integer(value);
  if (number && *number >= one.least && *number <= one.most) return std::nullopt;
  constexpr std::int64_t kNoBound = 1'000'000'000;
  const bool is_too_large = value.size() > 9 && are_digits(value);
  const std::string bounds = one.most < kNoBound || is_too_large
                                 ? fmt::format("of {} to {}", one.least, one.most)
                                 : fmt::format("of {} or more", one.least);
  return wire::Problem{
      400, "NUMBER", fmt::format("{} is {}, not a whole number {}", one.name, shown(value), bounds),
      fmt::format("{}={}, or leave it out", one.name, one.least)};
}

std::optional<wire::Problem> find_bad_value(const Parameter& one, std::string_view value) {
  switch (one.type) {
    case Parameter::Type::kText:
      return std::nullopt;
    case Parameter::Type::kFlag:
      if (value.empty() || value == "true" || value == "1") return std::nullopt;
      return bad(fmt::format("{} takes no value: {}", one.name, shown(value)),
                 fmt::format("{} alone{}", one.name, one.is_needed ? "" : ", or leave it out"));
    case Parameter::Type::kInteger:
      return find_bad_number(one, value);
    case Parameter::Type::kPlace:
      if (value.empty() || command::same_word(value, "new") || command::parse_integer(value)) {
        return std::nullopt;
      }
      return wire::Problem{400, "NUMBER",
                           fmt::format("{} is {}, not an offset", one.name, shown(value)),
                           fmt::format("{0}; {0}=100, {0}=-100 (from the end), {0}=new", one.name)};
  }
  return std::nullopt;
}

// `at`: index in the query.
std::optional<wire::Problem> find_bad_one(const Route& route, const wire::Target& target,
                                          std::size_t at) {
  const auto& [name, value] = target.query[at];
  const Parameter* const one = find_parameter(route, name);
  if (one == nullptr) return unknown(route, name);
  const auto before = target.query.begin() + static_cast<std::ptrdiff_t>(at);
  const auto is_same = [&name = name](const auto& other) { return other.first == name; };
  if (std::any_of(target.query.begin(), before, is_same)) {
    return bad(fmt::format("{} is given twice", name), "once, or not at all");
  }
  if (!one->not_with.empty() && target.parameter(one->not_with)) {
    return bad(fmt::format("{} means nothing beside {}", name, one->not_with), "one of them");
  }
  return find_bad_value(*one, value);
}

}  // namespace

std::optional<wire::Problem> find_bad_parameter(const Route& route, const wire::Target& target) {
  if (route.takes_any_query) return std::nullopt;
  for (std::size_t i = 0; i < target.query.size(); ++i) {
    if (auto problem = find_bad_one(route, target, i)) return problem;
  }
  for (const Parameter& one : route.parameters) {
    if (!one.is_needed || target.parameter(one.name)) continue;
    return bad(fmt::format("{} needs {}: {}", name_of(route), one.name, one.summary),
               fmt::format("{}?{}", name_of(route), one.name));
  }
  return std::nullopt;
}

}  // namespace kvstore::server::http
