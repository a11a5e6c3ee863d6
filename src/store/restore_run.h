// One restore (backup.h).
//
//   open      opens the whole backup and each increment, and checks by their headers that they
//             continue each other
//   plan      chooses the last version
//   copy      copies the whole backup up to it
//   apply     applies the increments, each after a check that it continues the copy (tail_copy.h)
//   verify    reads the new file completely; then it gets its name
//
// Thread rule: run() on one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/reclamation.h"
#include "src/store/backup.h"
#include "src/store/file_copy.h"
#include "src/store/increment.h"
#include "src/store/writer.h"

namespace kvstore {

class RestoreRun {
 public:
  RestoreRun(std::string out, const RestoreOptions& options);
  Result<RestoreReport> run();

 private:
  Status open_backup();
  Status open_increments();
  Status plan();
  Status plan_seq(std::uint64_t seq);
  Status plan_time(std::uint64_t time_us);
  Result<std::uint64_t> last_until(std::uint64_t first_seq, std::uint64_t time_us) const;
  tl::unexpected<Error> not_there(const std::string& what) const;
  Status copy();
  Result<std::uint64_t> checkpoint_before(std::uint64_t end) const;
  Status apply();
  Status apply_one(const IncrementFile& increment);
  Status put_onto_copy(const IncrementFile& increment);
  Result<RestoreReport> finish();
  Status verify();
  LogSource made() const;

  const std::string out_;
  const RestoreOptions options_;
  file::FileSystem& files_;
  CopyProgress progress_;
  ReclamationEpochs epochs_;
  std::shared_ptr<Generation> backup_;
  std::optional<LogSource> source_;  // its log
  std::vector<std::unique_ptr<IncrementFile>> increments_;
  std::uint64_t until_ = UINT64_MAX;  // no version above it
  std::uint64_t last_ = 0;            // that there is
  std::uint64_t known_us_ = 0;        // the time, where the backup ends
  std::shared_ptr<Generation> made_;
  std::shared_ptr<Writer> writer_;  // writer of made_
  std::optional<FileCopy> copy_;    // holds the name of made_'s file, so it is destroyed before it
  std::uint64_t writes_ = 0;
};

}  // namespace kvstore
