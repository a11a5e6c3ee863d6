// What a reply's bytes mean where the reply itself does not say: it depends on
// the command, the same over the wire as here.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kvstore::repl {

enum class Shape : std::uint8_t {
  kData,      // as it is
  kProse,     // text for people: HELP
  kSections,  // "# Section" headings and "name:value" lines: STATS, INFO
  kFarewell,  // the answer to EXIT: at the prompt there is nobody left to read it
  kVersions,  // rows with the columns kVersionColumns: HISTORY
};

inline constexpr std::array<std::string_view, 4> kVersionColumns{"seq", "time", "kind", "size"};

// Of the reply to a command, by its word as typed.
Shape shape_of(std::string_view command_word);

}  // namespace kvstore::repl
