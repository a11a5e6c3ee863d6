// A fuzz target's bytes as a database file.
//
// Nothing but noise would ever pass CRC-32C, so the checksums are made right
// here, and a fuzzer can change any field and still be believed:
//
//   byte 0      what is put right, see Fix below; 0xFF: nothing, the rest is the file
//   byte 1      bits 0 to 3: sectors 0 to 3 (header, header, slot, slot) keep
//               their checksums; bit 4: the machine was rebooted since
//   byte 2      zeros after the log, in units of 64 bytes
//   byte 3      1: sectors are whole, 512 bytes each, instead of the 96 that they begin with
//   4 x 96      how sectors 0 to 3 begin; the rest of each is zeros
//   the rest    the log
//
// The log is gone over record by record as its sizes say. A header_crc or body_crc
// of FFFFFFFF stays as it is (a bad one), and so does a header_crc of 0 (a record
// not yet published).
#pragma once

#include <string>
#include <string_view>

#include "tests/fuzz/finding.h"

namespace kvstore::fuzz {

enum Fix : std::uint8_t {
  kSeqs = 1,    // counted up from 1, one for a batch
  kLinks = 2,   // prev and total, as if each record continued its key
  kEpochs = 4,  // the first record's in all, and those next to it
};
inline constexpr std::uint8_t kAsItIs = 0xFF;

struct Image {
  std::string bytes;
  bool rebooted = false;
};
Image make_image(Input input);

// The input that makes this file, for seeds: with nothing but checksums put right.
std::string input_for(std::string_view file, bool rebooted);

}  // namespace kvstore::fuzz
