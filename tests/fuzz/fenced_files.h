// A file system in memory for fuzzing: cheap to make, and with a fence. Under
// AddressSanitizer the bytes after a file's end are poisoned, so that a read
// beyond size(), which a mapping would answer with zeros, is found.
//
// Not for crashes: what is stored is durable at once (tests/support/sim_files.h
// knows of syncs). Thread rule: as LogFile's.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "tests/support/memory_files.h"

namespace kvstore::fuzz {

class FencedFiles final : public testing::MemoryFiles {
 public:
  // A forged length must not make the fence a long way to move.
  FencedFiles() { capacity = std::uint64_t{64} << 20; }

 private:
  struct Fenced;
  std::shared_ptr<Content> make_content(std::string_view bytes) override;
};

}  // namespace kvstore::fuzz
