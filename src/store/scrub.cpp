#include "src/store/scrub.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "src/base/clock.h"
#include "src/base/quote.h"
#include "src/file/bus_guard.h"
#include "src/log/encoded_value.h"
#include "src/log/scanner.h"

namespace kvstore {
namespace {

using log::HeaderCheck;
using log::Record;
using std::chrono::microseconds;
using std::chrono::seconds;

constexpr seconds kFirst{60};      // after the open: short-lived programs have ended by then
constexpr seconds kBetween{3600};  // between passes over a small file
constexpr std::uint64_t kSearched = std::uint64_t{16} << 20;  // searched at once after a bad place
constexpr std::uint64_t kPart = std::uint64_t{4} << 20;       // bytes of a large value read at once
constexpr std::size_t kShownKeySize = 80;

std::string shown(std::string_view key) {
  std::string text;
  append_quoted(key, &text, kShownKeySize);
  return text;
}

// Names the keys whose newest record, by the sealed runs, was in [begin, end).
std::string whose(const Generation& generation, std::uint64_t begin, std::uint64_t end) {
  constexpr std::size_t kNamed = 3;
  std::string names;
  std::size_t count = 0;
  const auto parts = generation.index().shared();
  for (const auto& run : parts->runs) {
    if (run->begin() >= end || run->end() <= begin) continue;
    const auto cursor = run->cursor();
    for (cursor->seek_first(); cursor->valid() && count <= kNamed; cursor->next()) {
      const std::uint64_t offset = cursor->entry().offset();
      if (offset < begin || offset >= end || ++count > kNamed) continue;
      names += (count > 1 ? ", " : "") + shown(cursor->key());
    }
  }
  if (count == 0) return {};
  return fmt::format("; lost there: the newest record of key{} {}{}", count > 1 ? "s" : "", names,
                     count > kNamed ? " and others" : "");
}

// Lowers the thread's priority, if possible.
void yield_to_all() {
  [[maybe_unused]] const int ignored =
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
}

// Normally the second copy is not read while the first is good. A slot with a bad checksum may be
// one whose write was torn.
std::vector<std::uint64_t> damaged_headers(const std::uint8_t* page) {
  std::vector<std::uint64_t> offsets;
  for (int which = 0; which < 2; ++which) {
    if (!log::load_header(page, which))
      offsets.push_back(static_cast<std::uint64_t>(which) * log::kSectorSize);
  }
  return offsets;
}

// Another process's writer may have freed what only an older checkpoint names.
bool is_replaced(const Generation& generation) {
  const log::View view = generation.view();
  const auto newest = log::load_newest_slot(view.data, *view.binding);
  return newest && newest->checkpoint != generation.log().checkpoint();
}

}  // namespace

// --- The thread

void Scrub::start() {
  if (rate_ == 0) return;
  MutexLock lock(mutex_);
  start_thread();
}

bool Scrub::start_thread() {
  if (started_) return true;
  try {
    thread_ = std::thread([this] { run(); });
    started_ = true;
  } catch (const std::exception&) {
  }
  return started_;
}

Status Scrub::begin_now() {
  MutexLock lock(mutex_);
  if (!start_thread()) {
    return fail(Code::kLimit, "there is no thread to scrub with",
                "allow more threads (ulimit -u), or end some programs");
  }
  at_once_ = true;
  status_.running = true;
  wake_.notify_one();
  return {};
}

void Scrub::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Scrub::run() {
  yield_to_all();
  bool is_fast = false;
  Clock::time_point next = Clock::now() + kFirst;
  MutexLock lock(mutex_);
  while (!stopping_) {
    if (std::exchange(at_once_, false)) {
      pass_ = {};
      is_fast = true;
      next = Clock::now();
    }
    const bool is_due = is_fast || (rate_ != 0 && Clock::now() >= next);
    if (!is_due && rate_ == 0) {
      wake_.wait(mutex_);
    } else if (!is_due) {
      wake_.wait_until(mutex_, next);
    } else {
      MutexUnlock others(mutex_);
      next = do_piece();
      is_fast &= pass_.end != 0;
    }
  }
}

// Returns when the next piece is due.
Scrub::Clock::time_point Scrub::do_piece() {
  const Clock::time_point now = Clock::now();
  std::uint64_t bytes = 0;
  try {
    const auto generation = current_();
    if (!generation) {
      end_pass();
      return now + kFirst;
    }
    if (pass_.end == 0 || pass_.file != generation->log().page().header.file_id) {
      begin_pass(*generation);
    }
    bytes = pass_.at < pass_.end ? look_at_log(*generation) : look_at_segment(*generation);
  } catch (const std::bad_alloc&) {
    return now + kFirst;
  }
  if (bytes == 0) {
    const Clock::time_point next = std::max(now + seconds(1), pass_.began + kBetween);
    end_pass();
    return next;
  }
  MutexLock lock(mutex_);
  status_.at = pass_.at;
  status_.bytes += bytes;
  return now + microseconds(rate_ == 0 ? 0 : bytes * 1'000'000 / rate_);
}

void Scrub::begin_pass(const Generation& generation) {
  pass_ = {};
  pass_.end = generation.log().end();
  pass_.at = log::kHeaderPageSize;
  pass_.file = generation.log().page().header.file_id;
  pass_.began = Clock::now();
  {
    MutexLock lock(mutex_);
    status_.running = true;
    status_.at = pass_.at;
    status_.end = pass_.end;
    before_ = std::move(found_);
    found_.clear();
    status_.found = 0;
  }
  for (const std::uint64_t offset : damaged_headers(generation.view().data)) {
    note(offset, fmt::format("the copy of the header at offset {} is damaged; no key is lost, but "
                             "the next open refuses writes until it is repaired",
                             offset));
  }
}

void Scrub::end_pass() {
  const bool was_one = pass_.end != 0;
  pass_ = {};
  MutexLock lock(mutex_);
  status_.running = at_once_;
  before_.clear();
  if (!was_one) return;
  ++status_.passes;
  status_.ended_us = believed_now_us();
}

// --- The log

std::uint64_t Scrub::look_at_log(const Generation& generation) {
  const log::View view = generation.view();
  const std::uint64_t end = std::min(pass_.end, view.limit);
  std::uint64_t bytes = 0;
  Record record;
  while (pass_.at < end && bytes < kPiece) {
    if (view.header(pass_.at, &record) != HeaderCheck::kValid) return bytes + pass_over(generation);
    bytes += look_at_value(generation, record);
  }
  if (pass_.at >= end) pass_.at = pass_.end;  // the end of the log in this generation
  return std::max<std::uint64_t>(bytes, 1);
}

// Reads a part of a large value.
std::uint64_t Scrub::look_at_value(const Generation& generation, const Record& record) {
  const std::uint64_t begin = pass_.value_at;
  const std::uint64_t end = std::min<std::uint64_t>(record.value_size, begin + kPart);
  const bool good = is_good(generation, record, end);
  const bool done = !good || end == record.value_size;
  if (!good) {
    const bool unreadable = file::is_unreadable(record.at, record.at + record.size());
    const char* const why =
        unreadable ? "cannot be read from the disk" : "does not match its checksum";
    note(
        record.offset,
        record.has_key() ? fmt::format("the value of key {} (seq {}) at offset {} {}",
                                       shown(record.key()), record.seq, record.offset, why)
        : record.kind == log::Kind::kDictionary
            ? fmt::format("the dictionary of compressed values at offset {} {}", record.offset, why)
            : fmt::format("the checkpoint at offset {} {}; no key is lost, but the next open "
                          "reads the whole log",
                          record.offset, why));
  }
  pass_.value_at = done ? 0 : end;
  if (done) pass_.at = record.end();
  return end - begin + (done ? record.size() - record.value_size : 0);
}

// Of the derived records only the checkpoint that a slot names and the dictionary matter.
bool Scrub::is_good(const Generation& generation, const Record& record, std::uint64_t end) const {
  const log::Binding& binding = *generation.view().binding;
  const bool matters = record.has_key() || record.kind == log::Kind::kDictionary ||
                       record.offset == generation.log().checkpoint();
  if (!matters) return true;
  // A compressed value is small enough to be checked as a whole.
  if (record.is_encoded() && end == record.value_size) {
    return log::value_is_valid(generation.view(), record);
  }
  if (record.value_size <= kPart) return log::body_is_valid(record, binding);
  return log::body_part_is_valid(record, binding, pass_.value_at, end);
}

// Finds the end of a bad place. If that is not within reach, the next piece continues.
std::uint64_t Scrub::pass_over(const Generation& generation) {
  const std::uint64_t begin = pass_.at;
  const log::View whole = generation.view();
  const log::View view = whole.up_to(std::min(whole.limit, begin + kSearched));
  log::Scanner scanner(view, {begin});
  const log::Scanner::Step step = scanner.next();
  const bool goes_on = step == log::Scanner::Step::kBad || step == log::Scanner::Step::kRecord;
  pass_.at = goes_on ? std::max(scanner.end(), begin + log::kAlignment) : view.limit;
  pass_.value_at = 0;
  if (std::exchange(pass_.bad_end, pass_.at) != begin) {
    note(begin, fmt::format("no record can be read at offset {}{}", begin,
                            whose(generation, begin, pass_.at)));
  }
  return pass_.at - begin;
}

// --- The index

// Checks the next segment of the file, in the order of their offsets.
std::uint64_t Scrub::look_at_segment(const Generation& generation) {
  const auto parts = generation.index().shared();
  std::shared_ptr<const index::Run> run;
  std::size_t number = 0;
  std::uint64_t body = UINT64_MAX, size = 0;
  for (const auto& one : parts->runs) {
    for (std::size_t i = 0; i < one->parts().size(); ++i) {
      const log::SegmentPlace& place = one->parts()[i].place;
      if (place.body <= pass_.body || place.body >= body) continue;
      run = one;
      number = i;
      body = place.body;
      size = place.size;
    }
  }
  if (!run) return 0;
  pass_.body = body;
  check(generation, run, number);
  return size;
}

void Scrub::check(const Generation& generation, const std::shared_ptr<const index::Run>& run,
                  std::size_t number) {
  const index::Run::Part& part = run->parts()[number];
  std::string what = "it does not check out";
  std::uint64_t at = part.place.body;
  const bool in_file =
      part.segment && part.segment->body() == generation.view().data + part.place.body;
  if (in_file) {
    const auto fault = part.segment->check_all();
    if (!fault) return;
    what = fault->what;
    at = fault->offset;
  }
  if (is_replaced(generation)) return;
  const bool is_whole = (part.segment && !in_file) || generation.heal({0, run.get(), number});
  note(at, fmt::format("a segment of the index is damaged at offset {} ({}); {}", at, what,
                       is_whole ? "it was rebuilt in memory" : "it cannot be rebuilt now"));
}

// --- Findings

void Scrub::note(std::uint64_t offset, const std::string& sentence) {
  {
    MutexLock lock(mutex_);
    ++status_.found;
    const auto is_it = [offset](const Finding& one) { return one.offset == offset; };
    const bool is_known = std::any_of(before_.begin(), before_.end(), is_it);
    if (found_.size() < kKept) found_.push_back({offset, sentence});
    if (is_known || status_.found > kKept) return;
  }
  if (warn_) warn_("scrub: " + sentence + " (see: kvstore verify)");
}

ScrubStatus Scrub::status() const {
  MutexLock lock(mutex_);
  ScrubStatus status = status_;
  status.rate = rate_;
  return status;
}

std::vector<std::string> Scrub::findings() const {
  std::vector<std::string> all;
  MutexLock lock(mutex_);
  all.reserve(found_.size() + before_.size());
  for (const Finding& one : found_) all.push_back("scrub: " + one.sentence);
  for (const Finding& one : before_) {
    const auto is_it = [&one](const Finding& other) { return other.offset == one.offset; };
    if (std::none_of(found_.begin(), found_.end(), is_it)) all.push_back("scrub: " + one.sentence);
  }
  return all;
}

}  // namespace kvstore
