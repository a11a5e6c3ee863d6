// Where an export is written: a descriptor, or a new file that gets its name once it is complete.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::transfer {

class Sink {
 public:
  virtual ~Sink() = default;
  // Writes all bytes. kIo, kFull; kNetwork: the reader has closed the connection or pipe.
  virtual Status write(std::string_view bytes) = 0;
};

// The caller keeps the ownership of the descriptor.
class DescriptorSink final : public Sink {
 public:
  DescriptorSink(int descriptor, std::string name)
      : descriptor_(descriptor), name_(std::move(name)) {}
  Status write(std::string_view bytes) override;
  // A write has failed because the reader has closed its end.
  bool has_no_reader() const { return has_no_reader_; }

 private:
  const int descriptor_;
  const std::string name_;  // in messages
  bool has_no_reader_ = false;
};

// Writes to a temporary file beside the path; finish() syncs it and gives it its name, and without
// finish() the file is removed. A killed process leaves PATH.unfinished-PID-XXXXXXXX, which the
// next
// export to the path removes.
class NewFile final : public Sink {
 public:
  // kExists: the path exists, and is never replaced. kPermission, kFull, kIo.
  static Result<NewFile> make(const std::string& path);
  ~NewFile() override;
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;

  Status write(std::string_view bytes) override;
  Status finish();

 private:
  NewFile(file::Descriptor file, std::string path, std::string temporary);

  file::Descriptor file_;
  std::string path_;
  std::string temporary_;  // empty: there is no temporary file any more
};

}  // namespace kvstore::transfer
