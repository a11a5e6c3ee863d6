#include "src/command/key_events.h"

#include <utility>

namespace kvstore::command {
namespace {

constexpr std::uint32_t kAll = kOfAnyType | kOfStrings | kOfLists | kOfSets | kOfHashes |
                               kOfSortedSets | kExpiries | kEvictions | kOfStreams | kOfModules;

// In the order of Redis' replies.
constexpr std::pair<char, std::uint32_t> kLetters[] = {
    {'A', kAll},        {'g', kOfAnyType},  {'$', kOfStrings},    {'l', kOfLists},
    {'s', kOfSets},     {'h', kOfHashes},   {'z', kOfSortedSets}, {'x', kExpiries},
    {'e', kEvictions},  {'t', kOfStreams},  {'d', kOfModules},    {'n', kNewKeys},
    {'K', kToKeyspace}, {'E', kToKeyevent}, {'m', kMisses}};

}  // namespace

std::optional<std::uint32_t> parse_event_classes(std::string_view letters) {
  std::uint32_t classes = 0;
  for (const char letter : letters) {
    std::uint32_t one = 0;
    for (const auto& [known, its] : kLetters) {
      if (known == letter) one = its;
    }
    if (one == 0) return std::nullopt;
    classes |= one;
  }
  return classes;
}

// Redis omits n after A.
std::string event_class_letters(std::uint32_t classes) {
  std::string letters;
  const bool has_all = (classes & kAll) == kAll;
  for (const auto& [letter, its] : kLetters) {
    const bool is_said = has_all && letter != 'A' && (its & (kAll | kNewKeys)) != 0;
    if ((classes & its) == its && !is_said) letters += letter;
  }
  return letters;
}

}  // namespace kvstore::command
