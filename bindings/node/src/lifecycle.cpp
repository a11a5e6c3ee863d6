// Opens and closes stores, snapshots and transactions.
#include <string>
#include <utility>

#include "bindings/node/src/calls.h"
#include "bindings/node/src/fields.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/lane.h"
#include "bindings/node/src/source.h"
#include "src/store/at_check.h"

namespace kvstore::node {

namespace {

Options options_of(Arguments& a, std::size_t index) {
  const Fields fields(a.env, a[index]);
  Options options;
  options.read_only = fields.flag("readOnly");
  options.read_only_hint = "open it without readOnly";
  options.lock_wait_ms = fields.small_count("lockWaitMs").value_or(0);
  if (const auto sync = fields.string("sync")) options.sync = checked(SyncPolicy::parse(*sync));
  options.memory = fields.count("memory").value_or(options.memory);
  if (options.memory < kLeastMemory) {
    throw Failed{Error{Code::kNumber, "memory is below 16 MiB", "memory: 64 * 2 ** 20"}};
  }
  const std::uint64_t compact_at = fields.count("compactAt").value_or(0);
  if (compact_at > 100) {
    throw Failed{Error{Code::kNumber,
                       "compactAt is per cent of the file, not " + std::to_string(compact_at),
                       "0 (never) to 100"}};
  }
  options.compact_at = static_cast<unsigned>(compact_at);
  options.scrub_rate = fields.count("scrubRate").value_or(0);
  if (const auto keep = fields.string("keepHistory")) {
    options.compaction.keep = checked(KeepHistory::parse(*keep));
  }
  if (const auto compress = fields.string("compress")) {
    options.compaction.compress = checked(Compression::parse(*compress));
  }
  return options;
}

using Opened = std::unique_ptr<Store>;

// [handle, lane]
napi_value answer_opened(napi_env env, Opened& store) {
  const auto state = std::make_shared<StoreState>(Instance::of(env), std::move(store));
  Instance::of(env).remember(state);
  napi_value made = array(env, 2);
  set_item(env, made, 0, handle<Source>(env, std::make_shared<StoreSource>(state)));
  set_item(env, made, 1, number(env, static_cast<double>(state->lane().id())));
  return made;
}

// open(path, options)
std::unique_ptr<Job> parse_open(Arguments& a) {
  return job(
      nullptr,
      [path = a.string(0, "a path: a string"), options = options_of(a, 1)] {
        return Store::open(path, options);
      },
      answer_opened);
}

// beginClosing(store): later calls are refused.
napi_value begin_closing(Arguments& a) {
  a.object<Source>(0).state().begin_closing();
  return nullptr;
}

// Carries out the earlier calls: for closeSync(), which cannot wait for their answers.
napi_value drain(Arguments& a) {
  a.object<Source>(0).state().lane().drain();
  return nullptr;
}

// Called after beginClosing(). It takes no Use, because close() waits for all of them.
std::unique_ptr<Job> parse_close(Arguments& a) {
  const auto source = a.shared<Source>(0);
  return job(
      nullptr, [source] { return nothing(source->state().close()); }, answer_nothing);
}

// snapshot(store, version)
napi_value snapshot(Arguments& a) {
  const auto source = a.shared<Source>(0);
  if (source->state().is_closing()) throw Failed{source->state().closed_error().value()};
  std::optional<std::uint64_t> seq;
  if (a.is_given(1)) {
    seq = a.count(1);
    const Status is_there = check_version(source->store(), *seq, "db.version is the newest");
    if (!is_there) throw Failed{is_there.error()};
  }
  Snapshot made = checked(source->store().snapshot(seq));
  napi_value answer = array(a.env, 2);
  set_item(a.env, answer, 1, number(a.env, static_cast<double>(made.seq())));
  set_item(a.env, answer, 0,
           handle<Source>(
               a.env, std::make_shared<SnapshotSource>(source->shared_state(), std::move(made))));
  return answer;
}

// Earlier calls that are still running keep the snapshot.
napi_value close_snapshot(Arguments& a) {
  const auto source = a.shared<Source>(0);
  if (std::dynamic_pointer_cast<SnapshotSource>(source)) {
    a.replace<Source>(0, std::make_shared<SnapshotSource>(source->shared_state(), std::nullopt));
  }
  return nullptr;
}

// transaction(store, options)
napi_value transaction(Arguments& a) {
  const auto source = a.shared<Source>(0);
  if (source->state().is_closing()) throw Failed{source->state().closed_error().value()};
  const Fields fields(a.env, a[1]);
  TransactionOptions options;
  options.read_only = fields.flag("readOnly");
  options.max_bytes = fields.count("maxBytes").value_or(0);
  options.max_ms = fields.small_count("maxMs").value_or(0);
  return handle<Source>(
      a.env, std::make_shared<TransactionSource>(source->shared_state(),
                                                 checked(source->store().transaction(options))));
}

std::shared_ptr<TransactionSource> transaction_of(Arguments& a) {
  auto found = std::dynamic_pointer_cast<TransactionSource>(a.shared<Source>(0));
  if (!found) usage("this has to be a transaction");
  return found;
}

// commit(transaction, sync)
std::unique_ptr<Job> parse_commit(Arguments& a) {
  const auto transaction = transaction_of(a);
  auto made = job(
      transaction->shared_state(), [transaction] { return transaction->commit(); },
      [](napi_env env, const std::uint64_t& seq) { return number(env, static_cast<double>(seq)); });
  return writing(std::move(made), a.is_given(1));
}

std::unique_ptr<Job> parse_rollback(Arguments& a) {
  const auto transaction = transaction_of(a);
  return job(
      transaction->shared_state(),
      [transaction] {
        transaction->rollback();
        return Result<Nothing>(Nothing{});
      },
      answer_nothing);
}

napi_value new_cancel(Arguments& a) { return handle<Cancel>(a.env, std::make_shared<Cancel>()); }

napi_value cancel(Arguments& a) {
  a.object<Cancel>(0).cancel();
  return nullptr;
}

}  // namespace

void export_lifecycle(Exports& exports) {
  const Export all[] = {
      {"open", entry<alone<parse_open>>},
      {"openSync", entry<now<parse_open>>},
      {"beginClosing", entry<begin_closing>},
      {"drain", entry<drain>},
      {"close", entry<alone<parse_close>>},
      {"closeSync", entry<now<parse_close>>},
      {"snapshot", entry<snapshot>},
      {"closeSnapshot", entry<close_snapshot>},
      {"transaction", entry<transaction>},
      {"commit", entry<queued<parse_commit>>},
      {"commitSync", entry<now<parse_commit>>},
      {"rollback", entry<queued<parse_rollback>>},
      {"rollbackSync", entry<now<parse_rollback>>},
      {"newCancel", entry<new_cancel>},
      {"cancel", entry<cancel>},
  };
  exports.insert(exports.end(), std::begin(all), std::end(all));
}

}  // namespace kvstore::node
