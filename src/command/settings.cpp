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

// Settings that cannot be changed.
constexpr std::pair<std::string_view, std::string_view> kFixed[] = {
    {"activedefrag", "no"},
    {"aof-use-rdb-preamble", "no"},
    {"appendonly", "yes"},
    {"cluster-enabled", "no"},
    {"daemonize", "no"},
    {"databases", "1"},
    {"lazyfree-lazy-user-del", "no"},
    {"list-max-listpack-size", "-2"},
    {"maxmemory", "0"},
    {"maxmemory-policy", "noeviction"},
    {"save", ""},
    {"set-max-intset-entries", "512"},
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

// --- Settings that can be changed

constexpr std::string_view kPassword = "requirepass";
constexpr std::string_view kEvents = "notify-keyspace-events";

// Settings with integer values.
struct Number {
  std::string_view name;
  std::int64_t least;
  std::int64_t (*get)(ServerControl&);
  void (*set)(ServerControl&, std::int64_t);
};

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::int64_t most_members(ServerControl& control) { return control.listpack_limits().members; }
void set_most_members(ServerControl& control, std::int64_t number) {
  control.listpack_limits().members = number;
}
std::int64_t longest_member(ServerControl& control) { return control.listpack_limits().name_size; }
void set_longest_member(ServerControl& control, std::int64_t size) {
  control.listpack_limits().name_size = size;
}

constexpr Number kNumbers[] = {
    {"latency-monitor-threshold", 0,
     [](ServerControl& control) { return signed_of(control.latency_events().threshold_ms()); },
     [](ServerControl& control, std::int64_t ms) {
       control.latency_events().set_threshold_ms(static_cast<std::uint64_t>(ms));
     }},
    // -1 (nothing is slow) is stored as UINT64_MAX.
    {"slowlog-log-slower-than", -1,
     [](ServerControl& control) { return signed_of(control.slow_log().threshold_us()); },
     [](ServerControl& control, std::int64_t us) {
       control.slow_log().set_threshold_us(static_cast<std::uint64_t>(us));
     }},
    {"slowlog-max-len", 0,
     [](ServerControl& control) { return signed_of(control.slow_log().most()); },
     [](ServerControl& control, std::int64_t entries) {
       control.slow_log().set_most(static_cast<std::uint64_t>(entries));
     }},
    {"zset-max-listpack-entries", 0, most_members, set_most_members},
    {"zset-max-listpack-value", 0, longest_member, set_longest_member},
    // Their names before Redis 7.
    {"zset-max-ziplist-entries", 0, most_members, set_most_members},
    {"zset-max-ziplist-value", 0, longest_member, set_longest_member},
};

const Number* find_number(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                         [name](const Number& one) { return one.name == name; });
  return found == std::end(kNumbers) ? nullptr : found;
}

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

Checked<std::int64_t> take_number(const Number& setting, std::string_view value) {
  const auto number = parse_integer(value);
  if (number && *number >= setting.least) return *number;
  return fail(wrong_value(
      setting.name,
      number ? fmt::format("argument must be between {} and {} inclusive", setting.least, INT64_MAX)
             : "argument couldn't be parsed into an integer"));
}

Checked<std::uint32_t> take_event_classes(std::string_view letters) {
  if (const auto classes = parse_event_classes(letters)) return *classes;
  return fail(wrong_value(kEvents, "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."));
}

using Settings = std::vector<std::pair<std::string, std::string>>;

// Checks all names before anything is changed.
Outcome check_names(const Settings& all, Args words) {
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const bool is_known = std::any_of(all.begin(), all.end(), [&](const auto& setting) {
      return same_word(setting.first, words[i]);
    });
    if (!is_known) return fail(unknown_setting(words[i]));
    for (std::size_t before = 0; before < i; before += 2) {
      if (same_word(words[before], words[i])) {
        return fail(wrong_value(words[i], "duplicate parameter"));
      }
    }
  }
  return {};
}

// A fixed setting accepts its present value only.
Outcome check_unchanged(const Settings& all, const std::string& name, std::string_view value) {
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](const auto& setting) { return setting.first == name; });
  if (known->second == value) return {};
  Failure failure = wrong_value(name, "can't set immutable config");
  failure.error.message = fmt::format("{} cannot be changed while the server runs", name);
  failure.error.hint = "CONFIG SET slowlog-max-len 128; HELP CONFIG names what can be changed";
  return fail(std::move(failure));
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
    for (const Number& number : kNumbers) {
      all.emplace_back(number.name, std::to_string(number.get(*control)));
    }
    all.emplace_back(kPassword, control->password_hash());
    all.emplace_back(kEvents, event_class_letters(control->keyspace_events().classes()));
    for (auto& setting : control->settings()) all.push_back(std::move(setting));
  }
  std::sort(all.begin(), all.end());
  return all;
}

Outcome change_settings(const Call& call, Args words) {
  ServerControl* const control = call.session.server_control();
  const Settings all = settings_of(call);
  KV_TRY(check_names(all, words));
  std::vector<std::pair<const Number*, std::int64_t>> changes;
  std::optional<std::string_view> password;
  std::optional<std::uint32_t> event_classes;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string name = lower(words[i]);
    if (name == kPassword) {
      password = words[i + 1];
    } else if (name == kEvents) {
      KV_ASSIGN(event_classes, take_event_classes(words[i + 1]));
    } else if (const Number* const setting = find_number(name)) {
      KV_ASSIGN(const std::int64_t number, take_number(*setting, words[i + 1]));
      changes.emplace_back(setting, number);
    } else {
      KV_TRY(check_unchanged(all, name, words[i + 1]));
    }
  }
  if (password) KV_TRY(control->set_password(*password));
  if (event_classes) KV_TRY(control->keyspace_events().set_classes(*event_classes));
  for (const auto& [setting, number] : changes) setting->set(*control, number);
  return {};
}

}  // namespace kvstore::command
