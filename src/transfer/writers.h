// A writer for each format: see writer.h.
#pragma once

#include "src/transfer/member_commands.h"
#include "src/transfer/member_pieces.h"
#include "src/transfer/writer.h"

namespace kvstore::transfer {

// SET key value [PXAT ms], APPEND key value, DELETE key; a history's seq, time and kind are a
// comment before it. Long values are blocks, up to a word that they do not hold. A sorted set is
// ZADD and ZREM.
class KvWriter final : public Writer {
 public:
  std::size_t write(const Change& change, std::string* out) override;

 private:
  MemberCommands members_;
};

// Fields in this order: seq, time, kind (of a history, or where it is not "set"), key, type, value
// or members, expires. The members of a sorted set that is large are several lines: a set, and
// appends.
class JsonlWriter final : public Writer {
 public:
  std::size_t write(const Change& change, std::string* out) override;

 private:
  std::size_t write_members(const Change& change, std::string* out);

  MemberPieces pieces_;
  bool is_begun_ = true;  // the set has its line; else the first piece had no whole member
};

// Rows end in CR LF. The column base64 says which of key and value are in it.
class CsvWriter final : public Writer {
 public:
  explicit CsvWriter(bool history) : history_(history) {}
  void begin(std::string* out) override;
  std::size_t write(const Change& change, std::string* out) override;

 private:
  const bool history_;
};

// SET with PXAT, APPEND, DEL, PEXPIREAT, PERSIST, ZADD, ZREM. A history's times are Redis'
// timestamp annotations (#TS:seconds), which its append-only files may have, and its pipes may not.
class RespWriter final : public Writer {
 public:
  std::size_t write(const Change& change, std::string* out) override;

 private:
  std::size_t write_members(const Change& change, std::string* out);

  std::uint64_t noted_s_ = 0;  // the last annotation
  MemberCommands members_;
};

}  // namespace kvstore::transfer
