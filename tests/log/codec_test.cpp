#include "src/log/codec.h"

#include <doctest/doctest.h>
#include <zstd.h>

#include <random>
#include <string>

#include "src/base/coding.h"
#include "src/log/encoder.h"

namespace kvstore::log {
namespace {

struct FreeDictionary {
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};
using Loaded = std::unique_ptr<ZSTD_DDict, FreeDictionary>;

const std::string kDictionary = "level=info service=store method=GET path=/api/v1/keys status=200";

Loaded loaded() { return Loaded(ZSTD_createDDict(kDictionary.data(), kDictionary.size())); }

// Bytes [begin, end), or nullopt if they cannot be decoded.
std::optional<std::string> decode(const Encoding& encoding, std::string_view stored,
                                  std::uint64_t begin, std::uint64_t end,
                                  const ZSTD_DDict* dictionary) {
  const BlockMap map(encoding, stored);
  std::string out;
  for (std::uint32_t block = 0; block < map.count(); ++block) {
    const ByteRange raw = map.raw(block);
    const std::uint64_t from = std::max(begin, raw.begin), to = std::min(end, raw.end);
    if (from >= to) continue;
    const auto frame = map.frame(block);
    if (!frame) return std::nullopt;
    std::string part(to - from, '\0');
    if (!decode_frame_part(stored.substr(frame->begin, frame->size()), dictionary, raw.size(),
                           from - raw.begin, to - raw.begin, part.data())) {
      return std::nullopt;
    }
    out += part;
  }
  return out;
}

// Of everything from all alike to incompressible.
std::string some_bytes(std::mt19937_64& random, std::size_t size) {
  const unsigned letters = 1u << random() % 9;
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() % letters);
  if (random() % 4 == 0 && size > 40'000) bytes.replace(0, 40'000, 40'000, 'x');
  return bytes;
}

TEST_CASE("what is encoded is decoded, whole and in parts, whatever it is") {
  std::mt19937_64 random(7);
  const Loaded dictionary = loaded();
  Encoder with(3, kDictionary), without(19, {});
  const std::uint64_t block = Encoder::kBlock;
  std::vector<std::uint64_t> sizes{0,
                                   1,
                                   2,
                                   100,
                                   block - 1,
                                   block,
                                   block + 1,
                                   2 * block,
                                   2 * block + 1,
                                   5 * block - 1,
                                   kMaxRawSize - 1,
                                   kMaxRawSize};
  for (int i = 0; i < 150; ++i)
    sizes.push_back(random() % (std::uint64_t{1} << (1 + random() % 17)));
  int encoded = 0;
  for (const std::uint64_t size : sizes) {
    CAPTURE(size);
    const std::string raw = some_bytes(random, size);
    Encoder& encoder = random() % 2 == 0 ? with : without;
    std::string stored;
    const Encoding encoding = encoder.encode(raw, &stored);
    if (encoding.codec == Codec::kNone) continue;
    ++encoded;
    CHECK(is_known(encoding));
    CHECK(encoding.raw_size == size);
    CHECK(stored.size() < raw.size());
    CHECK((encoding.codec == Codec::kZstdDictionary) == (&encoder == &with && size <= block));
    CHECK(decode(encoding, stored, 0, size, dictionary.get()) == raw);
    for (int part = 0; part < 10; ++part) {
      const std::uint64_t begin = random() % size, end = begin + random() % (size - begin + 1);
      CHECK(decode(encoding, stored, begin, end, dictionary.get()) ==
            raw.substr(begin, end - begin));
    }
  }
  CHECK(encoded > 60);
}

TEST_CASE("random bytes stay as they are") {
  std::mt19937_64 random(3);
  std::string stored;
  for (const int level : {1, 3, 22}) {
    Encoder encoder(level, {});
    for (const std::size_t size : {1u, 16u, 100u, 5000u, 20'000u, 1'000'000u}) {
      std::string raw(size, '\0');
      for (char& byte : raw) byte = static_cast<char>(random());
      CHECK(encoder.encode(raw, &stored).codec == Codec::kNone);
    }
  }
}

TEST_CASE("blocks that do not become smaller stay raw among those that do") {
  std::mt19937_64 random(3);
  std::string raw(4 * Encoder::kBlock, 'a');
  for (std::size_t i = 0; i < Encoder::kBlock; ++i) raw[i] = static_cast<char>(random());
  std::string stored;
  Encoder encoder(3, {});
  const Encoding encoding = encoder.encode(raw, &stored);
  REQUIRE(encoding.codec == Codec::kZstd);
  const BlockMap map(encoding, stored);
  REQUIRE(map.count() == 4);
  CHECK(map.frame(0)->size() == Encoder::kBlock);
  CHECK(map.frame(1)->size() < 100);
  CHECK(decode(encoding, stored, 0, raw.size(), nullptr) == raw);
}

TEST_CASE("an encoding in an extension is read back, and what cannot be is not known") {
  std::uint8_t bytes[6] = {};
  const Encoding encoding{Codec::kZstdDictionary, 14, 123'456};
  store_encoding(encoding, bytes);
  CHECK(load_encoding(bytes) == encoding);
  CHECK(is_known(encoding));
  CHECK_FALSE(is_known({}));
  CHECK_FALSE(is_known({static_cast<Codec>(3), 14, 100}));
  CHECK_FALSE(is_known({Codec::kZstd, 8, 100}));
  CHECK_FALSE(is_known({Codec::kZstd, 21, 100}));
  CHECK_FALSE(is_known({Codec::kZstd, 14, 0}));
  CHECK_FALSE(is_known({Codec::kZstd, 14, kMaxRawSize + 1}));
}

// A checksum keeps them away; what has a right one and is forged must do no harm either.
TEST_CASE("hostile bytes are refused, and take no more memory than a block") {
  std::mt19937_64 random(11);
  const Loaded dictionary = loaded();
  Encoder encoder(3, {});
  std::string raw = some_bytes(random, 5 * Encoder::kBlock), stored;
  raw.replace(0, raw.size() / 2, raw.size() / 2, 'y');
  const Encoding encoding = encoder.encode(raw, &stored);
  REQUIRE(encoding.codec != Codec::kNone);
  for (int i = 0; i < 3000; ++i) {
    std::string bad = stored;
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips) {
      const std::size_t at = random() % (random() % 2 == 0 ? bad.size() : 40);
      bad[at] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bad.resize(random() % bad.size());
    Encoding lying = encoding;
    if (random() % 4 == 0) lying.raw_size = 1 + static_cast<std::uint32_t>(random() % kMaxRawSize);
    if (random() % 4 == 0) lying.block_shift = static_cast<std::uint8_t>(9 + random() % 12);
    const std::uint64_t begin = random() % lying.raw_size;
    const std::uint64_t end = begin + random() % (lying.raw_size - begin + 1);
    const auto got = decode(lying, bad, begin, end, random() % 2 ? dictionary.get() : nullptr);
    if (got) CHECK(got->size() == end - begin);
  }
}

TEST_CASE("a frame that yields more or less than its block is none") {
  std::string frame(ZSTD_compressBound(1000), '\0');
  const std::string raw(1000, 'z');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), raw.data(), raw.size(), 3));
  const std::string_view stored = std::string_view(frame).substr(kFrameMagicSize);
  std::string out(2000, '\0');
  CHECK(decode_frame(stored, nullptr, 1000, out.data()));
  CHECK_FALSE(decode_frame(stored, nullptr, 999, out.data()));
  CHECK_FALSE(decode_frame(stored, nullptr, 1001, out.data()));
  CHECK_FALSE(decode_frame(stored, nullptr, 10, out.data()));
  CHECK_FALSE(decode_frame({}, nullptr, 10, out.data()));
}

}  // namespace
}  // namespace kvstore::log
