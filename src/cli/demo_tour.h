// The content of `kvstore demo`: sentences, and the commands that they explain.
#pragma once

#include <span>
#include <string_view>

namespace kvstore::cli {

struct DemoStep {
  std::string_view text;
  std::span<const std::string_view> lines;  // of the text language, each a command
};

std::span<const DemoStep> demo_steps();

// The commands that make the data: the writing ones of samples/market.kv.
std::string_view demo_data();

}  // namespace kvstore::cli
