// What the commands must answer: every version of every value, in a map.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/reply.h"
#include "src/command/table.h"
#include "tests/support/model.h"

namespace kvstore::fuzz {

class CommandModel {
 public:
  using Reply = command::Reply;
  using Words = std::vector<std::string_view>;

  // The reply this command must have, and takes it as carried out. nullopt: it
  // has no opinion of it. Then tell it what the reply was.
  std::optional<Reply> execute(const Words& argv);
  void learn(const Words& argv, const Reply& reply, std::uint64_t last_seq);
  // What it took as carried out was a transaction's, which has just been committed: of the
  // seqs that it gave the versions none is right.
  void note_commit(std::uint64_t last_seq);

  // Keys whose expiry makes what they hold a matter of time.
  bool is_blurred(const std::string& key) const { return blurred_.count(key) != 0; }
  std::vector<std::string> live_keys() const;
  std::optional<std::string> now(const std::string& key) const { return values_.now(key); }
  bool any_blurred() const { return !blurred_.empty(); }
  std::uint64_t last_seq() const { return seq_; }

 private:
  std::optional<Reply> write(const Words& argv);
  std::optional<Reply> read(const Words& argv) const;
  std::optional<Reply> read_part(const Words& argv) const;
  Reply set(const std::string& key, std::string value, Reply reply);
  Reply remove_all(const Words& argv);
  Reply count_existing(const Words& argv) const;
  Reply list(std::string_view prefix) const;
  std::size_t live_count() const { return live_keys().size(); }

  testing::Model values_;
  std::set<std::string> blurred_;
  std::set<std::string> unsure_history_;  // and those that once were
  std::uint64_t seq_ = 0;
};

}  // namespace kvstore::fuzz
