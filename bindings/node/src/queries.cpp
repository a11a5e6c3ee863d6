// Reads and writes several keys together, and reads all information on one key.
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "bindings/node/src/calls.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/source.h"
#include "src/command/version_name.h"

namespace kvstore::node {

namespace {

napi_value name_of(napi_env env, ValueType type) {
  return text(env, type == ValueType::kZset ? "zset" : "string");
}

// 0 means never.
napi_value expiry(napi_env env, std::uint64_t at_ms) {
  return at_ms == 0 ? undefined(env) : number(env, to_number(at_ms));
}

// stat(source, key, at, at)
std::unique_ptr<Job> parse_stat(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return job(
      source->shared_state(),
      [source, key = a.string(1, kKey), at = a.at(2)] { return source->stat(key, at); },
      [](napi_env env, const std::optional<KeyInfo>& info) {
        if (!info) return undefined(env);
        napi_value made = object(env);
        set_field(env, made, "type", name_of(env, info->type));
        set_field(env, made, "size", number(env, to_number(info->size)));
        set_field(env, made, "version", number(env, to_number(info->seq)));
        set_field(env, made, "timeMs", number(env, to_number(info->time_us) / 1000));
        set_field(env, made, "expiresAtMs", expiry(env, info->expires_at_ms));
        return made;
      });
}

napi_value version_object(napi_env env, const Version& version) {
  napi_value made = object(env);
  set_field(env, made, "kind", text(env, command::kind_name(version.kind)));
  set_field(env, made, "version", number(env, to_number(version.seq)));
  set_field(env, made, "timeMs", number(env, to_number(version.time_us) / 1000));
  set_field(env, made, "size", number(env, to_number(version.size)));
  set_field(env, made, "type", name_of(env, version.type));
  set_field(env, made, "expiresAtMs", expiry(env, version.expires_at_ms));
  return made;
}

// history(source, key, limit)
std::unique_ptr<Job> parse_history(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return job(
      source->shared_state(),
      [source, key = a.string(1, kKey), limit = a.count(2)]() -> Result<std::vector<Version>> {
        std::vector<Version> versions;
        KV_TRY(source->history(key, limit, [&versions](const Version& version) {
          versions.push_back(version);
          return true;
        }));
        return versions;
      },
      [](napi_env env, const std::vector<Version>& versions) {
        napi_value made = array(env, versions.size());
        for (std::size_t i = 0; i < versions.size(); ++i) {
          set_item(env, made, i, version_object(env, versions[i]));
        }
        return made;
      });
}

std::uint32_t length_of(Arguments& a, std::size_t index) {
  std::uint32_t length = 0;
  bool is = false;
  check(a.env, napi_is_array(a.env, a[index], &is));
  if (!is) usage("this has to be an array");
  check(a.env, napi_get_array_length(a.env, a[index], &length));
  return length;
}

napi_value item_of(Arguments& a, napi_value array, std::uint32_t index) {
  napi_value item = nullptr;
  check(a.env, napi_get_element(a.env, array, index, &item));
  return item;
}

std::vector<std::string> keys_of(Arguments& a, std::size_t index) {
  std::vector<std::string> keys;
  const std::uint32_t length = length_of(a, index);
  keys.reserve(length);
  Bytes bytes;
  for (std::uint32_t i = 0; i < length; ++i) {
    bytes.clear();
    a.add_bytes(item_of(a, a[index], i), bytes, kKey);
    keys.emplace_back(bytes.view());
  }
  return keys;
}

// getMany(source, keys, as, at, at)
std::unique_ptr<Job> parse_get_many(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return job(
      source->shared_state(),
      [source, keys = keys_of(a, 1), at = a.at(3)] { return source->get_many(keys, at); },
      [as = a.as(2)](napi_env env, std::vector<std::optional<std::string>>& values) {
        napi_value made = array(env, values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          set_item(env, made, i,
                   values[i] ? bytes_as(env, std::move(*values[i]), as) : undefined(env));
        }
        return made;
      });
}

// hasMany(source, keys, at, at)
std::unique_ptr<Job> parse_has_many(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return job(
      source->shared_state(),
      [source, keys = keys_of(a, 1), at = a.at(2)]() -> Result<std::vector<bool>> {
        std::vector<bool> are_there;
        for (const std::string& key : keys) {
          KV_ASSIGN(const auto info, source->stat(key, at));
          are_there.push_back(info.has_value());
        }
        return are_there;
      },
      [](napi_env env, const std::vector<bool>& are_there) {
        napi_value made = array(env, are_there.size());
        for (std::size_t i = 0; i < are_there.size(); ++i) {
          set_item(env, made, i, boolean(env, are_there[i]));
        }
        return made;
      });
}

// has(source, key, at, at)
std::unique_ptr<Job> parse_has(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return job(
      source->shared_state(),
      [source, key = a.string(1, kKey), at = a.at(2)]() -> Result<bool> {
        KV_ASSIGN(const auto info, source->stat(key, at));
        return info.has_value();
      },
      [](napi_env env, const bool& is_there) { return boolean(env, is_there); });
}

// expire(source, key, expires at ms, sync)
std::unique_ptr<Job> parse_expire(Arguments& a) {
  const auto source = a.shared<Source>(0);
  auto made = job(
      source->shared_state(),
      [source, key = a.string(1, kKey), at_ms = a.count(2)] { return source->expire(key, at_ms); },
      [](napi_env env, const Source::Done& done) { return boolean(env, done.existed); });
  return writing(std::move(made), a.is_given(3));
}

// undo(source, key, at, at, sync)
std::unique_ptr<Job> parse_undo(Arguments& a) {
  const auto source = a.shared<Source>(0);
  UndoOptions options;
  options.to = a.at(2);
  auto made = job(
      source->shared_state(),
      [source, key = a.string(1, kKey), options] { return source->undo(key, options); },
      [](napi_env env, const Undone& undone) {
        napi_value result = object(env);
        set_field(env, result, "written", boolean(env, undone.written));
        set_field(env, result, "version", number(env, to_number(undone.seq)));
        set_field(env, result, "restored", number(env, to_number(undone.restored)));
        set_field(env, result, "size", number(env, to_number(undone.size)));
        return result;
      });
  return writing(std::move(made), a.is_given(4));
}

// clear(source, sync)
std::unique_ptr<Job> parse_clear(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return writing(
      job(
          source->shared_state(), [source] { return source->clear(); },
          [](napi_env env, const std::uint64_t& seq) { return number(env, to_number(seq)); }),
      a.is_given(1));
}

// count(source)
std::unique_ptr<Job> parse_count(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return job(
      source->shared_state(), [source] { return source->count(); },
      [](napi_env env, const std::uint64_t& keys) { return number(env, to_number(keys)); });
}

// A conditional write: putIf(source, key, value, expires at ms, ttl ms, version, sync). Version 0:
// the
// key must not exist.
std::unique_ptr<Job> parse_put_if(Arguments& a) {
  const auto source = a.shared<Source>(0);
  WriteOptions write;
  write.expires_at_ms = a.count(3);
  write.ttl_ms = a.count(4);
  return writing(
      job(
          source->shared_state(),
          [source, key = a.string(1, kKey), value = a.string(2, kValue), write,
           expected = a.count(5)] { return source->set_if(key, value, write, expected); },
          [](napi_env env, const Source::Done& done) { return number(env, to_number(done.seq)); }),
      a.is_given(6));
}

// The kinds of a batch's operations, in the flat list that JavaScript passes.
enum class BatchOp : std::uint32_t { kPut = 0, kAppend = 1, kDelete = 2, kClear = 3 };

Batch batch_of(Arguments& a) {
  // Four items for each operation: kind, key, value and expiry (in milliseconds since 1970, 0 for
  // none).
  constexpr std::uint32_t kFields = 4;
  Batch batch;
  const std::uint32_t length = length_of(a, 1);
  Bytes bytes;
  for (std::uint32_t i = 0; i + kFields <= length; i += kFields) {
    std::uint32_t kind = 0;
    double expires = 0;
    check(a.env, napi_get_value_uint32(a.env, item_of(a, a[1], i), &kind));
    if (static_cast<BatchOp>(kind) == BatchOp::kClear) {
      batch.clear();
      continue;
    }
    bytes.clear();
    const std::size_t key_size = a.add_bytes(item_of(a, a[1], i + 1), bytes, kKey);
    if (static_cast<BatchOp>(kind) == BatchOp::kDelete) {
      batch.remove(bytes.view(0, key_size));
      continue;
    }
    const std::size_t value_size = a.add_bytes(item_of(a, a[1], i + 2), bytes, kValue);
    const std::string_view key = bytes.view(0, key_size), value = bytes.view(key_size, value_size);
    if (static_cast<BatchOp>(kind) == BatchOp::kAppend) {
      batch.append(key, value);
      continue;
    }
    check(a.env, napi_get_value_double(a.env, item_of(a, a[1], i + 3), &expires));
    batch.set(key, value, static_cast<std::uint64_t>(expires));
  }
  return batch;
}

// batch(store, operations, sync)
std::unique_ptr<Job> parse_batch(Arguments& a) {
  const auto source = a.shared<Source>(0);
  if (!source->writes_directly()) usage("a batch is for a store", "a transaction is one by itself");
  return writing(job(
                     source->shared_state(),
                     [source, batch = batch_of(a)] { return source->store().apply(batch, false); },
                     [](napi_env env, const std::uint64_t& existed) {
                       return number(env, to_number(existed));
                     }),
                 a.is_given(2));
}

}  // namespace

void export_queries(Exports& exports) {
  const Export all[] = {
      {"stat", entry<queued<parse_stat>>},        {"statSync", entry<now<parse_stat>>},
      {"history", entry<queued<parse_history>>},  {"historySync", entry<now<parse_history>>},
      {"getMany", entry<queued<parse_get_many>>}, {"getManySync", entry<now<parse_get_many>>},
      {"has", entry<queued<parse_has>>},          {"hasSync", entry<now<parse_has>>},
      {"hasMany", entry<queued<parse_has_many>>}, {"hasManySync", entry<now<parse_has_many>>},
      {"expire", entry<queued<parse_expire>>},    {"expireSync", entry<now<parse_expire>>},
      {"undo", entry<queued<parse_undo>>},        {"undoSync", entry<now<parse_undo>>},
      {"clear", entry<queued<parse_clear>>},      {"clearSync", entry<now<parse_clear>>},
      {"count", entry<queued<parse_count>>},      {"countSync", entry<now<parse_count>>},
      {"putIf", entry<queued<parse_put_if>>},     {"putIfSync", entry<now<parse_put_if>>},
      {"batch", entry<queued<parse_batch>>},      {"batchSync", entry<now<parse_batch>>},
  };
  exports.insert(exports.end(), std::begin(all), std::end(all));
}

}  // namespace kvstore::node
