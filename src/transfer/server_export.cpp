#include "src/transfer/server_export.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/check.h"
#include "src/client/login.h"
#include "src/client/pipeline.h"
#include "src/command/numbers.h"
#include "src/sorted_set/changes.h"
#include "src/transfer/change_output.h"

namespace kvstore::transfer {
namespace {

using command::Reply;

constexpr std::uint64_t kPage = 500;        // keys, or members of a long set, for each request
constexpr std::uint64_t kShort = 64 << 10;  // bytes of a value that are requested with its page
constexpr std::uint64_t kAsked = 4 << 20;   // bytes of a longer value that are requested at once
constexpr std::size_t kMetaItems = 6;       // seq, time, type, size, expiry, bytes

// META's answer for a key, and as much of a string as was requested.
struct ServerKey {
  std::string key, value;
  ValueType type = ValueType::kString;
  std::uint64_t size = 0, expires_at_ms = 0;
  bool is_whole = false;
};

tl::unexpected<Error> misunderstood(std::string_view command) {
  return fail(Code::kNetwork, fmt::format("the server's answer to {} is none", command),
              "is it a kvstore of this version?");
}

class ServerExporter {
 public:
  ServerExporter(const client::Address& address, const ExportOptions& options, Sink& sink)
      : address_(address), options_(options), output_(options, sink) {}

  Result<ExportReport> run(const client::Credentials& credentials);

 private:
  Result<Reply> receive();
  Result<Reply> ask(std::initializer_list<std::string_view> words);
  void ask_for_keys(std::string_view after);
  Result<std::vector<std::string>> take_keys();
  Status write_page(std::vector<std::string>& keys, bool is_last);
  Result<std::vector<ServerKey>> take_entries(std::vector<std::string>& keys);
  Status take_meta(const Reply& reply, ServerKey* entry);
  Status take_short_sets(std::vector<ServerKey>& entries);
  Status write(ServerKey& entry);
  Status write_string(ServerKey& entry);
  Status write_set(const ServerKey& entry);
  Result<std::uint64_t> take_members(std::string* members);
  Status put(const ServerKey& entry, std::string_view value, bool is_first);

  const client::Address& address_;
  const ExportOptions& options_;
  ChangeOutput output_;
  client::Pipeline pipeline_{wire::Protocol::kText};
  std::optional<std::vector<std::string>> next_keys_;
};

Result<ExportReport> ServerExporter::run(const client::Credentials& credentials) {
  KV_TRY(pipeline_.open(address_, credentials));
  KV_TRY(ask({"BEGIN", "READONLY"}));
  ask_for_keys({});
  KV_ASSIGN(auto keys, take_keys());
  while (!keys.empty()) {
    if (is_cancelled()) return cancelled();
    const bool is_last = keys.size() < kPage;
    KV_TRY(write_page(keys, is_last));
    keys = is_last ? std::vector<std::string>() : std::move(*next_keys_);
  }
  return output_.finish();
}

// Receives a reply. An error reply becomes an error of the export.
Result<Reply> ServerExporter::receive() {
  KV_ASSIGN(Reply reply, pipeline_.receive());
  if (reply.kind != Reply::Kind::kError) return reply;
  Error error = client::connection_error(std::move(reply.error), address_);
  if (error.code == Code::kAborted) {
    error.hint = "part of the keys, by --prefix; or a longer --transaction-time of the server";
  }
  return fail(std::move(error));
}

Result<Reply> ServerExporter::ask(std::initializer_list<std::string_view> words) {
  pipeline_.put(words);
  return receive();
}

void ServerExporter::ask_for_keys(std::string_view after) {
  const std::string limit = std::to_string(kPage);
  if (after.empty()) return pipeline_.put({"PREFIX", options_.prefix, "LIMIT", limit});
  pipeline_.put({"PREFIX", options_.prefix, "LIMIT", limit, "AFTER", after});
}

Result<std::vector<std::string>> ServerExporter::take_keys() {
  KV_ASSIGN(Reply reply, receive());
  if (reply.kind != Reply::Kind::kArray) return misunderstood("PREFIX");
  std::vector<std::string> keys;
  keys.reserve(reply.items.size());
  for (Reply& item : reply.items) keys.push_back(std::move(item.text));
  return keys;
}

// Requests the next page's keys together with this page's values.
Status ServerExporter::write_page(std::vector<std::string>& keys, bool is_last) {
  const std::string length = std::to_string(kShort);
  for (const std::string& key : keys) pipeline_.put({"READ", key, "0", length, "META"});
  if (!is_last) ask_for_keys(keys.back());
  KV_ASSIGN(auto entries, take_entries(keys));
  if (!is_last) {
    KV_ASSIGN(next_keys_, take_keys());
  }
  KV_TRY(take_short_sets(entries));
  for (ServerKey& entry : entries) {
    if (is_cancelled()) return cancelled();
    KV_TRY(write(entry));
    output_.count();
  }
  return {};
}

// A sorted set answers TYPE; then only its name is known so far.
Result<std::vector<ServerKey>> ServerExporter::take_entries(std::vector<std::string>& keys) {
  std::vector<ServerKey> entries(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    entries[i].key = std::move(keys[i]);
    const auto reply = receive();
    if (!reply && reply.error().code == Code::kType) {
      entries[i].type = ValueType::kZset;
      continue;
    }
    if (!reply) return fail(reply.error());
    KV_TRY(take_meta(*reply, &entries[i]));
  }
  return entries;
}

Status ServerExporter::take_meta(const Reply& reply, ServerKey* entry) {
  const auto& items = reply.items;
  if (items.size() != kMetaItems) return misunderstood("READ ... META");
  const auto type = type_of_name(items[2].text);
  if (!type) {
    return fail(Code::kVersion, fmt::format("a key of the server holds a {}, which this program "
                                            "does not know",
                                            items[2].text));
  }
  entry->type = *type;
  entry->size = static_cast<std::uint64_t>(items[3].integer);
  entry->expires_at_ms = static_cast<std::uint64_t>(items[4].integer);  // NIL gives 0
  entry->value = items[5].text;
  entry->is_whole = *type == ValueType::kString && entry->value.size() == entry->size;
  return {};
}

// Requests, for all sets of a page, first their sizes, then the members of the short ones.
Status ServerExporter::take_short_sets(std::vector<ServerKey>& entries) {
  std::vector<ServerKey*> sets;
  for (ServerKey& entry : entries) {
    if (entry.type == ValueType::kZset) sets.push_back(&entry);
  }
  for (const ServerKey* set : sets) pipeline_.put({"READ", set->key, "0", "0", "META"});
  for (ServerKey* set : sets) {
    KV_ASSIGN(const Reply reply, receive());
    KV_TRY(take_meta(reply, set));
  }
  std::erase_if(sets, [](const ServerKey* set) { return set->size > kShort; });
  for (const ServerKey* set : sets) pipeline_.put({"ZRANGE", set->key, "0", "-1", "WITHSCORES"});
  for (ServerKey* set : sets) {
    KV_TRY(take_members(&set->value));
    set->is_whole = true;
  }
  return {};
}

Status ServerExporter::write(ServerKey& entry) {
  if (entry.is_whole) return put(entry, entry.value, true);
  return entry.type == ValueType::kZset ? write_set(entry) : write_string(entry);
}

// Writes a value above kMaxValueSize as several changes, because it could not be read back as one.
Status ServerExporter::write_string(ServerKey& entry) {
  const bool is_split = entry.size > kMaxValueSize;
  if (is_split) KV_TRY(check_fits(options_.format, entry.key, entry.size));
  const std::string length = std::to_string(kAsked);
  std::string& value = entry.value;
  bool is_first = true;
  for (std::uint64_t read = value.size(); read < entry.size;) {
    if (is_cancelled()) return cancelled();
    KV_ASSIGN(const Reply reply, ask({"READ", entry.key, std::to_string(read), length}));
    if (reply.text.empty()) return misunderstood("READ");
    value += reply.text;
    read += reply.text.size();
    if (!is_split || value.size() < kLongPart || read >= entry.size) continue;
    KV_TRY(put(entry, value, std::exchange(is_first, false)));
    value.clear();
  }
  return put(entry, value, is_first);
}

Status ServerExporter::write_set(const ServerKey& entry) {
  const std::uint64_t most = options_.format == Format::kCsv ? kMaxValueSize : kLongPart;
  std::string members;
  bool is_first = true;
  for (std::uint64_t rank = 0;;) {
    if (is_cancelled()) return cancelled();
    pipeline_.put({"ZRANGE", entry.key, std::to_string(rank), std::to_string(rank + kPage - 1),
                   "WITHSCORES"});
    KV_ASSIGN(const std::uint64_t count, take_members(&members));
    rank += count;
    if (count < kPage) return members.empty() ? Status() : put(entry, members, is_first);
    if (members.size() < most) continue;
    KV_TRY(check_fits(options_.format, entry.key, members.size()));
    KV_TRY(put(entry, members, std::exchange(is_first, false)));
    members.clear();
  }
}

// Returns the number of members.
Result<std::uint64_t> ServerExporter::take_members(std::string* members) {
  KV_ASSIGN(const Reply reply, receive());
  if (reply.kind != Reply::Kind::kArray) return misunderstood("ZRANGE");
  const auto& items = reply.items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const auto score = command::parse_real(items[i + 1].text);
    if (!score) return misunderstood("ZRANGE ... WITHSCORES");
    sorted_set::append_change({items[i].text, *score}, members);
  }
  return items.size() / 2;
}

Status ServerExporter::put(const ServerKey& entry, std::string_view value, bool is_first) {
  return output_.put({.kind = is_first ? Change::Kind::kSet : Change::Kind::kAppend,
                      .key = entry.key,
                      .value = value,
                      .type = entry.type,
                      .expires_at_ms = entry.expires_at_ms});
}

}  // namespace

Result<ExportReport> export_from(const client::Address& address,
                                 const client::Credentials& credentials,
                                 const ExportOptions& options, Sink& sink) {
  KV_CHECK(!options.history && !options.at.seq && !options.at.time_us);
  return ServerExporter(address, options, sink).run(credentials);
}

}  // namespace kvstore::transfer
