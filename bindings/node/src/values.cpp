// get, read, put, append and delete: at once, and queued. They are called millions of times, so
// their
// arguments are plain values, and most answers are a number.
#include <string>
#include <utility>

#include "bindings/node/src/calls.h"
#include "bindings/node/src/lane.h"
#include "bindings/node/src/source.h"

namespace kvstore::node {

namespace {

Source& open_source(Arguments& a) {
  auto& source = a.object<Source>(0);
  if (source.state().is_closing()) throw Failed{source.state().closed_error().value()};
  return source;
}

std::string_view key_of(Arguments& a) {
  Bytes& scratch = a.instance().scratch;
  scratch.clear();
  const std::size_t size = a.add_bytes(1, scratch, kKey);
  return scratch.view(0, size);
}

// --- at once

// A small Buffer is returned as its place in the slab: offset * 8192 + size.
napi_value answer_bytes(Arguments& a, std::string value, As as) {
  if (as == As::kText) return text(a.env, value);
  Instance& instance = a.instance();
  if (!Instance::fits_slab(value.size())) return buffer(a.env, std::move(value));
  instance.forget_lost_slab();
  if (!instance.slab_has_space(value.size())) instance.new_slab();
  const std::size_t at = instance.add_to_slab(value);
  napi_value place = nullptr;
  check(a.env,
        napi_create_uint32(a.env, static_cast<std::uint32_t>(at * 8192 + value.size()), &place));
  return place;
}

// get(source, key, as, at, at)
napi_value get_now(Arguments& a) {
  Source& source = open_source(a);
  std::string value;
  if (!checked(source.get(key_of(a), &value, a.at(3)))) return nullptr;
  return answer_bytes(a, std::move(value), a.as(2));
}

napi_value ask_the_pool(Arguments& a) {
  napi_value null = nullptr;
  check(a.env, napi_get_null(a.env, &null));
  return null;
}

// getAtOnce(source, key, as): like getSync, or null if the call must be queued.
napi_value get_at_once(Arguments& a) {
  Source& source = open_source(a);
  Lane& lane = source.state().lane();
  const auto begin = AtOnce::Clock::now();
  if (!lane.is_quiet() || !source.reads_freely() || !lane.at_once().may(begin)) {
    return ask_the_pool(a);
  }
  std::string value;
  const auto found = source.read(key_of(a), 0, AtOnce::kMostBytes + 1, &value, {});
  lane.at_once().took(begin, AtOnce::Clock::now());
  if (!checked(found)) return nullptr;
  if (value.size() > AtOnce::kMostBytes) return ask_the_pool(a);
  return answer_bytes(a, std::move(value), a.as(2));
}

// read(source, key, as, at, at, offset, length)
napi_value read_now(Arguments& a) {
  Source& source = open_source(a);
  std::string value;
  if (!checked(source.read(key_of(a), a.integer(5), a.count(6), &value, a.at(3)))) return nullptr;
  return answer_bytes(a, std::move(value), a.as(2));
}

// The key is in the scratch buffer; the value is after it, or in JavaScript's memory.
struct KeyAndValue {
  std::string_view key, value;
};
KeyAndValue key_and_value(Arguments& a) {
  Bytes& scratch = a.instance().scratch;
  scratch.clear();
  const std::size_t key_size = a.add_bytes(1, scratch, kKey);
  if (const auto many = a.many_bytes(2)) return {scratch.view(0, key_size), *many};
  const std::size_t value_size = a.add_bytes(2, scratch, kValue);
  return {scratch.view(0, key_size), scratch.view(key_size, value_size)};
}

// The bits of a write's last argument.
constexpr std::uint64_t kIfAbsent = 1, kSync = 2;

// put(source, key, value, expires at ms, ttl ms, bits)
WriteOptions write_options(Arguments& a) {
  WriteOptions options;
  if (!a.is_given(3)) return options;
  options.expires_at_ms = a.count(3);
  options.ttl_ms = a.count(4);
  options.only_if_absent = (a.count(5) & kIfAbsent) != 0;
  return options;
}
bool is_synced(Arguments& a, std::size_t bits) {
  return a.is_given(bits) && (a.count(bits) & kSync) != 0;
}

void commit_now(Source& source, bool syncs) {
  if (!source.writes_directly()) return;
  const Status status = syncs ? source.store().sync() : source.store().commit();
  if (!status) throw Failed{status.error()};
}

napi_value put_now(Arguments& a) {
  Source& source = open_source(a);
  const auto [key, value] = key_and_value(a);
  const auto done = checked(source.set(key, value, write_options(a)));
  commit_now(source, is_synced(a, 5));
  return number(a.env, static_cast<double>(done.seq));
}

// append(source, key, value, bits)
napi_value append_now(Arguments& a) {
  Source& source = open_source(a);
  const auto [key, value] = key_and_value(a);
  const auto done = checked(source.append(key, value));
  commit_now(source, is_synced(a, 3));
  return number(a.env, static_cast<double>(done.total));
}

// remove(source, key, bits)
napi_value remove_now(Arguments& a) {
  Source& source = open_source(a);
  const auto done = checked(source.remove(key_of(a)));
  commit_now(source, is_synced(a, 2));
  return boolean(a.env, done.existed);
}

// --- queued: the same arguments

// Makes a call with a copy of the key.
Op op_of(Arguments& a, Op::Kind kind, Lane& lane) {
  Op op;
  op.kind = kind;
  op.key_size = a.add_bytes(1, lane.begin_op(), kKey);
  return op;
}

Lane& lane_of(Arguments& a) { return open_source(a).state().lane(); }

napi_value push(Arguments& a, Lane& lane, Op op) {
  op.source = a.shared<Source>(0);
  lane.push(std::move(op));
  return nullptr;
}

napi_value get_queued(Arguments& a) {
  Lane& lane = lane_of(a);
  Op op = op_of(a, Op::Kind::kGet, lane);
  op.as = a.as(2);
  op.at = a.at(3);
  return push(a, lane, std::move(op));
}

napi_value read_queued(Arguments& a) {
  Lane& lane = lane_of(a);
  Op op = op_of(a, Op::Kind::kRead, lane);
  op.as = a.as(2);
  op.at = a.at(3);
  op.offset = a.integer(5);
  op.length = a.count(6);
  return push(a, lane, std::move(op));
}

// Makes a write. The bytes are copied, because the caller may change them before they are written.
Op write_of(Arguments& a, Op::Kind kind, Lane& lane) {
  Op op;
  op.kind = kind;
  Bytes& bytes = lane.begin_op();
  op.key_size = a.add_bytes(1, bytes, kKey);
  op.value_size = a.add_bytes(2, bytes, kValue);
  return op;
}

napi_value put_queued(Arguments& a) {
  Lane& lane = lane_of(a);
  Op op = write_of(a, Op::Kind::kSet, lane);
  op.write = write_options(a);
  op.syncs = is_synced(a, 5);
  return push(a, lane, std::move(op));
}

napi_value append_queued(Arguments& a) {
  Lane& lane = lane_of(a);
  Op op = write_of(a, Op::Kind::kAppend, lane);
  op.syncs = is_synced(a, 3);
  return push(a, lane, std::move(op));
}

napi_value remove_queued(Arguments& a) {
  Lane& lane = lane_of(a);
  Op op = op_of(a, Op::Kind::kRemove, lane);
  op.syncs = is_synced(a, 2);
  return push(a, lane, std::move(op));
}

}  // namespace

void export_values(Exports& exports) {
  const Export all[] = {
      {"getSync", entry<get_now>},       {"get", entry<get_queued>},
      {"getAtOnce", entry<get_at_once>}, {"readSync", entry<read_now>},
      {"read", entry<read_queued>},      {"putSync", entry<put_now>},
      {"put", entry<put_queued>},        {"appendSync", entry<append_now>},
      {"append", entry<append_queued>},  {"deleteSync", entry<remove_now>},
      {"delete", entry<remove_queued>},
  };
  exports.insert(exports.end(), std::begin(all), std::end(all));
}

}  // namespace kvstore::node
