#include "src/transfer/member_commands.h"

#include <deque>

#include <fmt/format.h>

#include "src/command/numbers.h"

namespace kvstore::transfer {
namespace {

// The limits of one command, so that lines and a server's requests stay short.
constexpr std::size_t kMostWords = 128;
constexpr std::size_t kMostBytes = std::size_t{64} << 10;

// Gathers changes of one kind (ZADD or ZREM) into commands.
class Gathered {
 public:
  Gathered(std::string_view key, const std::function<void(MemberCommands::Words)>& put)
      : key_(key), put_(put) {}

  // The name must stay valid until flush().
  void add(const MemberChange& change) {
    const bool adds = change.score.has_value();
    if (adds != adds_ || words_.size() >= kMostWords || bytes_ >= kMostBytes) flush();
    adds_ = adds;
    if (words_.empty()) words_ = {adds ? "ZADD" : "ZREM", key_};
    if (adds) words_.push_back(scores_.emplace_back(command::real_text(*change.score)));
    words_.push_back(change.name);
    bytes_ += change.name.size();
  }
  void flush() {
    if (!words_.empty()) put_(words_);
    words_.clear();
    scores_.clear();
    bytes_ = 0;
  }

 private:
  const std::string_view key_;
  const std::function<void(MemberCommands::Words)>& put_;
  std::vector<std::string_view> words_;
  std::deque<std::string> scores_;
  std::size_t bytes_ = 0;
  bool adds_ = true;
};

}  // namespace

void MemberCommands::write(const Change& change, const std::function<void(Words)>& put) {
  const bool sets = change.kind == Change::Kind::kSet;
  if (sets && !change.was_append) put(std::vector<std::string_view>{"DEL", change.key});
  Gathered gathered(change.key, put);
  pieces_.take(change, [&](const MemberChange& one) { gathered.add(one); });
  gathered.flush();
  if (!sets || change.expires_at_ms == 0) return;
  const std::string at = fmt::to_string(change.expires_at_ms);
  put(std::vector<std::string_view>{"PEXPIREAT", change.key, at});
}

}  // namespace kvstore::transfer
