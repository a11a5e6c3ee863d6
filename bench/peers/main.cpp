// The same work through kvstore's library and through its peers from Debian 12.
// `make bench-peers` runs it; bench/README.md explains what it prints.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <optional>

#include <CLI/CLI.hpp>

#include "bench/peers/data.h"
#include "bench/peers/flipped_peer.h"
#include "bench/peers/machine.h"
#include "bench/peers/report.h"
#include "bench/peers/runner.h"
#include "bench/peers/small_memory.h"

namespace {

struct Arguments {
  peers::Plan plan;
  std::string json, markdown;
  std::vector<std::string> only;
  std::string flip;
  bool small_memory = false;
};

void describe(CLI::App& app, Arguments& arguments) {
  app.add_option("--scale", arguments.plan.scale, "fraction of the full size; 0.001 is a check")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--keys", arguments.plan.full_keys, "keys of the workload keys and values")
      ->check(CLI::Range(std::uint64_t{1000}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_option("--value-size", arguments.plan.value_size, "bytes of their values")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--workload", arguments.plan.workload, "only this one: 'keys and values'");
  app.add_option("--rounds", arguments.plan.rounds, "rounds that the medians are of")
      ->check(CLI::Range(1, 99))
      ->capture_default_str();
  app.add_option("--seconds", arguments.plan.seconds, "longest measurement of reads, synced writes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--directory", arguments.plan.directory, "where databases live meanwhile")
      ->check(CLI::ExistingDirectory)
      ->take_last()
      ->capture_default_str();
  app.add_option("--only", arguments.only, "these peers beside kvstore: 'LMDB,tkrzw hash'")
      ->delimiter(',');
  app.add_option("--json", arguments.json, "file for all figures")->take_last();
  app.add_option("--markdown", arguments.markdown, "file whose part about peers is written anew")
      ->check(CLI::ExistingFile);
  app.add_flag("--small-memory", arguments.small_memory,
               "GETs of --keys whose data is four times the process's memory, and nothing else");
  app.add_option("--flip", arguments.flip, "for tests: kvstore's answers of this kind are wrong")
      ->check(CLI::IsMember({"get", "absent", "read", "whole", "range"}));
}

using Peers = std::vector<std::unique_ptr<peers::Peer>>;

void keep_only(Peers& all, const std::vector<std::string>& names) {
  if (names.empty()) return;
  const auto is_wanted = [&](const auto& peer) {
    return peer->name() == "kvstore" ||
           std::find(names.begin(), names.end(), peer->name()) != names.end();
  };
  for (const std::string& name : names) {
    const bool known =
        std::any_of(all.begin(), all.end(), [&](const auto& peer) { return peer->name() == name; });
    if (!known) peers::fail("unknown peer '" + name + "'");
  }
  std::erase_if(all, [&](const auto& peer) { return !is_wanted(peer); });
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  if (!out.flush()) peers::fail("cannot write " + path);
}

Peers chosen_peers(const Arguments& arguments) {
  peers::set_value_size(arguments.plan.value_size);
  Peers all = peers::all_peers();
  keep_only(all, arguments.only);
  return all;
}

peers::Report measure(const Arguments& arguments) {
  Peers all = chosen_peers(arguments);
  if (!arguments.flip.empty()) {
    all.front() = peers::flipped_peer(std::move(all.front()), arguments.flip);
  }
  peers::Report report;
  report.plan = arguments.plan;
  for (const auto& peer : all) report.peers.push_back({peer->name(), peer->configuration()});
  const peers::Observer observer(arguments.plan.directory);
  report.sheet = peers::run(all, arguments.plan);
  report.circumstances = observer.finish();
  return report;
}

}  // namespace

namespace peers {

std::vector<std::unique_ptr<Peer>> all_peers() {
  std::vector<std::unique_ptr<Peer>> all;
  for (auto* make : {kvstore_peer, leveldb_peer, rocksdb_peer, rocksdb_merge_peer, lmdb_peer,
                     sqlite_peer, tkrzw_hash_peer, tkrzw_tree_peer}) {
    all.push_back(make());
  }
  return all;
}

}  // namespace peers

int main(int argc, char** argv) {
  CLI::App app{"The same work through kvstore's library and its peers."};
  Arguments arguments;
  describe(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.small_memory) {
    // Of the others the caches are as large as they are for the other workloads.
    if (arguments.only.empty()) arguments.only = {"RocksDB", "LMDB"};
    peers::measure_small_memory(chosen_peers(arguments), arguments.plan);
    return 0;
  }
  // What cannot be written shall not cost a quarter of an hour first.
  std::optional<peers::MarkdownFile> markdown;
  if (!arguments.markdown.empty()) markdown.emplace(arguments.markdown);
  if (!arguments.json.empty()) write_file(arguments.json, "");
  const peers::Report report = measure(arguments);
  std::fputs(peers::as_table(report).c_str(), stdout);
  if (!arguments.json.empty()) write_file(arguments.json, peers::as_json(report));
  if (markdown) markdown->write(peers::as_markdown(report));
  return 0;
}
