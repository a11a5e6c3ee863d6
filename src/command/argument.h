// What a command's arguments are, as data: what Redis' clients, the shell's hints and
// completion, HELP and the documents say of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvstore::command {

// A constexpr array, wherever it stands. (A std::span may not be of a type that is
// still being defined.)
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
  kToken,  // `token` itself is all there is
  kOneOf,  // one of `parts`
  kBlock,  // all of `parts`, in order
};

struct Argument {
  std::string_view name = {};  // lower case
  ArgumentType type = ArgumentType::kString;
  std::string_view token = {};  // the word before it, upper case: EX of `EX seconds`
  bool optional = false;
  bool multiple = false;  // any number of them, the first too if it is optional
  ConstArray<Argument> parts = {};
};

using Arguments = ConstArray<Argument>;

// How many words they are, at least and at most; -1: any number.
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

// "key", "[EX seconds|PX milliseconds]", "key [key ...]": as HELP shows it.
std::string syntax(const Argument& argument);
// All of them, a blank between them.
std::string syntax(Arguments arguments);
// What stands after its token: "seq|time" of `[AT seq|time]`. Empty if nothing does.
std::string syntax_of_value(const Argument& argument);

}  // namespace kvstore::command
