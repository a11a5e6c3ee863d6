// An ordered walk over the keys of a store: see Store::iterator().
//
// All of it belongs to one version of the data, whatever is written meanwhile: of each key
// it shows the newest value up to that version, unless that is a deletion or has expired.
//
// Before the first seek, first() or last() an iterator stands on no key.
//
// Thread rule: one thread at a time. It must be destroyed before the store is closed: until
// then the file that it reads stays open, and locked. Nobody waits for an iterator, and none
// waits for a writer; while it lives the memory of what it walks over is kept (16 bytes a
// key at most, shared with other iterators), so it should not be kept for long.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/store/store.h"

namespace kvstore {

// Which keys an iterator shows: those that all of these allow. Keys are compared as bytes.
struct IteratorOptions {
  std::optional<std::string> lower = {};  // the first key that may be shown
  std::optional<std::string> upper = {};  // the first key that may not
  std::string prefix = {};                // what keys begin with
  // Values are not asked for ahead. value() answers all the same.
  bool keys_only = false;
  At at = {};  // the version; default: the newest that shows when the iterator is made
};

class Iterator {
 public:
  virtual ~Iterator() = default;

  virtual void seek(std::string_view key) = 0;         // to the first key >= it
  virtual void seek_before(std::string_view key) = 0;  // to the last key < it
  virtual void first() = 0;
  virtual void last() = 0;
  virtual void next() = 0;  // only while valid()
  virtual void prev() = 0;

  // False: there is no key there, or status() says why there may be one.
  virtual bool valid() const = 0;
  // kCorrupt: a record cannot be read that may be the newest of a key here; it is named
  // where it is known. kSkipped: the walk was cancelled (base/cancel.h). Of the last move.
  virtual const Status& status() const = 0;

  // --- Only while valid(). What is returned holds until the iterator moves.
  virtual std::string_view key() const = 0;
  // The whole value, checked; of a sorted set its bytes. kCorrupt if the key's newest record or a
  // part of its value is damaged, kTooBig above kMaxValueSize (use Store::read). After an error the
  // iterator stands where it stood, and can go on.
  virtual Result<std::string_view> value() = 0;
  virtual Result<KeyInfo> info() = 0;
};

}  // namespace kvstore
