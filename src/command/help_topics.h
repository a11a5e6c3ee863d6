// Help texts that are not about one command: HELP transactions, HELP AT, HELP <<.
#pragma once

#include <string_view>
#include <vector>

namespace kvstore::command {

// Lines of at most 76 columns, each ended by a newline. Empty if `word` is not a topic. Ignores
// case.
std::string_view topic(std::string_view word);

// The names of the topics, each once.
std::vector<std::string_view> topics();

// The topic AT, which is repeated in the help of commands with that option.
extern const std::string_view kAtTopic;

}  // namespace kvstore::command
