#include "tests/faults/workload.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <set>
#include <string_view>

#include "src/file/file_system.h"
#include "src/maint/audit.h"
#include "src/store/reference_limit.h"
#include "tests/faults/system_calls.h"

namespace kvstore::test {

using kvstore::testing::Model;

namespace {

constexpr std::size_t kPage = 4096;

std::string bytes_of(int step) {
  return std::string(step == 7 ? 100'000 : 50, static_cast<char>('a' + step % 26));
}

template <class T>
Status status_of(Result<T> result) {
  return result ? Status{} : Status(fail(std::move(result.error())));
}

std::set<std::string> live_keys(const Model& model) {
  std::set<std::string> keys;
  for (const std::string& key : model.keys()) {
    if (model.now(key)) keys.insert(key);
  }
  return keys;
}

}  // namespace

std::string Workload::key_of(int number) const {
  std::string key = "key" + std::to_string(number % shape.keys);
  key.resize(std::max(key.size(), shape.key_size), 'k');
  return key;
}

void Workload::write(Store& store, const Step& step) {
  Status done;
  try {
    done = step.call();
  } catch (const std::bad_alloc&) {
    done = fail(Code::kMemory, {});
  }
  const Exempt own_account;
  const std::uint64_t seq = store.stats().last_seq;
  if (seq > written) model = step.next;
  written = std::max(written, seq);
  if (done) {
    acknowledged = written;
  } else {
    ++refused;
    said_failed |= done.error().code == Code::kFailed;
  }
}

void Workload::read(Store& store, const std::string& key) {
  std::string found;
  Result<bool> there = false;
  try {
    there = store.get(key, &found);
  } catch (const std::bad_alloc&) {
    there = fail(Code::kMemory, {});
  }
  const Exempt own_account;
  ++reads;
  failed_reads += !there;
  const Model::Value value = model.now(key);
  if (there && (*there != value.has_value() || (*there && found != *value))) {
    wrong = key.substr(0, 20) + " answered " + (*there ? found.substr(0, 100) : "(nil)");
  }
}

void Workload::scan(Store& store) {
  std::set<std::string> found;
  Status done;
  try {
    done = store.scan("", std::nullopt, 100'000, [&](std::string_view key) {
      const Exempt own_account;
      found.emplace(key);
      return true;
    });
  } catch (const std::bad_alloc&) {
    done = fail(Code::kMemory, {});
  }
  const Exempt own_account;
  if (done && found != live_keys(model)) wrong = "a scan answered other keys";
}

void Workload::read_all(Store& store) {
  for (int i = 0; i < shape.keys; ++i) {
    std::string key;
    {
      const Exempt own_account;
      key = key_of(i);
    }
    read(store, key);
  }
  scan(store);
}

// One write, and the model if it is there.
Workload::Step Workload::plan(Store& store, int number) {
  const Exempt own_account;
  const std::string key = key_of(number), bytes = bytes_of(number);
  const std::uint64_t seq = store.stats().last_seq + 1;
  Step step{key, model, {}};
  if (number % 5 == 4) {
    step.next.set(key, seq, std::nullopt);
    step.call = [key, &store] { return status_of(store.remove(key)); };
  } else if (number % 7 == 3 && model.now(key_of(number + 1))) {
    const std::string from = key_of(number + 1);
    step.next.set(key, seq, model.now(from));
    step.call = [key, from, &store] {
      return status_of(store.update([&](Update& update) -> Status {
        KV_TRY(update.copy(from, key));
        return {};
      }));
    };
  } else if (number % 13 == 11) {
    for (const std::string& one : live_keys(model)) step.next.set(one, seq, std::nullopt);
    step.call = [&store] { return status_of(store.clear()); };
  } else if (number % 6 == 5) {
    for (int i = 0; i < 3; ++i) step.next.set(key_of(i), seq, bytes + std::to_string(i));
    step.call = [this, bytes, &store] {
      Batch batch;
      for (int i = 0; i < 3; ++i) batch.set(key_of(i), bytes + std::to_string(i));
      return status_of(store.apply(batch, true));
    };
  } else {
    step.next.set(key, seq, model.now(key).value_or("") + bytes);
    step.call = [key, bytes, &store] { return status_of(store.append(key, bytes)); };
  }
  return step;
}

void Workload::run(Store& store) {
  least_referred = 1;
  for (int number = 0; number < shape.steps; ++number) {
    const Step step = plan(store, number);
    write(store, step);
    read(store, step.key);
    const bool seals = shape.checkpoint_every > 0 && number % shape.checkpoint_every == 0;
    if (seals) failed_checkpoints += !store.checkpoint();
    const bool compacts = shape.compact_every > 0 && number % shape.compact_every == 5;
    const Compression compress{number % 2 == 0 ? Compression::kUsualLevel : 0};
    if (compacts) {
      failed_compactions += !store.compact({.keep = KeepHistory::none(), .compress = compress});
    }
  }
  scan(store);
}

std::optional<std::string> untruth(const std::string& path, const Workload& work) {
  if (!work.wrong.empty()) return work.wrong;
  auto store = Store::open(path);
  if (!store) return store.error().message;
  if ((*store)->open_report().how == OpenReport::How::kDamaged) return "it is taken for rotten";
  const std::uint64_t seq = (*store)->stats().last_seq;
  if (seq < work.acknowledged) return "an acknowledged write is lost";
  if (seq > work.written) return "there is more than was written";
  for (const std::string& key : work.model.keys()) {
    std::string value;
    const auto there = (*store)->get(key, &value);
    if (!there) return there.error().message;
    if ((*there ? Model::Value(value) : std::nullopt) != work.model.at(key, seq)) {
      return key.substr(0, 20) + " has a wrong value";
    }
  }
  const auto more = (*store)->set("after", "all");
  return more ? std::nullopt : std::optional(more.error().message);
}

bool has_unfinished(const std::string& path) {
  const std::filesystem::path file(path);
  const std::filesystem::directory_iterator directory(file.parent_path());
  return std::any_of(begin(directory), end(directory), [&](const auto& entry) {
    return entry.path().filename().string().starts_with(file.filename().string() + ".unfinished");
  });
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  for (std::size_t at = 0; at < bytes.size(); at += kPage) {
    const std::string_view page = std::string_view(bytes).substr(at, kPage);
    if (page.find_first_not_of('\0') == std::string_view::npos) continue;
    out.seekp(static_cast<std::streamoff>(at));
    out << page;
  }
  out.close();
  std::filesystem::resize_file(path, bytes.size());
}

namespace {

// The whole pages of what no checkpoint names any more take nothing of the disk.
bool is_given_back(const maint::IndexReport& index) {
  return index.unused_bytes <= index.unused_holes + index.unused * 2 * kPage;
}

std::optional<std::string> verified(const std::string& path, bool after_all) {
  auto source = maint::open_source(file::system_files(), path, file::Mode::kReadOnly);
  if (!source) return source.error().message;
  const auto report = maint::audit(*source, maint::Way::kJudged, 0);
  if (!report) return report.error().message;
  if (!report->index.faults.empty()) return "verify: " + report->index.faults[0].what;
  if (report->state() == maint::State::kDamaged) return "verify finds the log damaged";
  if (after_all && !is_given_back(report->index)) return "dropped extents keep their space";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> index_untruth(const std::string& path) {
  if (auto wrong = verified(path, false)) return wrong;
  auto store = Store::open(path);
  if (!store) return store.error().message;
  for (const char* key : {"one more", "and another"}) {
    if (auto set = (*store)->set(key, "x"); !set) return set.error().message;
    if (Status sealed = (*store)->checkpoint(); !sealed) return sealed.error().message;
  }
  if (Status closed = (*store)->close(); !closed) return closed.error().message;
  return verified(path, true);
}

}  // namespace kvstore::test
