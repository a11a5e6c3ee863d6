#include "tests/process/writer.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace kvstore::test {
namespace {

constexpr std::uint64_t kTurn = 4;

std::string word(std::uint64_t number) { return fmt::format("{:015};", number); }

// Values of 4 KiB and more have checksums of their own kind.
std::string value(std::uint64_t turn) {
  const std::string number = std::to_string(turn);
  return number + std::string(turn % 8 == 0 ? 6000 : 20, 'v');
}

}  // namespace

std::string Writer::next_line() {
  const std::uint64_t number = sent_++, turn = number / kTurn;
  switch (number % kTurn) {
    case 0: return fmt::format("APPEND words{} \"{}\"\n", name_, word(turn));
    case 1: return fmt::format("SET one{} {}\n", name_, value(turn));
    case 2: return fmt::format("SET other{} {}\n", name_, value(turn));
    default: return fmt::format("DEL one{0} other{0}\n", name_);
  }
}

// Every reply is one line; an error ends the conversation, and acknowledges nothing.
bool Writer::take_replies(const std::string& bytes) {
  const std::size_t error = std::min(bytes.find('-'), bytes.size());
  const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(error);
  acknowledge(static_cast<std::uint64_t>(std::count(bytes.begin(), end, '\n')));
  return !bytes.empty() && error == bytes.size();
}

void Writer::run(Client client, std::uint64_t depth) {
  while (true) {
    std::string lines;
    for (std::uint64_t i = 0; i < depth; ++i) lines += next_line();
    client.send(lines);
    while (acknowledged_ < sent_) {
      if (!take_replies(client.receive_once(4096))) return;
    }
  }
}

void Writer::half_close_after(Client client, std::uint64_t count) {
  std::string lines;
  for (std::uint64_t i = 0; i < count; ++i) lines += next_line();
  client.send(lines);
  client.half_close();
  take_replies(client.receive_all());
}

Writer::Keys Writer::expected_after(std::uint64_t operations) const {
  Keys keys;
  const std::uint64_t turn = operations / kTurn, step = operations % kTurn;
  for (std::uint64_t i = 0; i < turn + (step > 0); ++i) keys.words += word(i);
  if (step >= 2) keys.one = value(turn);
  if (step == 3) keys.other = value(turn);
  return keys;
}

std::optional<std::string> Writer::check(Store& store) {
  Keys found;
  const auto get = [&](const std::string& key) -> std::optional<std::string> {
    std::string bytes;
    const auto there = store.get(key + name_, &bytes);
    if (!there) return "error: " + there.error().message;
    return *there ? std::optional(bytes) : std::nullopt;
  };
  found.words = get("words").value_or("");
  found.one = get("one");
  found.other = get("other");
  for (std::uint64_t done = acknowledged_; done <= sent_; ++done) {
    if (!(expected_after(done) == found)) continue;
    sent_ = done;
    acknowledged_ = done;
    return std::nullopt;
  }
  return fmt::format("writer {}: {} bytes of words, one {:.20}, other {:.20} are not what {} to {} "
                     "operations make",
                     name_, found.words.size(), found.one.value_or("missing"),
                     found.other.value_or("missing"), acknowledged_.load(), sent_.load());
}

}  // namespace kvstore::test
