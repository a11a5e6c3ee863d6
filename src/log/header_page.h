// The first 4 KiB of a file: the header twice, and two slots.
//
//   sector 0, 1   the header, twice, each copy with its own CRC: fixed at creation
//   sector 2, 3   slots, written alternately: how far the log is known to be durable
//   sector 4..7   zeros, reserved
//
// Only the slots are ever overwritten in a file. The newer valid one counts; a torn write of a slot
// leaves the other.
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

// The versions that an increment adds: those after floor_seq. The copy that it is applied to must
// end with floor_seq, at floor_time.
struct Increment {
  std::uint64_t until_seq = 0;  // the newest version
  // The hash of the versions after this one, up to floor_seq, in the log that it was made from; the
  // copy must have the same hash (FORMAT.md, "Increments").
  std::uint64_t window_seq = 0;
  ContentHash window_hash{};
  bool operator==(const Increment&) const = default;
};

struct FileHeader {
  std::uint16_t version = 1;
  // A reader that does not know a bit of `compatible` may do anything; of `read_compatible`, may
  // only read; of `incompatible`, may not open the file.
  std::uint64_t compatible = 0;
  std::uint64_t read_compatible = 0;
  std::uint64_t incompatible = 0;
  Id db_id{};    // lineage, kept by copies
  Id file_id{};  // differs for each physical copy
  std::uint64_t floor_seq = 0;
  std::uint64_t created = 0;     // microseconds since 1970
  std::uint64_t floor_time = 0;  // time of the last record up to floor_seq, in its original log
  std::uint64_t base_end = 0;    // with kFeatureKeyOrder: end of the base
  Increment increment;           // with kFeatureIncrement
};

struct Slot {
  std::uint64_t counter = 0;       // the slot with the higher counter is the newer
  bool clean = false;              // the file was closed: it ends at durable_end
  bool last_not_in_batch = false;  // the last record before D is in no batch; false: unknown
  bool last_is_of_all = false;     // the last record before D is a CLEAR
  std::uint64_t checkpoint = 0;    // offset of the newest CHECKPOINT, 0 for none
  std::uint64_t durable_end = kHeaderPageSize;  // D: everything before it is on the disk
  std::uint64_t last_seq = 0;                   // of the last record before D
  std::uint16_t epoch = 1;
  std::uint32_t prev_key_hash = 0;  // key hash of the last record before D
  Id boot_id{};
  std::uint64_t time = 0;  // microseconds since 1970
  // Features and a floor that were added after the file was created; they apply in addition to the
  // header's.
  std::uint64_t read_compatible = 0;
  std::uint64_t incompatible = 0;
  std::uint64_t floor_seq = 0;
  std::uint64_t term = 0;  // reserved: the newest TERM's; 0: none
  // Copies of the header's fields, for reading a file that has lost its header.
  std::uint64_t floor_time = 0;
  std::uint64_t base_end = 0;
  std::vector<EpochStart> epochs;  // begins of the epochs, oldest first; the newest kSlotEpochs
};

// A new header page: the header twice, and slot 0.
std::string encode_header_page(const FileHeader& header, const Slot& slot);
// Rewrites both copies of the header, in a file that no other process knows yet.
void store_header(const FileHeader& header, std::uint8_t* page);
// Stores the slot in the sector that its counter selects. A reader that loads it, also in another
// process, sees everything stored before.
void store_slot(const Slot& slot, const Binding& binding, std::uint8_t* page);
std::optional<Slot> load_slot(const std::uint8_t* page, int which, const Binding& binding);
std::optional<FileHeader> load_header(const std::uint8_t* page, int which);

// Whether one of the two copies of the header begins with the format's magic number, intact or not.
bool has_magic(const std::uint8_t* page, std::uint64_t size);

struct HeaderPage {
  FileHeader header;  // floor_seq and floor_time: the slot's if that floor is higher
  Slot slot;
  int bad_headers = 0;   // 0 to 1: damaged copies
  int bad_slots = 0;     // 0 to 2
  Base base;             // `end` is 0: there is no base
  bool writable = true;  // false: an unknown read-compatible feature in the header or a slot

  // Neither slot can be read, which no torn write explains: it is not known how far the log was on
  // the disk.
  bool durable_end_lost() const { return bad_slots == 2; }
};

// The newer of the readable slots.
std::optional<Slot> load_newest_slot(const std::uint8_t* page, const Binding& binding);

// Reads the page of a file of `size` bytes. kFormat if it is invalid, kVersion if it has a newer
// format. If both slots are bad that is no error: D is then the end of the header page.
// read_header_page() refuses an increment, and read_increment_page() a database (kFormat).
Result<HeaderPage> read_header_page(const std::uint8_t* page, std::uint64_t size,
                                    const std::string& path);
Result<HeaderPage> read_increment_page(const std::uint8_t* page, std::uint64_t size,
                                       const std::string& path);

}  // namespace kvstore::log
