// A database file without a name: no other process can open it, and it disappears with the process.
#pragma once

#include <memory>
#include <string>

#include "src/file/descriptor.h"
#include "src/file/file_system.h"

namespace kvstore::file {

// A file system with one file. Paths are for messages only.
class UnnamedFile final : public FileSystem {
 public:
  // Creates the file in the directory for temporary files. kPermission, kFull, kIo.
  static Result<std::unique_ptr<UnnamedFile>> make();

  // Opens the file made by create(), any number of times. It never moves.
  Result<std::unique_ptr<LogFile>> open(const std::string& path, Mode mode) override;
  Result<std::unique_ptr<LogFile>> create(const std::string& path,
                                          std::string_view content) override;
  Status save(const std::string& path, std::string_view content, const std::string& like) override;
  std::string boot_id() override { return system_files().boot_id(); }

 private:
  explicit UnnamedFile(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  const Descriptor descriptor_;
};

}  // namespace kvstore::file
