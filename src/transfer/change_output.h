// Where an export's changes become bytes: of its format, and into its sink in pieces.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/transfer/export.h"
#include "src/transfer/writer.h"

namespace kvstore::transfer {

// A value that is too long for one write is a SET, and APPENDs of this size.
inline constexpr std::uint64_t kLongPart = std::uint64_t{64} << 20;

class ChangeOutput {
 public:
  // Both must outlive it.
  ChangeOutput(const ExportOptions& options, Sink& sink);

  // A key or a version begins. What it is made of may be several changes.
  void count() { ++report_.changes; }
  // What the sink answers.
  Status put(const Change& change);
  // After all of them.
  Result<ExportReport> finish();

 private:
  Status flush();

  const ExportOptions& options_;
  Sink& sink_;
  const std::unique_ptr<Writer> writer_;
  std::string out_;
  ExportReport report_;
};

// kTooBig: csv has one row a key, and a value of so many bytes comes in several changes.
Status check_fits(Format format, std::string_view key, std::uint64_t size);

}  // namespace kvstore::transfer
