// Calls that concern the file as a whole.
#include <string>
#include <utility>

#include "bindings/node/src/calls.h"
#include "bindings/node/src/fields.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/source.h"
#include "src/store/backup.h"

namespace kvstore::node {

namespace {

// The store argument; a snapshot and a transaction have no file.
std::shared_ptr<Source> store_of(Arguments& a) {
  auto source = a.shared<Source>(0);
  if (!source->writes_directly()) usage("this has to be a store");
  return source;
}

std::unique_ptr<Job> cancellable(Arguments& a, std::size_t index, std::unique_ptr<Job> job) {
  if (a.is_given(index)) job->cancel = a.shared<Cancel>(index);
  return job;
}

// compact(store, options, cancel)
std::unique_ptr<Job> parse_compact(Arguments& a) {
  const auto source = store_of(a);
  const Fields fields(a.env, a[1]);
  CompactionOptions options = source->store().options().compaction;
  if (const auto keep = fields.string("keepHistory"))
    options.keep = checked(KeepHistory::parse(*keep));
  if (const auto compress = fields.string("compress")) {
    options.compress = checked(Compression::parse(*compress));
  }
  options.rate = fields.count("rate").value_or(0);
  return cancellable(
      a, 2,
      job(
          source->shared_state(),
          [source, options] { return nothing(source->store().compact(options)); }, answer_nothing));
}

napi_value stop_compaction(Arguments& a) {
  const auto source = store_of(a);
  if (!source->state().is_closing()) source->store().stop_compaction();
  return nullptr;
}

// backup(store, path, options, cancel)
std::unique_ptr<Job> parse_backup(Arguments& a) {
  const auto source = store_of(a);
  const Fields fields(a.env, a[2]);
  BackupOptions options;
  options.rate = fields.count("rate").value_or(0);
  options.since_seq = fields.count("since");
  options.since_file = fields.string("sinceFile").value_or("");
  return cancellable(a, 3,
                     job(
                         source->shared_state(),
                         [source, path = a.string(1, "a path: a string"), options] {
                           return source->store().backup(path, options);
                         },
                         [](napi_env env, const BackupReport& report) {
                           napi_value made = object(env);
                           set_field(env, made, "version", number(env, to_number(report.seq)));
                           set_field(env, made, "size", number(env, to_number(report.size)));
                           set_field(env, made, "isIncrement", boolean(env, report.is_increment));
                           return made;
                         }));
}

// sync(store)
std::unique_ptr<Job> parse_sync(Arguments& a) {
  const auto source = store_of(a);
  return job(
      source->shared_state(), [source] { return nothing(source->store().sync()); }, answer_nothing);
}

// lastVersion(store)
napi_value last_version(Arguments& a) {
  const auto source = store_of(a);
  if (source->state().is_closing()) throw Failed{source->state().closed_error().value()};
  return number(a.env, to_number(checked(source->store().last_seq())));
}

const char* how_name(OpenReport::How how) {
  switch (how) {
    case OpenReport::How::kAbsent:
      return "absent";
    case OpenReport::How::kCreated:
      return "created";
    case OpenReport::How::kClean:
      return "clean";
    case OpenReport::How::kRecovered:
      return "recovered";
    case OpenReport::How::kDamaged:
      return "damaged";
    case OpenReport::How::kReadOnly:
      return "readOnly";
  }
  return "unknown";
}

// openReport(store)
napi_value open_report(Arguments& a) {
  const OpenReport report = store_of(a)->store().open_report();
  napi_value made = object(a.env);
  set_field(a.env, made, "how", text(a.env, how_name(report.how)));
  set_field(a.env, made, "fileSize", number(a.env, to_number(report.file_size)));
  set_field(a.env, made, "cutSize", number(a.env, to_number(report.cut_size)));
  set_field(a.env, made, "text", text(a.env, report.to_string()));
  return made;
}

napi_value warnings_of(napi_env env, const Stats& stats) {
  napi_value made = array(env, stats.warnings.size());
  for (std::size_t i = 0; i < stats.warnings.size(); ++i) {
    set_item(env, made, i, text(env, stats.warnings[i]));
  }
  return made;
}

// stats(store)
std::unique_ptr<Job> parse_stats(Arguments& a) {
  const auto source = store_of(a);
  return job(
      source->shared_state(), [source] { return Result<Stats>(source->store().stats()); },
      [](napi_env env, const Stats& stats) {
        napi_value made = object(env);
        const std::pair<const char*, std::uint64_t> numbers[] = {
            {"keys", stats.keys},
            {"expiringKeys", stats.expiring_keys},
            {"fileSize", stats.file_size},
            {"allocated", stats.allocated},
            {"lastVersion", stats.last_seq},
            {"durableSize", stats.durable_size},
            {"memory", stats.index_bytes},
            {"memoryBudget", stats.memory_budget},
            {"snapshots", stats.snapshots},
            {"writes", stats.writes},
            {"reads", stats.reads},
            {"syncs", stats.syncs},
        };
        for (const auto& [name, value] : numbers)
          set_field(env, made, name, number(env, to_number(value)));
        set_field(env, made, "readOnly", boolean(env, stats.read_only));
        set_field(
            env, made, "writesRefused",
            text(env, stats.writes_refused ? with_code(*stats.writes_refused) : std::string()));
        set_field(env, made, "warnings", warnings_of(env, stats));
        return made;
      });
}

}  // namespace

void export_maintenance(Exports& exports) {
  const Export all[] = {
      {"compact", entry<alone<parse_compact>>},   {"compactSync", entry<now<parse_compact>>},
      {"stopCompaction", entry<stop_compaction>}, {"backup", entry<alone<parse_backup>>},
      {"backupSync", entry<now<parse_backup>>},   {"sync", entry<queued<parse_sync>>},
      {"syncSync", entry<now<parse_sync>>},       {"lastVersion", entry<last_version>},
      {"openReport", entry<open_report>},         {"stats", entry<queued<parse_stats>>},
      {"statsSync", entry<now<parse_stats>>},
  };
  exports.insert(exports.end(), std::begin(all), std::end(all));
}

}  // namespace kvstore::node
