// Where an export goes: a descriptor, or a new file that has its name only once it is whole.
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
  // All of it. kIo, kFull; kNetwork: whoever reads it has gone away.
  virtual Status write(std::string_view bytes) = 0;
};

// The descriptor stays the caller's.
class DescriptorSink final : public Sink {
 public:
  DescriptorSink(int descriptor, std::string name)
      : descriptor_(descriptor), name_(std::move(name)) {}
  Status write(std::string_view bytes) override;
  // A write has failed as nobody reads it any more.
  bool has_no_reader() const { return has_no_reader_; }

 private:
  const int descriptor_;
  const std::string name_;  // in messages
  bool has_no_reader_ = false;
};

// Beside its path until finish(), which puts it on the disk and gives it its name; without
// that nothing is left of it. A killed process leaves PATH.unfinished-PID-XXXXXXXX, which the
// next export to the path removes.
class NewFile final : public Sink {
 public:
  // kExists: nothing is ever replaced. kPermission, kFull, kIo.
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
  std::string temporary_;  // empty: there is none any more
};

}  // namespace kvstore::transfer
