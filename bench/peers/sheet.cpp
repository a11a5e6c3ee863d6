#include "bench/peers/sheet.h"

namespace peers {

const std::vector<RowText>& row_texts() {
  static const std::vector<RowText> texts = {
      {Row::kSet, "set", "SET % random keys, unsynced", "M/s", 1e6},
      {Row::kSetSynced1, "set_synced_1", "SET synced, 1 thread", "k/s", 1e3},
      {Row::kSetSynced16, "set_synced_16", "SET synced, 16 threads", "k/s", 1e3},
      {Row::kSetsPerSync, "sets_per_sync_16", "SETs a sync, 16 threads", "", 1, false, true},
      {Row::kGet1, "get_1", "GET random of %, 1 thread", "M/s", 1e6},
      {Row::kGet2, "get_2", "GET random of %, 2 threads", "M/s", 1e6},
      {Row::kGetAbsent, "get_absent", "GET absent", "M/s", 1e6},
      {Row::kAppend100, "append_100", "APPEND 100 B to 1,000 keys", "M/s", 1e6},
      {Row::kAppend4096, "append_4096", "APPEND 4 KiB to 1,000 keys", "MB/s", 1e6},
      {Row::kRead100Of1, "read_100_1", "READ 256 B of 100-B appends, 1 thread", "M/s", 1e6},
      {Row::kRead100Of2, "read_100_2", "READ 256 B of 100-B appends, 2 threads", "M/s", 1e6},
      {Row::kRead4096Of1, "read_4096_1", "READ 256 B of 4-KiB appends, 1 thread", "M/s", 1e6},
      {Row::kRead4096Of2, "read_4096_2", "READ 256 B of 4-KiB appends, 2 threads", "M/s", 1e6},
      {Row::kWhole100, "whole_100", "whole 100-KB values of 100-B appends", "MB/s", 1e6},
      {Row::kWhole4096, "whole_4096", "whole 400-KiB values of 4-KiB appends", "MB/s", 1e6},
      {Row::kReopen, "reopen", "REOPEN of % keys and a first GET", "ms", 1e-3, true},
      {Row::kRange, "range_100", "100 keys and values in order", "k/s", 1e3, false, true},
      {Row::kScan, "scan", "all keys and values in order", "M keys/s", 1e6, false, true},
      {Row::kScanKeys, "scan_keys", "all keys in order", "M keys/s", 1e6, false, true},
      {Row::kDisk, "disk", "disk a key", "B", 1, true, true},
      {Row::kAnonymous, "anonymous", "anonymous memory after the reads", "MiB", 1048576, true, true},
  };
  return texts;
}

}  // namespace peers
