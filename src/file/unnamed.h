// A database file without a name: nobody else can open it, and it is gone with
// the process, however that ends.
#pragma once

#include <memory>
#include <string>

#include "src/file/descriptor.h"
#include "src/file/file_system.h"

namespace kvstore::file {

// The one file of this file system. Paths are only what messages call it.
class UnnamedFile final : public FileSystem {
 public:
  // In the directory for temporary files. kPermission, kFull, kIo.
  static Result<std::unique_ptr<UnnamedFile>> make();

  // What create() made, as often as it is wanted. It never moves.
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
