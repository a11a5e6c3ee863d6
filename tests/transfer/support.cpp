#include "tests/transfer/support.h"

#include <algorithm>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/base/quote.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "tests/support/temp_dir.h"

namespace kvstore::transfer::test {
namespace {

std::string quoted(std::string_view bytes) {
  std::string text;
  append_quoted(bytes, &text, 100);
  return text;
}

// Long values that differ beyond what is shown differ here, too.
std::string quoted_value(std::string_view bytes) {
  return fmt::format("{}#{:x}", quoted(bytes), std::hash<std::string_view>()(bytes));
}

std::string described(const Change& change) {
  std::string text = fmt::format("{} {}", static_cast<int>(change.kind), quoted(change.key));
  if (!change.value.empty()) text += " = " + quoted_value(change.value);
  if (!change.other.empty()) text += " of " + quoted(change.other);
  if (change.expires_at_ms != 0) text += fmt::format(" until {}", change.expires_at_ms);
  if (change.keeps_expiry) text += " KEEPTTL";
  if (change.condition != Change::If::kAlways) {
    text += change.condition == Change::If::kAbsent ? " NX" : " XX";
  }
  if (change.number != 0) text += fmt::format(" {}", change.number);
  return text + "\n";
}

std::string described(const std::string& place, const Error& error) {
  return fmt::format("{}: {} {}", place, code_name(error.code), error.message);
}

}  // namespace

std::string export_of(Store& store, const ExportOptions& options) {
  StringSink sink;
  const auto snapshot = store.snapshot();
  REQUIRE(snapshot);
  const auto report = export_to(*snapshot, options, sink);
  REQUIRE_MESSAGE(report, report.error().message);
  CHECK(report->bytes == sink.text.size());
  return sink.text;
}

std::string history_of(Store& store, Format format) {
  return export_of(store, {.format = format, .history = true});
}

Imported import_into(Store* store, std::string_view bytes, const ImportOptions& options) {
  const kvstore::testing::QuickDir directory;
  const std::string path = directory / "in";
  std::ofstream(path, std::ios::binary) << bytes;
  auto sources = Source::open(path, "");
  REQUIRE(sources);
  Imported imported{import_from(*sources, store, options), {}};
  if (!imported.report.error) return imported;
  std::string place = imported.report.place;
  place.replace(place.find(path), path.size(), "in");
  imported.error = described(place, *imported.report.error);
  return imported;
}

std::string content_of(Store& store) {
  std::string text;
  const auto keys = store.iterator({});
  REQUIRE(keys);
  for ((*keys)->first(); (*keys)->valid(); (*keys)->next()) {
    const auto value = (*keys)->value();
    const auto info = (*keys)->info();
    REQUIRE(value);
    REQUIRE(info);
    text += fmt::format("{} = {} until {}\n", quoted((*keys)->key()), quoted_value(*value),
                        info->expires_at_ms);
  }
  REQUIRE((*keys)->status());
  return text;
}

std::string versions_of(Store& store) {
  std::string text;
  REQUIRE(store.snapshot()->writes([&](const LoggedWrite& write) {
    const auto kind = write.starts_anew ? Version::Kind::kSet : write.kind;
    text += fmt::format("{} {} = {} until {}\n", static_cast<int>(kind), quoted(write.key),
                        quoted_value(write.value), write.expires_at_ms);
    return true;
  }));
  return text;
}

std::string changes_in(std::string_view bytes, Format format, std::size_t step,
                       const ReaderOptions& options) {
  const auto reader = make_reader(format, options);
  std::string text;
  for (bool finished = false;;) {
    switch (reader->next()) {
      case Reader::Event::kChange:
        text += described(reader->change());
        break;
      case Reader::Event::kError:
        return text + described(reader->place("in"), reader->error());
      case Reader::Event::kEnd:
        return text;
      case Reader::Event::kNeedInput:
        REQUIRE_FALSE(finished);
        finished = bytes.empty();
        if (finished) reader->finish();
        reader->feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
  }
}

}  // namespace kvstore::transfer::test
