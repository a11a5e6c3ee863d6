// A file to examine, and the readable content of its header page.
#pragma once

#include <memory>
#include <string>

#include "src/base/status.h"
#include "src/file/file_system.h"
#include "src/log/dictionary.h"
#include "src/log/header_page.h"
#include "src/log/view.h"

namespace kvstore::maint {

struct Source {
  std::string path;  // as given by the user
  std::unique_ptr<file::LogFile> file;
  std::uint64_t limit = 0;  // size when it was opened; a writer may append more
  log::HeaderPage page;
  log::Id boot_id{};           // of the running machine
  bool header_lost = false;    // both copies: then db_id is new, and file_id only has the right CRC
  bool beside_writer = false;  // another process has it open for writing
  std::string writer;          // describes that process; may be empty
  std::unique_ptr<log::Binding> binding;
  std::unique_ptr<log::ValidityMap> validity;  // grows with each scan
  std::unique_ptr<log::Dictionary> dictionary = std::make_unique<log::Dictionary>();

  log::View view() const {
    return {file->data(),     limit,        binding.get(), file.get(), validity.get(),
            dictionary.get(), beside_writer};
  }
  // An increment cannot be repaired: its APPENDs continue values that it does not have.
  bool is_increment() const {
    const std::uint64_t features = page.header.incompatible | page.slot.incompatible;
    return (features & log::kFeatureIncrement) != 0;
  }
  bool closed_cleanly() const { return page.slot.clean && page.slot.durable_end == limit; }
};

// kReadOnly never disturbs a writer; kReadWrite takes the writer lock (kLocked names the owner),
// and writes nothing. Errors: the file system's; kFormat if neither header nor records can be read
// (or the file is empty); kVersion.
Result<Source> open_source(file::FileSystem& files, const std::string& path, file::Mode mode);

}  // namespace kvstore::maint
