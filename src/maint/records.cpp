#include "src/maint/records.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/log/encoded_value.h"
#include "src/log/scanner.h"
#include "src/maint/print.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

using Json = nlohmann::ordered_json;
using log::Record;

constexpr std::size_t kListedKeySize = 80;

std::string flags_text(const Record& record) {
  std::string text;
  const auto add = [&text](bool set, const char* name) {
    if (set) text += text.empty() ? name : fmt::format("+{}", name);
  };
  add(record.starts_chain(), "start");
  add((record.flags & log::kBatchMember) != 0, "batch");
  add((record.flags & log::kAfterBatch) != 0, "after-batch");
  add((record.flags & log::kAfterAll) != 0, "after-clear");
  add((record.flags & log::kWrittenOut) != 0, "written-out");
  add(!record.skip_block.empty(), "post");
  return text.empty() ? "-" : text;
}

std::string line_of(const Record& record, bool good) {
  std::string line = fmt::format("{:>12} {:<6} seq {} {} {} size {} total {} flags {} prev {}",
                                 record.offset, kind_name(record.kind), record.seq,
                                 iso_time(record.time), quoted_word(record.key(), kListedKeySize),
                                 record.length(), record.total, flags_text(record), record.prev);
  if (record.expires != 0) line += " expires " + iso_time(record.expires * 1000);
  return line + (good ? " ok" : " BAD VALUE");
}

Json json_of_record(const Record& record, bool good) {
  return {{"offset", record.offset},
          {"end", record.end()},
          {"kind", kind_name(record.kind)},
          {"seq", record.seq},
          {"time_us", record.time},
          {"epoch", record.epoch},
          {"key", record.is_of_all() ? Json() : Json(json_of(record.key()))},
          {"size", record.length()},
          {"total", record.total},
          {"flags", flags_text(record)},
          {"prev", record.prev},
          {"skip", record.skip},
          {"ordinal", record.ordinal},
          {"expires_ms", record.expires},
          {"durable", record.durable},
          {"ok", good}};
}

std::string line_of(const log::Scanner::Bad& bad) {
  return fmt::format("{:>12} BAD    up to offset {}: no records can be read", bad.begin, bad.end);
}

Json json_of_bad(const log::Scanner::Bad& bad) {
  return {{"offset", bad.begin}, {"end", bad.end}, {"kind", "BAD"}, {"ok", false}};
}

}  // namespace

Status list_records(const Source& source, const RecordsOptions& options,
                    const std::function<bool(std::string)>& line) {
  const std::uint64_t from = std::max(options.from, log::kHeaderPageSize);
  log::Scanner scanner(source.view(), {round_up(std::min(from, source.limit), log::kAlignment)});
  for (std::uint64_t shown = 0; shown < options.limit;) {
    switch (scanner.next()) {
      case log::Scanner::Step::kRecord: {
        const Record& record = scanner.record();
        if (options.key && (!record.has_key() || record.key() != *options.key)) break;
        const bool good = log::value_is_valid(source.view(), record);
        ++shown;
        if (!line(options.json ? json_of_record(record, good).dump() : line_of(record, good))) {
          return {};
        }
        break;
      }
      case log::Scanner::Step::kBad: {
        const auto& bad = scanner.bad();
        ++shown;
        if (!line(options.json ? json_of_bad(bad).dump() : line_of(bad))) return {};
        break;
      }
      case log::Scanner::Step::kNewer:
        return fail(log::newer_record(scanner.record()));
      case log::Scanner::Step::kZeros:
      case log::Scanner::Step::kEnd:
        return {};
    }
  }
  return {};
}

}  // namespace kvstore::maint
