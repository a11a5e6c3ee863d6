// The first 4 KiB of a file: the header twice, and two slots.
//
//   sector 0, 1   the header, identical, each with its own CRC: fixed at creation
//   sector 2, 3   slots, written in turn: how far the log is known to be durable
//   sector 4..7   zeros, reserved
//
// The slots are the only bytes of a file that are ever overwritten. The newer
// of the valid ones counts; a torn slot write leaves the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/content_hash.h"
#include "src/base/status.h"
#include "src/log/format.h"
#include "src/log/identity.h"
#include "src/log/validity.h"

namespace kvstore::log {

// What an increment says of the versions that it adds: those after floor_seq. The copy that it is
// for ends with that one, at floor_time.
struct Increment {
  std::uint64_t until_seq = 0;  // the newest
  // The versions after this one, up to floor_seq, have that hash in the log that it was made of,
  // and are to have it in the copy (FORMAT.md, "Increments").
  std::uint64_t window_seq = 0;
  ContentHash window_hash{};
  bool operator==(const Increment&) const = default;
};

struct FileHeader {
  std::uint16_t version = 1;
  // A reader that does not know a bit of these masks: compatible, may do
  // anything; read-compatible, may only read; incompatible, may not open.
  std::uint64_t compatible = 0;
  std::uint64_t read_compatible = 0;
  std::uint64_t incompatible = 0;
  Id db_id{};    // lineage, kept by copies
  Id file_id{};  // of this physical copy
  std::uint64_t floor_seq = 0;
  std::uint64_t created = 0;     // microseconds since 1970
  std::uint64_t floor_time = 0;  // of the last record up to floor_seq, in the log it was in
  std::uint64_t base_end = 0;    // with kFeatureKeyOrder: where the base ends
  Increment increment;           // with kFeatureIncrement
};

struct Slot {
  std::uint64_t counter = 0;       // the higher one is the newer slot
  bool clean = false;              // the file was closed: it ends at durable_end
  bool last_not_in_batch = false;  // the last record before D is of no batch; else unsaid
  bool last_is_of_all = false;     // the last record before D is a CLEAR
  std::uint64_t checkpoint = 0;    // offset of the newest CHECKPOINT, 0 for none
  std::uint64_t durable_end = kHeaderPageSize;  // D: everything before it is on disk
  std::uint64_t last_seq = 0;                   // of the last record before D
  std::uint16_t epoch = 1;
  std::uint32_t prev_key_hash = 0;  // hash of the key of the last record before D
  Id boot_id{};
  std::uint64_t time = 0;  // microseconds since 1970
  // Features, and a floor, that came after the file was made: with the header's.
  std::uint64_t read_compatible = 0;
  std::uint64_t incompatible = 0;
  std::uint64_t floor_seq = 0;
  std::uint64_t term = 0;  // reserved: the newest TERM's, 0 for none
  // The header's, for who reads a file that has lost it.
  std::uint64_t floor_time = 0;
  std::uint64_t base_end = 0;
  std::vector<EpochStart> epochs;  // where they begin, oldest first; the newest kSlotEpochs
};

// A whole new page: header twice, slot 0.
std::string encode_header_page(const FileHeader& header, const Slot& slot);
// The header anew, twice, in the page of a file that nobody else knows yet.
void store_header(const FileHeader& header, std::uint8_t* page);
// Into the sector the slot's counter selects. What was stored before it shows to whoever
// loads it, in other processes too.
void store_slot(const Slot& slot, const Binding& binding, std::uint8_t* page);
std::optional<Slot> load_slot(const std::uint8_t* page, int which, const Binding& binding);
std::optional<FileHeader> load_header(const std::uint8_t* page, int which);

// Whether one of the two copies of the header begins with the format's mark,
// intact or not.
bool has_magic(const std::uint8_t* page, std::uint64_t size);

struct HeaderPage {
  FileHeader header;  // floor_seq and floor_time: the slot's, if that floor is higher
  Slot slot;
  int bad_headers = 0;   // 0 to 1: copies that do not check out
  int bad_slots = 0;     // 0 to 2
  Base base;             // none: `end` is 0
  bool writable = true;  // false: an unknown read-compatible feature, of header or slot

  // Neither slot can be read, which no torn write explains: nobody says how far the
  // log was on the disk.
  bool durable_end_lost() const { return bad_slots == 2; }
};

// The newer of the slots that can be read.
std::optional<Slot> load_newest_slot(const std::uint8_t* page, const Binding& binding);

// Reads a page from `size` bytes of file. kFormat if it is none, kVersion if it
// is of a newer format. Both slots bad is no error: D is then the header's end. An increment is
// no database (kFormat), and a database no increment.
Result<HeaderPage> read_header_page(const std::uint8_t* page, std::uint64_t size,
                                    const std::string& path);
Result<HeaderPage> read_increment_page(const std::uint8_t* page, std::uint64_t size,
                                       const std::string& path);

}  // namespace kvstore::log
