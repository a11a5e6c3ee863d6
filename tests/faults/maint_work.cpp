#include "tests/faults/maint_work.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "src/base/coding.h"
#include "src/file/file_system.h"
#include "src/maint/convert.h"
#include "src/maint/repair.h"
#include "src/store/store.h"

namespace kvstore::test {
namespace {

constexpr const char* kDamagedKey = "key3";
constexpr std::uint64_t kNowMs = 1'700'000'000'000;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::map<std::string, std::string> some_values() {
  std::map<std::string, std::string> values;
  for (int i = 0; i < 8; ++i) {
    values["key" + std::to_string(i)] = "value " + std::to_string(i) + std::string(i * 1000, 'v');
  }
  return values;
}

void must(bool done) {
  if (!done) throw std::runtime_error("the file of the test cannot be made");
}

std::string damaged_file(const std::string& path,
                         const std::map<std::string, std::string>& values) {
  auto store = Store::open(path);
  must(store.has_value());
  for (const auto& [key, value] : values) must((*store)->set(key, value).has_value());
  must((*store)->close().has_value());
  store->reset();
  std::string bytes = read_file(path);
  bytes[bytes.find("value 3") + 2] ^= 1;
  return bytes;
}

std::string old_file(const std::map<std::string, std::string>& values) {
  std::string bytes;
  const auto put = [&bytes](const std::string& text) {
    std::uint8_t size[4];
    store_le(size, static_cast<std::uint32_t>(text.size()));
    bytes.append(reinterpret_cast<const char*>(size), sizeof size).append(text);
  };
  for (const auto& [key, value] : values) {
    put(key);
    put(value);
  }
  return bytes;
}

}  // namespace

std::string name_of(Verb verb) {
  constexpr const char* kNames[] = {"verify", "repair", "salvage", "convert"};
  return kNames[static_cast<int>(verb)];
}

MaintWork::MaintWork(Verb verb, std::string directory)
    : verb_(verb),
      directory_(std::move(directory)),
      source_(directory_ + "/data.bin"),
      out_(directory_ + "/out.bin"),
      values_(some_values()) {
  original_ = verb == Verb::kConvert ? old_file(values_) : damaged_file(source_, values_);
  write_file(source_, original_);
  if (verb != Verb::kConvert) values_.erase(kDamagedKey);
}

Status MaintWork::run() const {
  file::FileSystem& files = file::system_files();
  if (verb_ == Verb::kConvert) {
    auto done = maint::convert(files, source_, out_);
    return done ? Status{} : Status(fail(std::move(done.error())));
  }
  const auto mode = verb_ == Verb::kRepair ? file::Mode::kReadWrite : file::Mode::kReadOnly;
  const auto way = verb_ == Verb::kSalvage ? maint::Way::kCarved : maint::Way::kJudged;
  KV_ASSIGN(const maint::Source source, maint::open_source(files, source_, mode));
  KV_ASSIGN(const maint::Report report, maint::audit(source, way, kNowMs));
  if (report.damage.size() != 1) return fail(Code::kCorrupt, "the damage was not found");
  if (verb_ == Verb::kRepair) KV_TRY(maint::repair(files, source, report));
  if (verb_ == Verb::kSalvage) KV_TRY(maint::salvage(files, source, report, out_));
  return {};
}

// What is not true in a file that a verb made.
std::optional<std::string> MaintWork::falsehood(const std::string& path) const {
  auto store = Store::open(path);
  if (!store) return store.error().message;
  if ((*store)->open_report().how != OpenReport::How::kClean) return path + " was not closed";
  for (const auto& [key, value] : values_) {
    std::string found;
    const auto there = (*store)->get(key, &found);
    if (!there || !*there || found != value) return key + " is wrong in " + path;
  }
  std::string found;
  const auto damaged = (*store)->get(kDamagedKey, &found);
  const bool corrupt = !damaged && damaged.error().code == Code::kCorrupt;
  if (values_.count(kDamagedKey) == 0 && !corrupt) return "the damaged key does not say so";
  return std::nullopt;
}

bool MaintWork::original_is_kept() const {
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const bool kept = entry.path().string().find("data.bin.damaged-") != std::string::npos;
    if (kept && read_file(entry.path()) == original_) return true;
  }
  return false;
}

bool MaintWork::unfinished_is_there() const {
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    if (entry.path().string().find(".unfinished-") != std::string::npos) return true;
  }
  return false;
}

std::optional<std::string> MaintWork::violation_of_repair(std::optional<bool> succeeded) const {
  if (!std::filesystem::exists(source_)) return "nothing has the file's name";
  if (read_file(source_) == original_) {
    if (succeeded.value_or(false)) return "it said repaired, and did nothing";
    return std::nullopt;
  }
  if (!original_is_kept()) return "the original is lost";
  return falsehood(source_);
}

std::optional<std::string> MaintWork::violation_of_copy(std::optional<bool> succeeded) const {
  if (read_file(source_) != original_) return "the source was changed";
  if (verb_ == Verb::kVerify) return std::nullopt;
  if (std::filesystem::exists(out_)) return falsehood(out_);
  if (succeeded.value_or(false)) return "it said written, and did nothing";
  return std::nullopt;
}

std::optional<std::string> MaintWork::violation(std::optional<bool> succeeded) const {
  if (succeeded && unfinished_is_there()) return "an unfinished file is left";
  return verb_ == Verb::kRepair ? violation_of_repair(succeeded) : violation_of_copy(succeeded);
}

}  // namespace kvstore::test
