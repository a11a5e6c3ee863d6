#include "tests/fuzz/open_check.h"

#include <map>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "src/base/quote.h"
#include "src/maint/audit.h"
#include "src/store/store.h"
#include "tests/fuzz/fenced_files.h"
#include "tests/fuzz/image.h"

namespace kvstore::fuzz {
namespace {

constexpr const char* kPath = "fuzzed";
constexpr std::uint64_t kMaxKeys = 64;

using Opened = Result<std::unique_ptr<Store>>;

Opened open(FencedFiles& files, bool read_only) {
  Options options;
  options.file_system = &files;
  options.read_only = read_only;
  options.sync = SyncPolicy::none();
  return Store::open(kPath, options);
}

std::string shown(std::string_view key) {
  std::string text;
  append_quoted(key, &text, 32);
  return text;
}

// What a key answers, in words. The code alone for an error: its offset may be
// another one once the file was written on.
std::string answer(const Result<bool>& found, const std::string& value) {
  if (!found) return fmt::format("({})", code_name(found.error().code));
  return *found ? "=" + value : "(nil)";
}

std::string get(Store& store, const std::string& key, const At& at = {}) {
  std::string value;
  const auto found = store.get(key, &value, at);
  return answer(found, value);
}

Finding check_parts(Store& store, const std::string& key, const std::string& whole) {
  const auto info = store.stat(key);
  const std::uint64_t size = whole.size() - 1;  // without the '='
  if (!info || !*info || (*info)->size != size) return "STRLEN differs from GET for " + shown(key);
  std::string part;
  const std::uint64_t begin = size / 3, length = size / 2;
  const auto found = store.read(key, static_cast<std::int64_t>(begin), length, &part);
  if (answer(found, part) != "=" + whole.substr(1 + begin, length)) {
    return "READ differs from GET for " + shown(key);
  }
  const auto tail = store.read(key, -static_cast<std::int64_t>(length), length, &part);
  if (length != 0 && answer(tail, part) != "=" + whole.substr(1 + size - length)) {
    return "READ from the end differs from GET for " + shown(key);
  }
  return {};
}

Finding check_key(Store& store, const std::string& key) {
  const std::string now = get(store, key);
  At past;
  past.seq = 2;
  get(store, key, past);
  past = {};
  past.time_us = 1'700'000'000'000'000;
  get(store, key, past);
  int left = 40;
  [[maybe_unused]] const Status ignored =
      store.history(key, 40, [&](const Version&) { return --left > 0; });
  if (left < 0) return "HISTORY is longer than its limit for " + shown(key);
  return now.front() == '=' ? check_parts(store, key, now) : Finding{};
}

std::vector<std::string> keys_of(Store& store) {
  std::vector<std::string> keys;
  [[maybe_unused]] const Status ignored =
      store.scan({}, std::nullopt, kMaxKeys + 1, [&](std::string_view key) {
        keys.emplace_back(key);
        return true;
      });
  return keys;
}

Finding check_keys(Store& store, const std::vector<std::string>& keys) {
  const auto count = store.count();
  if (count && keys.size() <= kMaxKeys && *count != keys.size()) {
    return fmt::format("COUNT is {}, KEYS lists {}", *count, keys.size());
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0 && keys[i - 1] >= keys[i]) return "KEYS is out of order at " + shown(keys[i]);
    if (Finding found = check_key(store, keys[i])) return found;
  }
  return {};
}

Finding check_read_only(FencedFiles& files, bool sound) {
  const std::string before = files.memory(kPath);
  const Opened store = open(files, true);
  Finding found;
  if (store) found = check_keys(**store, keys_of(**store));
  if (!sound) found.reset();
  if (!found && files.memory(kPath) != before) return "a read-only open changed the file";
  return found;
}

struct Judgement {
  bool is_sound = false;  // verify finds nothing wrong but perhaps a torn end
  // The index has right checks, and says what the log does not, or verify stops at a record of a
  // newer format that the index hides from a store.
  bool index_lies = true;
};

Judgement judge(FencedFiles& files) {
  const auto source = maint::open_source(files, kPath, file::Mode::kReadOnly);
  if (!source) return {};
  const auto report = maint::audit(*source, maint::Way::kJudged, 1'700'000'000'000);
  if (!report) return {};
  return {report->state() <= maint::State::kTorn, report->index.is_damaged()};
}

Finding check_append(Store& store, const std::string& key) {
  const std::string before = get(store, key);
  const auto written = store.append(key, "+new");
  if (!written) return {};
  const std::string old = before.front() == '=' ? before.substr(1) : "";
  if (before.front() == '=' && written->total != old.size() + 4) {
    return "APPEND answers a wrong length for " + shown(key);
  }
  const bool known = before.front() == '=' || before == "(nil)";
  if (known && get(store, key) != "=" + old + "+new") return "APPEND lost bytes of " + shown(key);
  return {};
}

Finding write_on(Store& store, const std::vector<std::string>& keys) {
  Batch batch;
  batch.set("batch 1", "one");
  batch.append("batch 2", "two");
  if (keys.size() > 2) batch.remove(keys[2]);
  const auto applied = store.apply(batch);
  if (applied && get(store, "batch 1") != "=one") return "a batch was applied and is not there";
  for (std::size_t i = 0; i < keys.size() && i < 2; ++i) {
    if (Finding found = check_append(store, keys[i])) return found;
  }
  return check_append(store, "a new key");
}

std::map<std::string, std::string> answers(Store& store, const std::vector<std::string>& keys) {
  std::map<std::string, std::string> all;
  for (const std::string& key : keys) all[key] = get(store, key);
  return all;
}

// Writes on, closes; what every key answered then.
Finding write_and_close(FencedFiles& files, bool sound, std::map<std::string, std::string>* said) {
  const Opened store = open(files, false);
  if (!store) return {};
  std::vector<std::string> keys = keys_of(**store);
  Finding found = check_keys(**store, keys);
  if (!found) found = write_on(**store, keys);
  if (found && sound) return found;
  keys.insert(keys.end(), {"a new key", "batch 1", "batch 2", "never written"});
  *said = answers(**store, keys);
  [[maybe_unused]] const Status ignored = (*store)->close();
  return {};
}

Finding check_reopened(FencedFiles& files, const std::map<std::string, std::string>& said) {
  if (said.empty()) return {};
  const Opened store = open(files, false);
  if (!store) return fmt::format("it was open, and opens no more: {}", store.error().message);
  for (const auto& [key, answer] : said) {
    const std::string now = get(**store, key);
    if (now != answer) {
      return fmt::format("{} answers {} after the reopen, and was {}", shown(key), shown(now),
                         shown(answer));
    }
  }
  return {};
}

}  // namespace

Finding check_open(Input input, const OpenHooks& hooks) {
  const Image image = make_image(input);
  FencedFiles files;
  files.put(kPath, image.bytes);
  if (image.rebooted) files.reboot();
  const Judgement judgement = judge(files);
  if (Finding found = check_read_only(files, judgement.is_sound)) return found;
  std::map<std::string, std::string> said;
  if (Finding found = write_and_close(files, judgement.is_sound, &said)) return found;
  // Such an index may be believed before, and no longer after.
  if (judgement.index_lies) return {};
  if (hooks.while_closed) {
    std::string bytes = files.memory(kPath);
    hooks.while_closed(&bytes);
    files.put(kPath, bytes);
  }
  return check_reopened(files, said);
}

}  // namespace kvstore::fuzz
