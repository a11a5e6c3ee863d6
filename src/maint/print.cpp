#include "src/maint/print.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr std::size_t kShownKeySize = 120;
constexpr std::size_t kShownKeys = 100;

std::string shown(std::string_view key) { return quoted_word(key, kShownKeySize); }

void put_head(const Report& r, Out out) {
  constexpr std::string_view kVerdicts[] = {"intact", "a torn tail, nothing worse",
                                            "its INDEX is damaged; no key and no value is lost",
                                            "DAMAGED"};
  fmt::format_to(out, "{}: {}", harmless(r.path), kVerdicts[static_cast<int>(r.state())]);
  if (!r.marked.empty()) {
    fmt::format_to(
        out, "; {} partly lost to earlier damage",
        r.marked.size() == 1 ? "1 value is" : with_commas(r.marked.size()) + " values are");
  }
  fmt::format_to(out, "\n");
  fmt::format_to(out, "  file     {}, format version {}{}\n", bytes_text(r.file_size), r.version,
                 r.header_lost ? "" : ", created " + iso_seconds(r.created));
  const auto id = [](const log::Id& bytes) {
    return hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  if (!r.header_lost)
    fmt::format_to(out, "  ids      db {}, file {}\n", id(r.db_id), id(r.file_id));
  if (r.floor_seq > 0) {
    fmt::format_to(out, "  history  from seq {} ({}) on\n", r.floor_seq, iso_time(r.floor_time));
  }
}

void put_closing(const Report& r, Out out) {
  if (r.beside_writer) {
    fmt::format_to(out, "  in use   {}; the tail is not checked while in use\n",
                   r.writer.empty() ? "another process writes it" : harmless(r.writer));
  }
  fmt::format_to(out, "  closed   {}; known durable up to offset {}, epoch {}\n",
                 r.closed_cleanly  ? "cleanly"
                 : r.beside_writer ? "not yet"
                                   : "not cleanly",
                 with_commas(r.durable), r.epoch);
}

void put_contents(const Report& r, Out out) {
  fmt::format_to(out, "  records  {}", with_commas(r.record_count));
  const char* separator = ": ";
  for (const auto& [kind, count] : r.records) {
    fmt::format_to(out, "{}{} {}", separator, with_commas(count), kind_name(kind));
    separator = ", ";
  }
  if (r.record_count > 0) {
    fmt::format_to(out, "; last seq {}\n  written  {} to {}", r.last_seq, iso_time(r.first_time),
                   iso_time(r.last_time));
  }
  fmt::format_to(out, "\n  keys     {} live, {} deleted, {} expired", with_commas(r.live_keys),
                 with_commas(r.deleted_keys), with_commas(r.expired_keys));
  if (r.lost_keys > 0) fmt::format_to(out, ", {} lost to damage", with_commas(r.lost_keys));
  fmt::format_to(out, "\n  bytes    {} live, {} history and overhead\n", with_commas(r.live_size),
                 with_commas(r.overhead_size()));
}

void put_marked(const Report& r, bool every_key, Out out) {
  if (!r.marked.empty()) {
    fmt::format_to(out, "  lost     to earlier damage, until the key is set again or deleted:\n");
  }
  std::size_t count = 0;
  for (const Marked& mark : r.marked) {
    if (!every_key && count++ == kShownKeys) {
      fmt::format_to(out, "    and {} more: --json lists them all\n",
                     with_commas(r.marked.size() - kShownKeys));
      return;
    }
    if (mark.kind == log::Kind::kHole) {
      fmt::format_to(out, "    {}: all of it; reading it gives CORRUPT (HOLE at offset {})\n",
                     shown(mark.key), with_commas(mark.offset));
    } else {
      fmt::format_to(out,
                     "    {}: {} of {} lost, from position {}; reading them gives CORRUPT (GAP "
                     "at offset {})\n",
                     shown(mark.key), with_commas(mark.lost_size), bytes_text(mark.total),
                     with_commas(mark.position), with_commas(mark.offset));
    }
  }
}

void put_clock_steps(const Report& r, Out out) {
  for (const ClockStep& step : r.clock_steps) {
    fmt::format_to(out, "  clock    set back from {} to {} before seq {}\n", iso_time(step.from),
                   iso_time(step.to), step.seq);
  }
  if (r.clock_step_count > r.clock_steps.size()) {
    fmt::format_to(out, "  clock    and set back {} times more\n",
                   with_commas(r.clock_step_count - r.clock_steps.size()));
  }
}

std::string range(std::uint64_t begin, std::uint64_t end) {
  return fmt::format("bytes {}..{}", with_commas(begin), with_commas(end));
}

void put_header_damage(const Report& r, Out out) {
  if (r.header_lost) {
    fmt::format_to(out,
                   "  rotten   bytes 0..1,024: both copies of the header are lost; the records "
                   "were found without them\n");
  } else if (r.bad_headers > 0) {
    fmt::format_to(out, "  rotten   bytes 0..1,024: one copy of the header is damaged\n");
  }
}

void put_slot_damage(const Report& r, Out out) {
  if (r.stale_slots) {
    fmt::format_to(
        out,
        "  rotten   bytes 1,024..2,048: both notes of how far the log was on the disk (its slots) "
        "fell back to what they were before a recovery, so how far the log was durable is not "
        "known\n");
  }
  if (r.bad_slots == 2) {
    fmt::format_to(out,
                   "  rotten   bytes 1,024..2,048: both notes of how far the log was on the disk "
                   "(its slots) are damaged, so that is not known\n");
  } else if (r.bad_slots == 1) {
    fmt::format_to(
        out,
        "  note     one of the two notes of how far the log was on the disk (its slots) is "
        "damaged or torn; the other one serves\n");
  }
}

void put_damaged_range(const Damage& damage, Out out) {
  fmt::format_to(out, "  rotten   {}: {}", range(damage.begin, damage.end), damage.reason);
  if (damage.is_derived) fmt::format_to(out, "; of the index: nothing is lost");
  if (damage.missing > 0) fmt::format_to(out, "; {} lost", plural(damage.missing, "record"));
  if (damage.key) fmt::format_to(out, "; key {}", shown(*damage.key));
  if (damage.missing > 0 && !damage.key && !damage.others_lost) {
    fmt::format_to(out, "; of a key that no other record has");
  }
  fmt::format_to(out, "\n");
}

void put_damage(const Report& r, Out out) {
  put_header_damage(r, out);
  put_slot_damage(r, out);
  for (const Damage& damage : r.damage) put_damaged_range(damage, out);
  if (r.torn()) {
    fmt::format_to(out,
                   "  torn     {}: the end of a write that was not finished or not synced; "
                   "never acknowledged\n",
                   range(r.torn_begin, r.torn_end));
  }
}

void put_index(const IndexReport& index, Out out) {
  if (index.checkpoint != 0) {
    fmt::format_to(out, "  index    {} of {}, {}, {}; covers the log up to offset {}\n",
                   plural(index.runs, "run"), plural(index.segments, "segment"),
                   plural(index.keys, "key"), bytes_text(index.bytes), with_commas(index.covered));
  }
  if (index.is_changing) {
    fmt::format_to(out, "  index    was replaced while it was looked at: not checked\n");
  }
  if (index.unused > 0) {
    fmt::format_to(out, "  unused   {} of earlier indexes, {}, of which {} take no space\n",
                   plural(index.unused, "extent"), bytes_text(index.unused_bytes),
                   with_commas(index.unused_holes));
  }
  if (index.unreadable > 0) {
    fmt::format_to(out, "  index    has {} whose newest record cannot be read\n",
                   plural(index.unreadable, "key"));
  }
  for (const IndexFault& fault : index.faults) {
    fmt::format_to(out, "  WRONG    index, offset {}: {}", with_commas(fault.offset), fault.what);
    if (fault.key) fmt::format_to(out, "; key {}", shown(*fault.key));
    fmt::format_to(out, "\n");
  }
  if (index.fault_count > index.faults.size()) {
    fmt::format_to(out, "    and {} more\n", with_commas(index.fault_count - index.faults.size()));
  }
}

void put_loss(const Loss& loss, Out out) {
  const std::string key = shown(loss.key);
  if (loss.kind == Loss::Kind::kClear && loss.seq != 0) {
    fmt::format_to(out,
                   "    all keys written before offset {}: what deleted them (FLUSHALL, version "
                   "{}) is lost, but the index knows it; it is said again (CLEAR)\n",
                   with_commas(loss.offset), loss.seq);
  } else if (loss.kind == Loss::Kind::kClear) {
    fmt::format_to(
        out,
        "    all keys written before offset {}: what deleted them (FLUSHALL) is lost; until "
        "it is said again, reading them gives CORRUPT (CLEAR)\n",
        with_commas(loss.offset));
  } else if (loss.before_clear) {
    fmt::format_to(out,
                   "    {}: a version (offset {}) from before all keys were deleted (FLUSHALL); "
                   "what it is now is whole\n",
                   key, with_commas(loss.offset));
  } else if (loss.replaced) {
    fmt::format_to(out, "    {}: an older version (offset {}); its current value is whole\n", key,
                   with_commas(loss.offset));
  } else if (loss.kind == Loss::Kind::kHole) {
    fmt::format_to(out,
                   "    {}: its newest state (offset {}) is lost; reading it gives CORRUPT until "
                   "it is set again (HOLE)\n",
                   key, with_commas(loss.offset));
  } else if (loss.is_referred) {
    fmt::format_to(out,
                   "    {}: {} of {} lost, from position {}: it refers to damaged bytes of another "
                   "version (REF at offset {}); reading them gives CORRUPT\n",
                   key, with_commas(loss.lost_size), bytes_text(loss.total),
                   with_commas(loss.position), with_commas(loss.offset));
  } else {
    fmt::format_to(out,
                   "    {}: {} of {} lost, from position {} (offset {}); reading them gives "
                   "CORRUPT, the rest is as before (GAP)\n",
                   key, with_commas(loss.lost_size), bytes_text(loss.total),
                   with_commas(loss.position), with_commas(loss.offset));
  }
}

void put_rolled_back(const Report& r, const std::uint8_t* data, bool every_key, Out out) {
  if (r.rolled_back.empty()) return;
  fmt::format_to(out,
                 "  ROLLED BACK {}: records of unknown keys were lost, so the newest good "
                 "version, which is kept, may be older than the last one written:\n",
                 plural(r.rolled_back.size(), "key"));
  std::size_t count = 0;
  for (const std::uint64_t offset : r.rolled_back) {
    if (!every_key && count == kShownKeys) {
      fmt::format_to(out, "    and {} more: --json lists them all\n",
                     with_commas(r.rolled_back.size() - count));
      return;
    }
    fmt::format_to(out, "    {}\n", shown(key_at(data, offset)));
    ++count;
  }
}

}  // namespace

std::string_view state_name(State state) {
  constexpr std::string_view kNames[] = {"intact", "torn", "index_damaged", "damaged"};
  return kNames[static_cast<int>(state)];
}

std::string_view kind_name(log::Kind kind) {
  switch (kind) {
    case log::Kind::kExtent:
      return "EXTENT";
    case log::Kind::kCheckpoint:
      return "CHECKPOINT";
    case log::Kind::kDictionary:
      return "DICTIONARY";
    case log::Kind::kSet:
      return "SET";
    case log::Kind::kAppend:
      return "APPEND";
    case log::Kind::kDelete:
      return "DELETE";
    case log::Kind::kHole:
      return "HOLE";
    case log::Kind::kGap:
      return "GAP";
    case log::Kind::kClear:
      return "CLEAR";
    case log::Kind::kRef:
      return "REF";
    default:
      return "OTHER";
  }
}

std::string_view key_at(const std::uint8_t* data, std::uint64_t offset) {
  const std::uint8_t* at = data + offset;
  return {reinterpret_cast<const char*>(at) + log::kRecordHeaderSize + at[11] * log::kExtensionUnit,
          load_le<std::uint16_t>(at + 12)};
}

std::string describe_costs(const Report& r, const std::uint8_t* data, bool every_key) {
  std::string text;
  const Out out(text);
  const bool loses =
      r.lost_records > 0 || r.bad_values > 0 || !r.losses.empty() || !r.rolled_back.empty();
  fmt::format_to(out, "  keeps    {}\n", plural(r.record_count - r.bad_values, "record"));
  if (r.bad_values > 0) {
    fmt::format_to(out, "  keeps    what is good of {}\n", plural(r.bad_values, "damaged value"));
  }
  if (r.lost_records > 0) {
    const bool more = std::any_of(r.damage.begin(), r.damage.end(),
                                  [](const Damage& damage) { return damage.others_lost; });
    fmt::format_to(out, "  loses    {}{}\n", more ? "at least " : "",
                   plural(r.lost_records, "record"));
  }
  if (!loses) fmt::format_to(out, "  loses    nothing that was acknowledged\n");
  if (r.torn()) fmt::format_to(out, "  cuts     {}\n", bytes_text(r.torn_end - r.torn_begin));
  if (!r.losses.empty()) fmt::format_to(out, "  lost, by key:\n");
  for (const Loss& loss : r.losses) put_loss(loss, out);
  for (const Damage& damage : r.damage) {
    if (damage.missing == 0 || damage.key || damage.others_lost) continue;
    fmt::format_to(out,
                   "    a record at offset {} of a key that no other record has: its name is "
                   "lost with it\n",
                   with_commas(damage.begin));
  }
  if (std::any_of(r.damage.begin(), r.damage.end(),
                  [](const Damage& damage) { return damage.others_lost; })) {
    fmt::format_to(out,
                   "    whose the others were is not known: a key that no other record has is lost "
                   "with them, and a\n    repaired copy answers that there is no such key\n");
  }
  put_rolled_back(r, data, every_key, out);
  return text;
}

std::string describe(const Report& r, const std::uint8_t* data, bool every_key) {
  std::string text;
  const Out out(text);
  put_head(r, out);
  put_closing(r, out);
  put_contents(r, out);
  put_clock_steps(r, out);
  put_marked(r, every_key, out);
  put_index(r.index, out);
  put_damage(r, out);
  if (!r.is_increment && (r.state() == State::kTorn || r.state() == State::kDamaged)) {
    text += "A repair\n" + describe_costs(r, data, every_key);
  }
  return text;
}

}  // namespace kvstore::maint
