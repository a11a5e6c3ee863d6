// A writer for each format: see writer.h.
#pragma once

#include "src/transfer/member_commands.h"
#include "src/transfer/member_pieces.h"
#include "src/transfer/writer.h"

namespace kvstore::transfer {

// SET key value [PXAT ms], APPEND key value, DELETE key; in a history, seq, time and kind are a
// comment
// before it. Long values are blocks, with a sentinel that the value does not contain. A sorted set
// is
// ZADD and ZREM.
class KvWriter final : public Writer {
 public:
  std::size_t write(const Change& change, std::string* out) override;

 private:
  MemberCommands members_;
};

// The fields, in this order: seq, time, kind (in a history, or if it is not "set"), key, type,
// value or
// members, expires. A large sorted set takes several lines: a set, then appends.
class JsonlWriter final : public Writer {
 public:
  std::size_t write(const Change& change, std::string* out) override;

 private:
  std::size_t write_members(const Change& change, std::string* out);

  MemberPieces pieces_;
  bool is_begun_ = true;  // the set's line was written; false: the first piece had no complete
                          // member
};

// Rows end in CR LF. The column `base64` says which of key and value are encoded.
class CsvWriter final : public Writer {
 public:
  explicit CsvWriter(bool history) : history_(history) {}
  void begin(std::string* out) override;
  std::size_t write(const Change& change, std::string* out) override;

 private:
  const bool history_;
};

// SET with PXAT, APPEND, DEL, PEXPIREAT, PERSIST, ZADD, ZREM. A history's times are Redis'
// timestamp
// annotations (#TS:seconds), which Redis allows in its append-only files but not in its pipes.
class RespWriter final : public Writer {
 public:
  std::size_t write(const Change& change, std::string* out) override;

 private:
  std::size_t write_members(const Change& change, std::string* out);

  std::uint64_t noted_s_ = 0;  // the time of the last annotation
  MemberCommands members_;
};

}  // namespace kvstore::transfer
