// What HELP tells beside the commands: HELP transactions, HELP AT, HELP <<.
#pragma once

#include <string_view>
#include <vector>

namespace kvstore::command {

// Lines of at most 76 columns, each with its end. Empty if `word` is no topic. Ignores case.
std::string_view topic(std::string_view word);

// Their names, each once.
std::vector<std::string_view> topics();

// That of AT, which the help of commands that take it repeats.
extern const std::string_view kAtTopic;

}  // namespace kvstore::command
