#include "src/command/settings.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/core.h>

#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/server_control.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

// What cannot be otherwise.
constexpr std::pair<std::string_view, std::string_view> kFixed[] = {
    {"activedefrag", "no"},
    {"aof-use-rdb-preamble", "no"},
    {"appendonly", "yes"},
    {"cluster-enabled", "no"},
    {"databases", "1"},
    {"latency-monitor-threshold", "0"},
    {"lazyfree-lazy-user-del", "no"},
    {"list-max-listpack-size", "-2"},
    {"maxmemory", "0"},
    {"maxmemory-policy", "noeviction"},
    {"notify-keyspace-events", ""},
    {"save", ""},
    {"set-max-intset-entries", "512"},
    {"zset-max-listpack-entries", "128"},
    {"zset-max-listpack-value", "64"},
};

std::string_view fsync_of(const SyncPolicy& policy) {
  switch (policy.mode) {
    case SyncPolicy::Mode::kAlways:
      return "always";
    case SyncPolicy::Mode::kInterval:
      return "everysec";
    case SyncPolicy::Mode::kNone:
      return "no";
  }
  return "always";
}

std::string microseconds_of(std::uint64_t threshold) {
  return threshold == UINT64_MAX ? "-1" : std::to_string(threshold);
}

// --- those that can be changed

constexpr std::string_view kSlowerThan = "slowlog-log-slower-than";
constexpr std::string_view kSlowLogLength = "slowlog-max-len";
constexpr std::string_view kPassword = "requirepass";

Failure wrong_value(std::string_view name, std::string_view why) {
  return {Code::kNumber,
          fmt::format("{}: {}", name, why),
          {},
          fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why)};
}

Failure unknown_setting(std::string_view name) {
  return {Code::kUnknown, fmt::format("there is no setting {}", quote(name)), "CONFIG GET *",
          fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'",
                      name.substr(0, 64))};
}

// The number it is to be; nullopt: it is no setting that takes one.
Checked<std::optional<std::int64_t>> take_number(std::string_view name, std::string_view value) {
  if (name != kSlowerThan && name != kSlowLogLength) return std::nullopt;
  const auto number = parse_integer(value);
  const std::int64_t least = name == kSlowerThan ? -1 : 0;
  if (!number || *number < least) {
    return fail(wrong_value(
        name, number ? fmt::format("argument must be between {} and {} inclusive", least, INT64_MAX)
                     : "argument couldn't be parsed into an integer"));
  }
  return *number;
}

void change(ServerControl& control, std::string_view name, std::int64_t number) {
  if (name == kSlowerThan) {
    control.slow_log().set_threshold_us(number < 0 ? UINT64_MAX
                                                   : static_cast<std::uint64_t>(number));
  } else {
    control.slow_log().set_most(static_cast<std::uint64_t>(number));
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> settings_of(const Call& call) {
  std::vector<std::pair<std::string, std::string>> all(std::begin(kFixed), std::end(kFixed));
  all.emplace_back("appendfsync", fsync_of(call.store().options().sync));
  const std::string& path = call.store().path();
  const std::size_t slash = path.rfind('/');
  all.emplace_back("appendfilename", slash == path.npos ? path : path.substr(slash + 1));
  all.emplace_back("dir",
                   slash == path.npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1)));
  if (ServerControl* const control = call.session.server_control()) {
    all.emplace_back(kSlowerThan, microseconds_of(control->slow_log().threshold_us()));
    all.emplace_back(kSlowLogLength, std::to_string(control->slow_log().most()));
    all.emplace_back(kPassword, control->password_hash());
    for (auto& setting : control->settings()) all.push_back(std::move(setting));
  }
  std::sort(all.begin(), all.end());
  return all;
}

Outcome change_settings(const Call& call, Args words) {
  ServerControl* const control = call.session.server_control();
  const auto all = settings_of(call);
  std::vector<std::pair<std::string, std::int64_t>> changes;
  std::optional<std::string_view> password;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string name = lower(words[i]);
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const auto& setting) { return setting.first == name; });
    if (known == all.end()) return fail(unknown_setting(words[i]));
    for (std::size_t before = 0; before < i; before += 2) {
      if (same_word(words[before], name)) return fail(wrong_value(words[i], "duplicate parameter"));
    }
    if (name == kPassword) {
      password = words[i + 1];
      continue;
    }
    KV_ASSIGN(const auto number, take_number(name, words[i + 1]));
    if (number) {
      changes.emplace_back(name, *number);
    } else if (known->second != words[i + 1]) {
      Failure failure = wrong_value(name, "can't set immutable config");
      failure.error.message = fmt::format("{} cannot be changed while the server runs", name);
      failure.error.hint = "CONFIG SET slowlog-max-len 128; HELP CONFIG names what can be changed";
      return fail(std::move(failure));
    }
  }
  if (password) KV_TRY(control->set_password(*password));
  for (const auto& [name, number] : changes) change(*control, name, number);
  return {};
}

}  // namespace kvstore::command
