// Exports into a string, and imports out of one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/store/store.h"
#include "src/transfer/export.h"
#include "src/transfer/import.h"
#include "src/transfer/reader.h"
#include "tests/support/sim_files.h"

namespace kvstore::transfer::test {

inline constexpr Format kFormats[] = {Format::kKv, Format::kJsonl, Format::kCsv, Format::kResp};

class StringSink final : public Sink {
 public:
  Status write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

std::string export_of(Store& store, const ExportOptions& options);
inline std::string export_of(Store& store, Format format) {
  return export_of(store, {.format = format});
}
std::string history_of(Store& store, Format format);

// What an import of these bytes says; `error` in it is "" if it was not ended by one.
struct Imported {
  ImportReport report;
  std::string error;  // "place: CODE message", of the input "in"
};
Imported import_into(Store* store, std::string_view bytes, const ImportOptions& options = {});

// All keys, a line each: key, value and expiry, escaped.
std::string content_of(Store& store);
// All versions, a line each: kind, key, what was written, expiry. An append to nothing is a set.
std::string versions_of(Store& store);

// The changes that a reader finds in bytes that come `step` at a time, a line each; in the end
// the error, if there is one, and its place in the input "in".
std::string changes_in(std::string_view bytes, Format format, std::size_t step = SIZE_MAX,
                       const ReaderOptions& options = {});

}  // namespace kvstore::transfer::test
