// A file system in memory for fuzzing: cheap to make, and with a fence. Under
// AddressSanitizer the bytes behind a file's end are poisoned, so that a read
// beyond size(), which a mapping would answer with zeros, is found.
//
// Not for crashes: what is stored is durable at once (tests/support/sim_files.h
// knows of syncs). Thread rule: as LogFile's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "src/file/file_system.h"

namespace kvstore::fuzz {

class FencedFiles final : public file::FileSystem {
 public:
  FencedFiles();
  ~FencedFiles() override;

  Result<std::unique_ptr<file::LogFile>> open(const std::string& path, file::Mode mode) override;
  Result<std::unique_ptr<file::LogFile>> create(const std::string& path,
                                                std::string_view content) override;
  Status save(const std::string& path, std::string_view content) override;
  std::string boot_id() override { return boot_id_; }

  bool exists(const std::string& path) const { return files_.count(path) != 0; }
  void put(const std::string& path, std::string_view content);
  std::string bytes(const std::string& path) const;
  void reboot() { ++boot_id_.back(); }

 private:
  class File;
  struct Memory;
  std::map<std::string, std::shared_ptr<Memory>> files_;
  std::string boot_id_ = std::string(16, '\1');
};

}  // namespace kvstore::fuzz
