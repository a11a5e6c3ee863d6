#include "src/cli/settings.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "src/base/edit_distance.h"
#include "src/cli/config_file.h"
#include "src/command/words.h"
#include "src/options/option_checks.h"

namespace kvstore::cli {
namespace {

// Options that concern one run, or the output.
constexpr std::string_view kOfCommandLine[] = {
    "ack",     "cmd",        "color",      "config",       "file",  "format",
    "help",    "init",       "json",       "mode",         "nil",   "no-empty",
    "no-init", "no-newline", "keep-going", "print-config", "quiet", "version"};
constexpr const char* kCommandLine = "command line";
constexpr std::string_view kPlaces[] = {"listen", "tls-listen", "http", "unix-socket"};

template <std::size_t kSize>
bool is_one_of(std::string_view name, const std::string_view (&names)[kSize]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// "sync" for --sync, "file" for FILE; empty: it can only be set on the command line.
std::string name_of(const CLI::Option& option) {
  if (option.get_positional()) return command::lower(option.get_name());
  if (option.get_lnames().empty()) return {};
  const std::string& name = option.get_lnames().front();
  return is_one_of(name, kOfCommandLine) ? "" : name;
}

CLI::Option* find_option(CLI::App& app, std::string_view name) {
  const auto options =
      app.get_options([&](CLI::Option* option) { return name_of(*option) == name; });
  return options.empty() ? nullptr : options.front();
}

std::string nearest_name(const CLI::App& app, std::string_view name) {
  std::string nearest;
  // at least half of it must be right
  std::size_t least = std::min<std::size_t>(4, name.size() / 2 + 1);
  for (const CLI::Option* const option : app.get_options()) {
    const std::string other = name_of(*option);
    const std::size_t distance = other.empty() ? least : edit_distance(name.substr(0, 40), other);
    if (distance >= least) continue;
    least = distance;
    nearest = other;
  }
  return nearest;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

// "false", and CLI11's other words for it: 0, no, off, n, f.
bool is_off(const std::string& value) {
  try {
    return CLI::detail::to_flag_value(value) <= 0;
  } catch (const std::exception&) {
    return false;  // not a flag's value, which the option will report
  }
}

// "--sync always, or --sync none" becomes `sync = "always", or sync = "none"`.
std::string hint_in_toml(std::string_view name, std::string hint) {
  const std::string option = fmt::format("--{} ", name);
  for (std::size_t at = 0; (at = hint.find(option, at)) != hint.npos;) {
    const std::size_t begin = at + option.size();
    const std::size_t end = std::min(hint.find_first_of(", ", begin), hint.size());
    const std::string line =
        fmt::format("{} = {}", name, toml_value(hint.substr(begin, end - begin)));
    hint.replace(at, end - at, line);
    at += line.size();
  }
  return hint;
}

// Sets the option as CLI11 would from the command line.
Status give(CLI::App& app, CLI::Option& option, const std::string& value,
            const std::string& source) {
  if (is_flag(option) && is_off(value)) return {};
  try {
    option.add_result(value);
    option.run_callback();
    return {};
  } catch (const CLI::ParseError& error) {
    Error explained = option_checks::explain(error, app, {});
    explained.message = fmt::format("{}: {}", source, explained.message);
    return fail(std::move(explained));
  }
}

std::string variable_of(std::string_view name) {
  std::string variable = "KVSTORE_" + command::upper(name);
  std::replace(variable.begin(), variable.end(), '-', '_');
  return variable;
}

// An option on the command line takes its value only from there.
bool is_free(const CLI::Option& option, bool serves) {
  const std::string name = name_of(option);
  return !name.empty() && option.count() == 0 && (serves || !is_one_of(name, kPlaces));
}

tl::unexpected<Error> unknown_key(const CLI::App& app, const std::string& source,
                                  const std::string& name) {
  if (is_one_of(name, kOfCommandLine)) {
    return fail(Code::kUsage,
                fmt::format("{}: {} is not an option of the store or the server", source, name),
                fmt::format("--{}, on the command line", name));
  }
  const std::string nearest = nearest_name(app, name);
  return fail(Code::kUsage, fmt::format("{}: unknown key '{}'", source, name),
              nearest.empty() ? "kvstore --help lists the options, which are the keys"
                              : fmt::format("did you mean {}?", nearest));
}

std::string shown_value(const CLI::Option& option) {
  if (is_flag(option)) return option.count() > 0 ? "true" : "false";
  if (option.count() > 0) return toml_string(option.results().front());
  return toml_string(option.get_default_str());
}

// A default that is not a valid value is not printed, so that the output can be read again.
bool is_nothing(const CLI::Option& option) {
  const std::string standard = option.get_default_str();
  return !is_flag(option) && option.count() == 0 &&
         (standard.empty() || standard.find(' ') != standard.npos);
}

}  // namespace

Result<Settings> Settings::apply(CLI::App& app, const std::string& file, bool serves) {
  Settings settings;
  for (const CLI::Option* const option : app.get_options()) {
    if (option->count() > 0) settings.sources_[name_of(*option)] = kCommandLine;
  }
  for (CLI::Option* const option : app.get_options([](CLI::Option*) { return true; })) {
    const char* const value =
        is_free(*option, serves) ? std::getenv(variable_of(name_of(*option)).c_str()) : nullptr;
    if (value == nullptr || *value == '\0') continue;
    const std::string source = '$' + variable_of(name_of(*option));
    KV_TRY(give(app, *option, value, source));
    settings.sources_[name_of(*option)] = source;
  }
  if (file.empty()) return settings;
  KV_ASSIGN(const std::vector<ConfigEntry> entries, read_config_file(file));
  for (const ConfigEntry& entry : entries) {
    const std::string source = fmt::format("{} line {}", file, entry.line);
    CLI::Option* const option = find_option(app, entry.name);
    if (option == nullptr) return unknown_key(app, source, entry.name);
    if (!is_free(*option, serves)) continue;
    settings.in_file_.insert(entry.name);
    if (Status given = give(app, *option, entry.value, source); !given) {
      Error error = std::move(given.error());
      error.hint = settings.hint_of(entry.name, error.hint);
      return fail(std::move(error));
    }
    settings.sources_[entry.name] = source;
  }
  return settings;
}

bool Settings::names(std::string_view name, const std::string& file) {
  const char* const value = std::getenv(variable_of(name).c_str());
  if (value != nullptr && *value != '\0') return true;
  if (file.empty()) return false;
  const auto entries = read_config_file(file);
  return entries && std::any_of(entries->begin(), entries->end(),
                                [name](const ConfigEntry& entry) { return entry.name == name; });
}

std::string Settings::place_of(std::string_view name) const {
  const auto source = sources_.find(std::string(name));
  const bool is_elsewhere = source != sources_.end() && source->second != kCommandLine;
  return is_elsewhere ? source->second + ": " : "";
}

std::string Settings::hint_of(std::string_view name, const std::string& hint) const {
  return in_file_.contains(name) ? hint_in_toml(name, hint) : hint;
}

std::string Settings::describe(const CLI::App& app) const {
  std::string text;
  for (const CLI::Option* const option : app.get_options()) {
    const std::string name = name_of(*option);
    if (name.empty()) continue;
    const auto source = sources_.find(name);
    text += fmt::format("{}{} = {}  # {}\n", is_nothing(*option) ? "# " : "", name, shown_value(*option),
                        source == sources_.end() ? "default" : source->second);
  }
  return text;
}

}  // namespace kvstore::cli
