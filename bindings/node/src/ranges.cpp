// Iterators, and the removal of a range's keys.
#include <algorithm>
#include <string>
#include <utility>

#include "bindings/node/src/calls.h"
#include "bindings/node/src/cursor.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/source.h"

namespace kvstore::node {

namespace {

constexpr std::uint64_t kBackwards = 1, kValues = 2;

// Reads (source, lower, upper, prefix, bits, limit, at, at). `lower` is the first key of the range,
// `upper` the first key after it.
Range range_of(Arguments& a) {
  Range range;
  range.options.lower = a.optional_string(1, kKey);
  range.options.upper = a.optional_string(2, kKey);
  range.options.prefix = a.optional_string(3, kKey).value_or("");
  range.backwards = (a.count(4) & kBackwards) != 0;
  range.values = (a.count(4) & kValues) != 0;
  range.options.keys_only = !range.values;
  range.options.at = a.at(6);
  return range;
}

std::shared_ptr<Cursor> cursor_of(Arguments& a) {
  const auto source = a.shared<Source>(0);
  if (source->state().is_closing()) throw Failed{source->state().closed_error().value()};
  return std::make_shared<Cursor>(source, range_of(a), a.count(5));
}

napi_value open_cursor(Arguments& a) { return handle<Cursor>(a.env, cursor_of(a)); }

napi_value sizes_of(napi_env env, const std::vector<std::uint32_t>& sizes) {
  napi_value memory = nullptr, made = nullptr;
  void* data = nullptr;
  check(env, napi_create_arraybuffer(env, sizes.size() * sizeof(std::uint32_t), &data, &memory));
  std::copy(sizes.begin(), sizes.end(), static_cast<std::uint32_t*>(data));
  check(env, napi_create_typedarray(env, napi_uint32_array, sizes.size(), memory, 0, &made));
  return made;
}

// fill(cursor, most, bytes, as): [bytes, sizes, is end]
std::unique_ptr<Job> parse_fill(Arguments& a) {
  const auto cursor = a.shared<Cursor>(0);
  auto made = job(
      cursor->state().shared_from_this(),
      [cursor, most = a.count(1), bytes = a.count(2)] { return cursor->fill(most, bytes); },
      [as = a.as(3)](napi_env env, Cursor::Entries& entries) {
        napi_value answer = array(env, 3);
        set_item(env, answer, 1, sizes_of(env, entries.sizes));
        set_item(env, answer, 2, boolean(env, entries.is_end));
        const bool is_text = as == As::kText && is_ascii(entries.bytes);
        set_item(env, answer, 0,
                 is_text ? text(env, entries.bytes) : buffer(env, std::move(entries.bytes)));
        return answer;
      });
  made->cancel = cursor->cancel();
  return made;
}

napi_value seek(Arguments& a) {
  a.object<Cursor>(0).seek(a.string(1, kKey));
  return nullptr;
}

napi_value close_cursor(Arguments& a) {
  a.object<Cursor>(0).close();
  return nullptr;
}

napi_value cancel_cursor(Arguments& a) {
  a.object<Cursor>(0).cancel()->cancel();
  return nullptr;
}

// Removes the keys that the cursor has left, in batches. Returns their number.
Result<std::uint64_t> remove_all(Source& source, Cursor& cursor) {
  constexpr std::uint64_t kTogether = 1000;
  std::uint64_t removed = 0;
  for (;;) {
    KV_ASSIGN(const Cursor::Entries entries, cursor.fill(kTogether, std::size_t{1} << 20));
    Batch batch;
    std::size_t at = 0;
    for (std::size_t i = 0; i < entries.sizes.size(); i += 2) {
      const std::string_view key = std::string_view(entries.bytes).substr(at, entries.sizes[i]);
      at += key.size();
      if (source.writes_directly()) {
        batch.remove(key);
      } else {
        KV_TRY(source.remove(key));
      }
    }
    if (source.writes_directly() && !entries.sizes.empty())
      KV_TRY(source.store().apply(batch, false));
    removed += entries.sizes.size() / 2;
    if (entries.is_end) return removed;
  }
}

// deleteRange: the arguments of a cursor, and sync.
std::unique_ptr<Job> parse_remove_range(Arguments& a) {
  const auto source = a.shared<Source>(0);
  const auto cursor = cursor_of(a);
  auto made = job(
      source->shared_state(), [source, cursor] { return remove_all(*source, *cursor); },
      [](napi_env env, const std::uint64_t& removed) {
        return number(env, static_cast<double>(removed));
      });
  return writing(std::move(made), a.is_given(8));
}

// deleteFrom(store, cursor, sync): the same for a cursor that may be that of a snapshot.
std::unique_ptr<Job> parse_remove_from(Arguments& a) {
  const auto source = a.shared<Source>(0);
  const auto cursor = a.shared<Cursor>(1);
  return writing(
      job(
          source->shared_state(), [source, cursor] { return remove_all(*source, *cursor); },
          [](napi_env env, const std::uint64_t& removed) {
            return number(env, static_cast<double>(removed));
          }),
      a.is_given(2));
}

}  // namespace

void export_ranges(Exports& exports) {
  const Export all[] = {
      {"cursor", entry<open_cursor>},
      {"fill", entry<alone<parse_fill>>},
      {"fillSync", entry<now<parse_fill>>},
      {"seek", entry<seek>},
      {"closeCursor", entry<close_cursor>},
      {"cancelCursor", entry<cancel_cursor>},
      {"deleteRange", entry<queued<parse_remove_range>>},
      {"deleteRangeSync", entry<now<parse_remove_range>>},
      {"deleteFrom", entry<queued<parse_remove_from>>},
  };
  exports.insert(exports.end(), std::begin(all), std::end(all));
}

}  // namespace kvstore::node
