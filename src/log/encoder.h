// Compresses the values of records (codec.h has the layout).
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/log/codec.h"

struct ZSTD_CCtx_s;
struct ZSTD_CDict_s;
struct ZSTD_DDict_s;

namespace kvstore::log {

class Encoder {
 public:
  // To read a part of a value decompresses whole blocks of this size; the choice is based on
  // measurements in docs/ARCHITECTURE.md.
  static constexpr std::uint8_t kBlockShift = 13;
  static constexpr std::uint64_t kBlock = std::uint64_t{1} << kBlockShift;

  // `level`: zstd's, 1 to 22. `dictionary`: used for values of one block; empty: none. Throws
  // std::bad_alloc.
  Encoder(int level, std::string_view dictionary);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Writes the stored form of `raw`, which has at most kMaxRawSize bytes, to *stored. kNone: it
  // would not be much smaller; *stored is then undefined. The result is decoded once and compared,
  // because it replaces the raw bytes. Throws std::bad_alloc.
  Encoding encode(std::string_view raw, std::string* stored);

 private:
  bool yields(std::string_view frame, std::string_view block, bool with_dictionary);
  std::size_t append_frame(std::string_view block, bool with_dictionary, std::string* stored);
  bool encode_blocks(std::string_view raw, std::string* stored);

  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  struct FreeDictionary {
    void operator()(ZSTD_CDict_s* dictionary) const;
    void operator()(ZSTD_DDict_s* dictionary) const;
  };
  std::unique_ptr<ZSTD_CDict_s, FreeDictionary> dictionary_;
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;
  std::unique_ptr<ZSTD_DDict_s, FreeDictionary> decoding_dictionary_;
  std::string frame_, decoded_;
};

}  // namespace kvstore::log
