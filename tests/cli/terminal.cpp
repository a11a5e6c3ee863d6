#include "tests/cli/terminal.h"

#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include <doctest/doctest.h>

namespace kvstore::test {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

std::string single_quoted(const std::string& word) { return "'" + word + "'"; }

std::string without_end(std::string text) {
  text.erase(text.find_last_not_of(" \n") + 1);
  return text;
}

// One each: a tmux server that is still ending would answer for its successor.
std::string next_socket() {
  static int count = 0;
  return "tmux-" + std::to_string(++count);
}

bool wait_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace

Terminal::Terminal(const Directory& directory, const Words& words, const std::string& environment)
    : socket_(directory / next_socket()) {
  std::string command = "env XDG_STATE_HOME=" + single_quoted(directory / "state") +
                        " HOME=" + single_quoted(directory / "home") + " " + environment + " " +
                        single_quoted(KVSTORE_BINARY);
  for (const std::string& word : words) command += " " + single_quoted(word);
  command += "; echo \"left with $?\"; exec sleep 600";
  const Outcome started = tmux({"-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "60", command});
  INFO(started.err);
  REQUIRE(started.code == 0);
}

Terminal::~Terminal() { tmux({"kill-server"}); }

Outcome Terminal::tmux(Words words, const std::string& input) {
  words.insert(words.begin(), {"tmux", "-u", "-S", socket_});
  return run(words, input);
}

void Terminal::type(const std::string& text) {
  if (!text.empty()) tmux({"send-keys", "-l", "--", text});
}

void Terminal::enter(const std::string& text) {
  type(text);
  key("Enter");
}

void Terminal::key(const std::string& name) { tmux({"send-keys", name}); }

void Terminal::paste(const std::string& text) {
  REQUIRE(tmux({"load-buffer", "-"}, text).code == 0);
  REQUIRE(tmux({"paste-buffer", "-p"}).code == 0);
}

void Terminal::resize(int columns, int rows) {
  const auto resized = tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
  REQUIRE(resized.code == 0);
}

std::string Terminal::screen() { return tmux({"capture-pane", "-p", "-S", "-"}).out; }

void Terminal::wait_for_end(const std::string& text) {
  const bool came = wait_until([&] { return without_end(screen()).ends_with(text); });
  INFO("the screen shows:\n", screen());
  INFO("it should end in: ", text);
  REQUIRE(came);
}

void Terminal::wait_for(const std::string& text) {
  const bool came = wait_until([&] { return screen().find(text) != std::string::npos; });
  INFO("the screen shows:\n", screen());
  INFO("it should hold: ", text);
  REQUIRE(came);
}

}  // namespace kvstore::test
