// The arguments of commands as data, for COMMAND DOCS, the shell's hints and completion, HELP and
// the documentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvstore::command {

// A view of a constexpr array of any storage. (std::span cannot be used with an incomplete type.)
template <class T>
class ConstArray {
 public:
  constexpr ConstArray() = default;
  template <std::size_t N>
  constexpr ConstArray(const T (&items)[N]) : items_(items), size_(N) {}

  constexpr const T* begin() const { return items_; }
  constexpr const T* end() const { return items_ + size_; }
  constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }

 private:
  const T* items_ = nullptr;
  std::size_t size_ = 0;
};

// Redis' types of arguments.
enum class ArgumentType : std::uint8_t {
  kKey,
  kString,
  kInteger,
  kDouble,
  kPattern,
  kUnixTime,
  kToken,  // the word `token` alone
  kOneOf,  // one of `parts`
  kBlock,  // all of `parts`, in order
};

struct Argument {
  std::string_view name = {};  // lower case
  ArgumentType type = ArgumentType::kString;
  std::string_view token = {};  // the word before it, upper case: EX of `EX seconds`
  bool optional = false;
  bool multiple = false;  // may be repeated; the first may be missing if it is optional
  ConstArray<Argument> parts = {};
};

using Arguments = ConstArray<Argument>;

// The least and the greatest number of words; -1: unlimited.
struct Arity {
  int min = 0;
  int max = 0;

  constexpr bool operator==(const Arity&) const = default;
};
constexpr Arity arity_of(const Argument& argument);
constexpr Arity arity_of(Arguments arguments) {
  Arity sum;
  for (const Argument& argument : arguments) {
    const Arity one = arity_of(argument);
    sum.min += one.min;
    sum.max = sum.max < 0 || one.max < 0 ? -1 : sum.max + one.max;
  }
  return sum;
}

namespace argument_internal {

constexpr Arity arity_of_choice(Arguments choices) {
  Arity widest = arity_of(choices[0]);
  for (const Argument& choice : choices) {
    const Arity one = arity_of(choice);
    if (one.min < widest.min) widest.min = one.min;
    if (one.max < 0 || (widest.max >= 0 && one.max > widest.max)) widest.max = one.max;
  }
  return widest;
}

constexpr Arity arity_of_body(const Argument& argument) {
  switch (argument.type) {
    case ArgumentType::kToken:
      return {0, 0};
    case ArgumentType::kOneOf:
      return arity_of_choice(argument.parts);
    case ArgumentType::kBlock:
      return arity_of(argument.parts);
    default:
      return {1, 1};
  }
}

}  // namespace argument_internal

constexpr Arity arity_of(const Argument& argument) {
  Arity arity = argument_internal::arity_of_body(argument);
  const int token = argument.token.empty() ? 0 : 1;
  arity.min = argument.optional ? 0 : arity.min + token;
  arity.max = argument.multiple || arity.max < 0 ? -1 : arity.max + token;
  return arity;
}

// The syntax as in HELP: "key", "[EX seconds|PX milliseconds]", "key [key ...]".
std::string syntax(const Argument& argument);
// The same for all arguments, separated by blanks.
std::string syntax(Arguments arguments);
// The part after the token: "seq|time" of `[AT seq|time]`. Empty if there is none.
std::string syntax_of_value(const Argument& argument);

}  // namespace kvstore::command
