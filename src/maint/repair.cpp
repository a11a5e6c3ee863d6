#include "src/maint/repair.h"

#include <fmt/format.h>

#include "src/base/civil_time.h"
#include "src/base/clock.h"
#include "src/log/file_builder.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/rebuild.h"
#include "src/maint/reindex.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

// The original was not replaced: it gets back its name. If the file system has no links the second
// name may be its only one, which it must not lose.
Error not_swapped(file::FileSystem& files, Error error, const Source& source,
                  const std::string& path, const std::string& kept_as) {
  if (source.file->still_at(path)) {
    if (source.file->still_at(kept_as)) files.remove(kept_as);
    return error;
  }
  if (files.exists(path) || files.replace(kept_as, path, kept_as)) return error;
  error.message += "; the original is now " + kept_as;
  error.hint = fmt::format("mv {} {}", kept_as, path);
  return error;
}

// Gives the original a second, free name.
Result<std::string> keep_original(file::FileSystem& files, const Source& source,
                                  const std::string& path) {
  const std::string base = path + ".damaged-" + name_of_time(now_us());
  for (int attempt = 1; attempt < 1000; ++attempt) {
    const std::string name = attempt == 1 ? base : fmt::format("{}-{}", base, attempt);
    Status kept = files.link(path, name);
    if (kept) return name;
    if (kept.error().code == Code::kExists) continue;
    return fail(not_swapped(files, std::move(kept.error()), source, path, name));
  }
  return fail(Code::kExists, "all names from " + base + " on are taken",
              "move some of those files away");
}

// The original has its second name, durably, before it loses its first. So at every moment the path
// names a file, either the old or the new one.
Result<std::string> swap(file::FileSystem& files, const Source& source, const std::string& path,
                         log::FileBuilder* made) {
  KV_ASSIGN(const std::string kept_as, keep_original(files, source, path));
  Status swapped = made->replace(kept_as);
  if (swapped) return kept_as;
  if (!made->has_its_name()) {
    return fail(not_swapped(files, std::move(swapped.error()), source, path, kept_as));
  }
  swapped.error().message +=
      fmt::format("; {} is repaired and the original is kept as {}, but a power loss may undo that",
                  path, kept_as);
  return fail(std::move(swapped.error()));
}

// The copy, locked until it has its name. What had expired before the clock was set back is told by
// a checkpoint if no record tells it, and a checkpoint comes with an index.
Result<Source> close(const Source& source, log::FileBuilder* made,
                     std::vector<log::ClockMark> peaks) {
  KV_TRY(made->close());
  Source copy;
  copy.path = made->temporary_path();
  copy.limit = made->size();
  copy.file = made->take_file();
  copy.boot_id = source.boot_id;
  if (peaks.empty() || source.is_increment()) return copy;
  KV_ASSIGN(copy.page, log::read_header_page(copy.file->data(), copy.limit, copy.path));
  KV_TRY(reindex(&copy, {}, {.peaks = std::move(peaks)}));
  return copy;
}

Error no_database(const std::string& path) {
  return {
      Code::kFormat,
      path + " is not a database but an increment: what it adds is nothing without the rest",
      fmt::format("put it onto the backup that it continues: kvstore restore BACKUP {} OUT; if it "
                  "is damaged, make it again: kvstore backup --since BACKUP FILE NEW",
                  quoted_word(path))};
}

}  // namespace

Result<Repaired> repair(file::FileSystem& files, const Source& source, const Report& report,
                        const Progress& progress) {
  const std::string path = files.resolve(source.path);
  const log::FileHeader& header = source.page.header;
  NewestOfKeys keys;
  KV_ASSIGN(auto made,
            log::FileBuilder::create(files, path, header.db_id, log::floor_of(source.page), &keys));
  KV_ASSIGN(auto peaks, rebuild(source, Way::kJudged, report, made.get(), progress));
  KV_ASSIGN(const Source copy, close(source, made.get(), std::move(peaks)));
  Repaired done{path, {}, made->records(), copy.file->size()};
  KV_ASSIGN(done.kept_as, swap(files, source, path, made.get()));
  return done;
}

Result<Repaired> salvage(file::FileSystem& files, const Source& source, const Report& report,
                         const std::string& out, const Progress& progress) {
  if (source.is_increment()) return fail(no_database(source.path));
  if (files.exists(out)) {
    return fail(Code::kExists, out + " exists", "name a file that does not");
  }
  const log::FileHeader& header = source.page.header;
  NewestOfKeys keys;
  KV_ASSIGN(auto made,
            log::FileBuilder::create(files, out, header.db_id, log::floor_of(source.page), &keys));
  KV_ASSIGN(auto peaks, rebuild(source, Way::kCarved, report, made.get(), progress));
  KV_ASSIGN(const Source copy, close(source, made.get(), std::move(peaks)));
  Repaired done{out, {}, made->records(), copy.file->size()};
  KV_TRY(made->publish(source.path));
  return done;
}

}  // namespace kvstore::maint
