#include "tests/fuzz/command_model.h"

#include <algorithm>
#include <charconv>

#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::fuzz {
namespace {

using command::Reply;
using command::same_word;

// Numbers everybody reads alike; of others the model has no opinion.
std::optional<std::int64_t> plain_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && text.size() < 12 ? std::optional(number) : std::nullopt;
}

Reply value_of(const std::optional<std::string>& value) {
  return value ? Reply::value(*value) : Reply::missing();
}

Reply too_big() { return Reply::failure({Code::kTooBig, {}, {}}); }

bool all_keys_fit(const CommandModel::Words& argv, std::size_t from) {
  return std::all_of(argv.begin() + static_cast<std::ptrdiff_t>(from), argv.end(),
                     [](std::string_view key) { return key.size() <= kMaxKeySize; });
}

}  // namespace

std::vector<std::string> CommandModel::live_keys() const {
  std::vector<std::string> keys;
  for (const std::string& key : values_.keys()) {
    if (values_.now(key)) keys.push_back(key);
  }
  return keys;
}

std::optional<Reply> CommandModel::execute(const Words& argv) {
  if (argv.size() < 2) {
    if (argv.size() == 1 && same_word(argv[0], "COUNT") && !any_blurred()) {
      return Reply::of(static_cast<std::int64_t>(live_count()));
    }
    return std::nullopt;
  }
  const bool about_blurred = std::any_of(argv.begin() + 1, argv.end(), [this](auto word) {
    return is_blurred(std::string(word));
  });
  const bool sets = same_word(argv[0], "SET") && argv.size() == 3;
  if (about_blurred && !sets) return std::nullopt;
  if (auto reply = write(argv)) return reply;
  return read(argv);
}

Reply CommandModel::set(const std::string& key, std::string value, Reply reply) {
  if (key.size() > kMaxKeySize) return too_big();
  blurred_.erase(key);
  values_.set(key, ++seq_, std::move(value));
  return reply;
}

std::optional<Reply> CommandModel::write(const Words& argv) {
  const std::string key(argv[1]);
  const auto is = [&](std::string_view name, std::size_t words) {
    return same_word(argv[0], name) && argv.size() == words;
  };
  const auto old = values_.now(key);
  if (is("CREATE", 2)) {
    if (old) return Reply::failure({Code::kExists, {}, {}});
    return set(key, "", Reply::ok());
  }
  if (is("SET", 3)) return set(key, std::string(argv[2]), Reply::ok());
  if (is("SET", 4) && same_word(argv[3], "NX")) {
    return old ? Reply::missing() : set(key, std::string(argv[2]), Reply::ok());
  }
  if (is("APPEND", 3)) {
    std::string value = old.value_or("") + std::string(argv[2]);
    const auto size = static_cast<std::int64_t>(value.size());
    return set(key, std::move(value), Reply::of(size));
  }
  if (is("DELETE", 2) && all_keys_fit(argv, 1)) {
    if (!old) return Reply::missing();
    values_.set(key, ++seq_, std::nullopt);
    return Reply::ok();
  }
  if (same_word(argv[0], "DEL") && all_keys_fit(argv, 1)) return remove_all(argv);
  return std::nullopt;
}

Reply CommandModel::remove_all(const Words& argv) {
  std::set<std::string> there;
  for (const std::string_view key : Words(argv.begin() + 1, argv.end())) {
    if (values_.now(std::string(key))) there.emplace(key);
  }
  if (!there.empty()) ++seq_;
  for (const std::string& key : there) values_.set(key, seq_, std::nullopt);
  return Reply::of(static_cast<std::int64_t>(there.size()));
}

std::optional<Reply> CommandModel::read(const Words& argv) const {
  const std::string key(argv[1]);
  const auto is = [&](std::string_view name, std::size_t words) {
    return same_word(argv[0], name) && argv.size() == words;
  };
  if (same_word(argv[0], "EXISTS") && all_keys_fit(argv, 1)) return count_existing(argv);
  if (is("GET", 2)) return value_of(values_.now(key));
  if (is("GET", 4) && same_word(argv[2], "AT")) {
    const auto seq = plain_number(argv[3]);
    const bool digits = argv[3].find_first_not_of("0123456789") == argv[3].npos;
    if (!seq || !digits || unsure_history_.count(key) != 0) return std::nullopt;
    const auto wanted = static_cast<std::uint64_t>(*seq);
    if (wanted > seq_) return Reply::failure({Code::kNumber, "yet to come", ""});
    return value_of(values_.at(key, wanted));
  }
  if (is("STRLEN", 2)) {
    return Reply::of(static_cast<std::int64_t>(values_.now(key).value_or("").size()));
  }
  if (is("READ", 4)) return read_part(argv);
  if (is("KEYS", 2) && !any_blurred()) {
    const std::string_view glob = argv[1];
    const bool is_prefix = glob.ends_with('*') && glob.find_first_of("*?[\\") == glob.size() - 1;
    if (is_prefix) return list(glob.substr(0, glob.size() - 1));
  }
  return std::nullopt;
}

std::optional<Reply> CommandModel::read_part(const Words& argv) const {
  const auto offset = plain_number(argv[2]);
  const auto length = plain_number(argv[3]);
  if (!offset || !length || argv[3].starts_with("-")) return std::nullopt;
  const auto value = values_.now(std::string(argv[1]));
  if (!value) return Reply::missing();
  const auto size = static_cast<std::int64_t>(value->size());
  const std::int64_t begin = *offset < 0 ? std::max<std::int64_t>(0, size + *offset)
                                         : std::min(*offset, size);
  return Reply::value(value->substr(static_cast<std::size_t>(begin),
                                    static_cast<std::size_t>(*length)));
}

Reply CommandModel::count_existing(const Words& argv) const {
  return Reply::of(std::count_if(argv.begin() + 1, argv.end(), [this](std::string_view key) {
    return values_.now(std::string(key)).has_value();
  }));
}

Reply CommandModel::list(std::string_view prefix) const {
  Reply reply = Reply::array({});
  for (const std::string& key : live_keys()) {
    if (key.starts_with(prefix)) reply.items.push_back(Reply::value(key));
  }
  return reply;
}

void CommandModel::note_commit(std::uint64_t last_seq) {
  for (const std::string& key : values_.keys()) unsure_history_.insert(key);
  seq_ = last_seq;
}

void CommandModel::learn(const Words& argv, const Reply& reply, std::uint64_t last_seq) {
  seq_ = last_seq;
  const command::Command* row = argv.empty() ? nullptr : command::find_command(argv[0]);
  if (row == nullptr || !row->has(command::kWrite)) return;
  if (reply.kind == Reply::Kind::kError || argv.size() < 2) return;
  // SET with an expiry, or whatever it did to a key that has one.
  const bool one_key = !same_word(argv[0], "DEL");
  for (const std::string_view word : Words(argv.begin() + 1, one_key ? argv.begin() + 2 : argv.end())) {
    blurred_.emplace(word);
    unsure_history_.emplace(word);
    values_.set(std::string(word), seq_, std::nullopt);
  }
}

}  // namespace kvstore::fuzz
