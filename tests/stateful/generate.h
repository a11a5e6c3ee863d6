// Keys and values worth trying: few keys, so that they meet, and sizes at which
// the file's layout changes.
#pragma once

#include <string>

#include <rapidcheck.h>

namespace kvstore::stateful {

inline rc::Gen<std::string> key() {
  using namespace std::string_literals;
  // The last are so long that a part of the index which was dropped has pages to give back.
  return rc::gen::element("a"s, "ab"s, "b"s, ""s, "a\0b"s, "\xFF"s, std::string(300, 'k'),
                          std::string(12'000, 'l'), std::string(12'000, 'm'));
}

// Of a sorted set.
inline rc::Gen<std::string> set_key() {
  return rc::gen::element<std::string>("z", "z2", std::string(300, 'z'));
}
inline rc::Gen<std::string> any_key() {
  return rc::gen::weightedOneOf<std::string>({{3, key()}, {1, set_key()}});
}

// How many writes a compaction keeps of the past.
inline rc::Gen<std::uint64_t> kept_writes() {
  return rc::gen::weightedOneOf<std::uint64_t>(
      {{1, rc::gen::just<std::uint64_t>(0)}, {2, rc::gen::inRange<std::uint64_t>(1, 40)}});
}

// Shown as its letters and their number, not as bytes.
struct Value {
  char letter = 'a';
  std::size_t size = 0;
  std::string bytes() const { return std::string(size, letter); }
};

inline void showValue(const Value& value, std::ostream& os) {
  os << value.size << " x '" << value.letter << "'";
}

inline rc::Gen<Value> value() {
  const auto size = rc::gen::weightedOneOf<std::size_t>(
      {{12, rc::gen::inRange<std::size_t>(0, 40)},
       {3, rc::gen::inRange<std::size_t>(4000, 4200)},  // one block, and more
       {2, rc::gen::inRange<std::size_t>(8190, 8196)},
       {1, rc::gen::inRange<std::size_t>(60'000, 300'000)}});
  return rc::gen::build<Value>(rc::gen::set(&Value::letter, rc::gen::inRange('a', '{')),
                               rc::gen::set(&Value::size, size));
}

}  // namespace kvstore::stateful
