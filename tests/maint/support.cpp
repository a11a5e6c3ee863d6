#include "tests/maint/support.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "src/log/reference.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/print.h"
#include "src/maint/rebuild.h"

namespace kvstore::maint::testing {
namespace {

constexpr const char* kPath = "built";

}  // namespace

Builder::Builder() : Builder(log::Log::new_file(log::Id{1, 2, 3}, log::Id{})) {}

Builder::Builder(const std::string& header_page) {
  auto file = files_.create(kPath, header_page);
  REQUIRE(file.has_value());
  const auto page = log::read_header_page((*file)->data(), (*file)->size(), kPath);
  REQUIRE(page.has_value());
  log_ = std::make_unique<log::Log>(std::move(*file), kPath, *page, log::boot_id_of(files_));
}

void Builder::take(log::Kind kind, std::string_view key, std::string_view value, State* state) {
  const std::string name(key);
  if (kind == log::Kind::kClear) {
    state->clear();
  } else if (kind == log::Kind::kDelete) {
    state->erase(name);
  } else if (kind == log::Kind::kAppend) {
    (*state)[name] += value;
  } else {
    (*state)[name] = value;
  }
}

log::Change Builder::change(log::Kind kind, std::string_view key, std::string_view value,
                            std::uint64_t expires_ms) {
  log::Change change;
  change.kind = kind;
  const bool has_value = kind != log::Kind::kDelete && kind != log::Kind::kClear;
  change.type = has_value ? type : std::uint8_t{0};
  if (kind == log::Kind::kClear) {
    change.previous.offset = cleared_;
    return change;
  }
  change.key = key;
  change.value = value;
  change.expires = expires_ms;
  const auto found = newest_.find(key);
  const log::Record previous = found == newest_.end() ? log::Record{} : found->second;
  change.previous = log::ChainTail::of(previous);
  const bool continues = kind == log::Kind::kAppend && previous.at &&
                         previous.kind != log::Kind::kDelete && previous.offset > cleared_;
  change.starts = !continues;
  if (continues) change.expires = previous.expires;
  return change;
}

void Builder::note(std::uint64_t offset, std::string_view key) {
  log::Record record;
  REQUIRE(log_->view().header(offset, &record) == log::HeaderCheck::kValid);
  if (record.is_of_all()) {
    cleared_ = offset;
  } else {
    newest_[std::string(key)] = record;
  }
  records_.emplace_back(offset, record.end());
}

void Builder::write(log::Kind kind, std::string_view key, std::string_view value,
                    std::uint64_t expires_ms) {
  const std::uint64_t seq = log_->last_seq() + 1;
  const auto offset =
      log_->append(change(kind, key, value, expires_ms), seq, kTime + seq * 1'000'000);
  REQUIRE(offset.has_value());
  note(*offset, key);
  State state = now();
  take(kind, key, value, &state);
  states_[seq] = std::move(state);
}

void Builder::set(std::string_view key, std::string_view value, std::uint64_t expires_ms) {
  write(log::Kind::kSet, key, value, expires_ms);
}
void Builder::append(std::string_view key, std::string_view value) {
  write(log::Kind::kAppend, key, value, 0);
}
void Builder::remove(std::string_view key) { write(log::Kind::kDelete, key, {}, 0); }

void Builder::refer(std::string_view key, std::string_view to, std::uint64_t seq) {
  const auto target = newest_.find(to);
  REQUIRE(target != newest_.end());
  const auto pieces = log::refer_to(log_->view(), target->second);
  REQUIRE(pieces.has_value());
  const std::string reference = log::Reference::encode(*pieces);
  log::Change copy = change(log::Kind::kRef, key, reference, 0);
  copy.raw_size = target->second.total;
  const bool in_base = seq != 0;
  if (!in_base) seq = log_->last_seq() + 1;
  const auto offset = log_->append(copy, seq, kTime + seq * 1'000'000);
  REQUIRE(offset.has_value());
  note(*offset, key);
  State state = now();
  if (in_base) seq = 0;
  state[std::string(key)] = state.at(std::string(to));
  states_[seq] = std::move(state);
}

void Builder::clear() { write(log::Kind::kClear, {}, {}, 0); }

// No value reads as it was; the truth is not told of it.
void Builder::mark(log::Kind kind, std::string_view key, std::uint64_t lost_size) {
  const std::uint64_t seq = log_->last_seq() + 1;
  log::Change lost = change(kind, key, {}, 0);
  lost.starts = kind == log::Kind::kHole || !lost.previous;
  lost.raw_size = lost_size;
  const auto offset = log_->append(lost, seq, kTime + seq * 1'000'000);
  REQUIRE(offset.has_value());
  note(*offset, key);
}

// Its time is of no order either.
void Builder::base(std::string_view key, const std::vector<std::string>& pieces, std::uint64_t seq,
                   std::uint64_t expires_ms) {
  std::string stored;
  for (const std::string& piece : pieces) {
    log::Encoding encoding;
    if (encoder_) encoding = encoder_->encode(piece, &stored);
    const bool raw = encoding.codec == log::Codec::kNone;
    encoded(key, piece, encoding, raw ? piece : stored, seq, expires_ms);
  }
}

void Builder::encoded(std::string_view key, std::string_view raw, const log::Encoding& encoding,
                      std::string_view stored, std::uint64_t seq, std::uint64_t expires_ms) {
  const bool first = newest_.find(key) == newest_.end();
  const log::Kind kind = first ? log::Kind::kSet : log::Kind::kAppend;
  log::Change one = change(kind, key, stored, expires_ms);
  one.encoding = encoding;
  const auto offset = log_->append(one, seq, kTime + seq * 1'000'000);
  REQUIRE(offset.has_value());
  note(*offset, key);
  take(kind, key, raw, &states_[0]);
}

void Builder::compress(std::string_view dictionary) {
  encoder_ = std::make_unique<log::Encoder>(3, dictionary);
  const std::uint64_t time = log_->page().header.floor_time;
  if (!dictionary.empty()) REQUIRE(log_->append_dictionary(dictionary, time).has_value());
}

void Builder::end_base() {
  REQUIRE(log_->end_base());
  State state = std::move(states_[0]);
  states_.clear();
  states_[log_->last_seq()] = std::move(state);
  sync();
}

void Builder::batch(const std::vector<Write>& writes) {
  const std::uint64_t seq = log_->last_seq() + 1;
  std::uint64_t size = log::Log::kBatchOverhead;
  for (const Write& w : writes) {
    size += log::Log::max_record_size(change(w.kind, w.key, w.value, 0));
  }
  REQUIRE(log_->reserve(size));
  log_->begin_batch(static_cast<std::uint32_t>(writes.size()));
  State state = now();
  std::vector<std::uint64_t> offsets;
  for (const Write& w : writes) {
    const auto offset =
        log_->append(change(w.kind, w.key, w.value, 0), seq, kTime + seq * 1'000'000);
    REQUIRE(offset.has_value());
    offsets.push_back(*offset);
    take(w.kind, w.key, w.value, &state);
  }
  REQUIRE(log_->finish_batch());
  for (std::size_t i = 0; i < writes.size(); ++i) note(offsets[i], writes[i].key);
  states_[seq] = std::move(state);
}

void Builder::sync() {
  const log::Position position = log_->position();
  REQUIRE(log_->sync(position));
  REQUIRE(log_->store_slot(position, false));
}

std::string Builder::close() {
  REQUIRE(log_->close());
  return files_.memory(kPath);
}

std::string Builder::crash() { return files_.memory(kPath); }

std::string base_page(std::uint64_t floor_seq, bool compressed) {
  log::FileHeader header;
  header.db_id = {1, 2, 3};
  header.file_id = {4, 5, 6};
  header.created = kTime;
  header.floor_seq = floor_seq;
  header.floor_time = kTime + floor_seq * 1'000'000;
  header.incompatible = log::kFeatureKeyOrder | (compressed ? log::kFeatureCompressed : 0);
  log::Slot slot;
  slot.clean = true;
  slot.floor_seq = floor_seq;
  slot.floor_time = header.floor_time;
  slot.incompatible = header.incompatible;
  slot.epochs = {{log::kHeaderPageSize, slot.epoch}};
  return log::encode_header_page(header, slot);
}

Report audit_of(const std::string& image, Way way, bool rebooted) {
  SimFiles files;
  if (rebooted) files.reboot();
  files.put(kPath, image);
  const auto source = open_source(files, kPath, file::Mode::kReadOnly);
  REQUIRE(source.has_value());
  const auto report = audit(*source, way, kTime / 1000);
  REQUIRE(report.has_value());
  return *report;
}

Outcome rebuilt(const std::string& image, Way way, bool rebooted) {
  SimFiles files;
  if (rebooted) files.reboot();
  files.put(kPath, image);
  const auto source = open_source(files, kPath, file::Mode::kReadOnly);
  REQUIRE(source.has_value());
  auto report = audit(*source, way, kTime / 1000);
  REQUIRE(report.has_value());
  NewestOfKeys keys;
  auto to = log::FileBuilder::create(files, "new", source->page.header.db_id,
                                     log::floor_of(source->page), &keys);
  REQUIRE(to.has_value());
  REQUIRE(rebuild(*source, way, *report, to->get()));
  REQUIRE((*to)->close());
  Outcome outcome{*report, {}, files.memory((*to)->temporary_path())};
  for (const std::uint64_t offset : report->rolled_back) {
    outcome.rolled_back.emplace(key_at(source->file->data(), offset));
  }
  return outcome;
}

Opened open(const std::string& image) {
  Opened opened{std::make_unique<SimFiles>(), nullptr};
  opened.files->put(kPath, image);
  kvstore::Options options;
  options.file_system = opened.files.get();
  options.read_only = true;
  auto store = Store::open(kPath, options);
  REQUIRE(store.has_value());
  opened.store = std::move(*store);
  return opened;
}

std::string get(Store& store, const std::string& key, const At& at) {
  std::string value;
  const auto found = store.get(key, &value, at);
  if (!found) {
    CHECK(found.error().code == Code::kCorrupt);
    return "(CORRUPT)";
  }
  return *found ? value : "(nil)";
}

std::set<std::string> check_truth(const Builder& built, const Outcome& outcome) {
  Opened opened = open(outcome.repaired);
  CHECK(opened.store->open_report().damage.empty());
  std::set<std::string> keys, corrupt;
  for (const auto& [seq, state] : built.states()) {
    for (const auto& [key, value] : state) keys.insert(key);
  }
  bool unnamed = false;  // a record of a key that only it had
  for (const Damage& damage : outcome.report.damage) {
    unnamed |= damage.missing > 0 && (!damage.key || damage.others_lost);
  }
  for (const std::string& key : keys) {
    const auto truth = built.now().find(key);
    const std::string expected = truth == built.now().end() ? "(nil)" : truth->second;
    const std::string got = get(*opened.store, key);
    if (got == "(CORRUPT)") corrupt.insert(key);
    if (got == expected || got == "(CORRUPT)" || outcome.rolled_back.count(key) != 0) continue;
    INFO("key ", key, " is ", got.substr(0, 40), " and was ", expected.substr(0, 40));
    CHECK((unnamed && got == "(nil)"));
  }
  for (const auto& [seq, state] : built.states()) {
    if (seq == 0) continue;
    At at;
    at.seq = seq;
    for (const std::string& key : keys) {
      const auto truth = state.find(key);
      const std::string expected = truth == state.end() ? "(nil)" : truth->second;
      const std::string got = get(*opened.store, key, at);
      if (got == expected || got == "(CORRUPT)" || outcome.rolled_back.count(key) != 0) continue;
      if (unnamed && got == "(nil)") continue;
      INFO("as of seq ", seq, " key ", key, " is ", got.substr(0, 40), ", was ",
           expected.substr(0, 40));
      CHECK(got == expected);
    }
  }
  return corrupt;
}

std::string flip(std::string image, std::uint64_t offset, unsigned bit) {
  image[offset] = static_cast<char>(image[offset] ^ 1 << bit);
  return image;
}

}  // namespace kvstore::maint::testing
