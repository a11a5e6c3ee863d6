// Errors of the text protocol's parser for lines and values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/base/status.h"
#include "src/command/table.h"
#include "src/wire/following_value.h"

namespace kvstore::wire {

Error line_too_big(std::uint64_t size, std::uint64_t limit);
Error too_many_words(std::size_t words, std::size_t limit);
// For a command that takes a value, or may be a misspelt one that does.
Error too_many_arguments(const command::Command& command, std::size_t words);
// A last line without a newline that is a write.
Error cut_line();

Error value_too_big(std::uint64_t size, std::uint64_t limit);
// Without the size, because a skipped block is not measured.
Error block_too_big(std::uint64_t limit);
// What was `taken` as the counted value does not end at a line end.
Error wrong_length(command::ValueForm form, std::string_view taken);
// The input ended within a value that began on `line`.
Error cut_value(command::ValueForm form, const CountedValue& value, std::size_t come,
                std::uint64_t line);
Error cut_block(const BlockValue& value, std::uint64_t line);

}  // namespace kvstore::wire
