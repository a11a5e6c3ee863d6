// Encodes an export's changes in its format, and writes them to its sink in pieces.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/transfer/export.h"
#include "src/transfer/writer.h"

namespace kvstore::transfer {

// A value that is too long for one write is a SET and then APPENDs of this size.
inline constexpr std::uint64_t kLongPart = std::uint64_t{64} << 20;

class ChangeOutput {
 public:
  // `sink` and `options` must outlive it.
  ChangeOutput(const ExportOptions& options, Sink& sink);

  // Counts a key or a version, which may be several changes.
  void count() { ++report_.changes; }
  // Writes a change. The sink's errors.
  Status put(const Change& change);
  // Writes what is buffered. Call it after the last change.
  Result<ExportReport> finish();

 private:
  Status flush();

  const ExportOptions& options_;
  Sink& sink_;
  const std::unique_ptr<Writer> writer_;
  std::string out_;
  ExportReport report_;
};

// kTooBig: csv has one row for each key, and a value of this size needs several changes.
Status check_fits(Format format, std::string_view key, std::uint64_t size);

}  // namespace kvstore::transfer
