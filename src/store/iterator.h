// An iterator over the keys of a store in order: see Store::iterator().
//
// It reads one version of the data, whatever is written meanwhile: for each key the newest value up
// to that version, unless that is a deletion or has expired.
//
// Before the first seek, first() or last() an iterator stands at no key.
//
// Thread rule: one thread at a time. It must be destroyed before the store is closed: until then
// the file that it reads stays open and locked. An iterator blocks no writer, and does not wait for
// one. While it lives, it keeps the memory of the key order that it walks over (at most 16 bytes
// a key, shared with other iterators), so it should not be kept for long.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/store/store.h"

namespace kvstore {

// Restricts the keys of an iterator: a key is shown if all options allow it. Keys are compared as
// bytes.
struct IteratorOptions {
  std::optional<std::string> lower = {};  // the first key that may be shown
  std::optional<std::string> upper = {};  // the end: the first key that may not be shown
  std::string prefix = {};                // shown keys begin with this
  // Does not prefetch values; value() works nonetheless.
  bool keys_only = false;
  At at = {};  // the version; default: the newest visible one when the iterator is made
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

  // False: there is no key, or status() says why one may be missing.
  virtual bool valid() const = 0;
  // The status of the last move. kCorrupt: an unreadable record may be the newest of a key here;
  // the message names the key if it is known. kSkipped: cancelled (base/cancel.h).
  virtual const Status& status() const = 0;

  // --- Only while valid(). Results are valid until the iterator moves.
  virtual std::string_view key() const = 0;
  // The whole value, verified; for a sorted set, its encoded bytes. kCorrupt if the key's newest
  // record or a part of its value is damaged, kTooBig above kMaxValueSize (use Store::read). After
  // an error the iterator stands where it was, and can go on.
  virtual Result<std::string_view> value() = 0;
  virtual Result<KeyInfo> info() = 0;
};

}  // namespace kvstore
