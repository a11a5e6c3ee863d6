#include "tests/support/serializability.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace kvstore::testing {
namespace {

struct Edge {
  std::size_t to = 0;
  std::string why;
};

class Graph {
 public:
  explicit Graph(const TransactionHistory& history) : history_(history) { build(); }

  std::optional<std::string> violation() {
    if (!wrong_.empty()) return wrong_;
    state_.assign(nodes_.size(), State::kNew);
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (state_[node] == State::kNew) {
        if (auto cycle = find_cycle(node)) return cycle;
      }
    }
    return std::nullopt;
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };

  void build() {
    for (const auto& thread : history_.threads) {
      for (std::size_t i = 0; i < thread.size(); ++i) {
        if (thread[i].seq != 0) writers_[thread[i].seq] = nodes_.size();
        nodes_.push_back(&thread[i]);
        edges_.emplace_back();
        if (i > 0) add(nodes_.size() - 2, nodes_.size() - 1, "came before it on its thread");
      }
    }
    for (const auto& [key, versions] : history_.versions) {
      for (std::size_t i = 1; i < versions.size(); ++i) {
        add(writer_of(versions[i - 1]), writer_of(versions[i]), key + " was overwritten by");
      }
    }
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      for (const Read& read : nodes_[node]->reads) add_read(node, read);
    }
  }

  // Version 0 is that of a key nobody has written yet.
  void add_read(std::size_t node, const Read& read) {
    const auto found = history_.versions.find(read.key);
    const std::vector<KeyVersion> none;
    const auto& versions = found == history_.versions.end() ? none : found->second;
    std::size_t version = 0;
    if (read.value) {
      const auto match = std::find_if(versions.begin(), versions.end(), [&](const KeyVersion& one) {
        return read.in_list || one.value == *read.value;
      });
      if (match == versions.end()) {
        wrong_ = fmt::format("{} read {} = {}, which nobody committed", nodes_[node]->name,
                             read.key, *read.value);
        return;
      }
      version = static_cast<std::size_t>(match - versions.begin()) + 1;
      add(writer_of(*match), node, read.key + " was read by");
    }
    const bool says_which = !read.in_list || !read.value;
    if (says_which && version < versions.size()) {
      add(node, writer_of(versions[version]), "read " + read.key + " before the write of");
    }
  }

  std::optional<std::size_t> writer_of(const KeyVersion& version) const {
    const auto found = writers_.find(version.seq);
    return found == writers_.end() ? std::nullopt : std::optional(found->second);
  }

  void add(std::optional<std::size_t> from, std::optional<std::size_t> to, std::string why) {
    if (from && to && *from != *to) edges_[*from].push_back({*to, std::move(why)});
  }

  // Depth first, without recursion: histories are long.
  std::optional<std::string> find_cycle(std::size_t root) {
    std::vector<std::pair<std::size_t, std::size_t>> path{{root, 0}};
    state_[root] = State::kOpen;
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == edges_[node].size()) {
        state_[node] = State::kDone;
        path.pop_back();
        continue;
      }
      const std::size_t to = edges_[node][next++].to;
      if (state_[to] == State::kOpen) return told(path, to);
      if (state_[to] == State::kDone) continue;
      state_[to] = State::kOpen;
      path.emplace_back(to, 0);
    }
    return std::nullopt;
  }

  std::string told(const std::vector<std::pair<std::size_t, std::size_t>>& path,
                   std::size_t begin) const {
    std::string text = "a cycle: ";
    const auto at = std::find_if(path.begin(), path.end(),
                                 [&](const auto& step) { return step.first == begin; });
    for (auto step = at; step != path.end(); ++step) {
      const auto& [node, next] = *step;
      text += fmt::format("{} {} ", nodes_[node]->name, edges_[node][next - 1].why);
    }
    return text + nodes_[begin]->name;
  }

  const TransactionHistory& history_;
  std::vector<const CommittedTransaction*> nodes_;
  std::vector<std::vector<Edge>> edges_;
  std::map<std::uint64_t, std::size_t> writers_;  // by seq
  std::vector<State> state_;
  std::string wrong_;
};

}  // namespace

std::optional<std::string> find_violation(const TransactionHistory& history) {
  return Graph(history).violation();
}

}  // namespace kvstore::testing
