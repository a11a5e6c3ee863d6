// verify, repair, salvage and convert on a file with one damaged value, and the
// judge of what they may leave behind, whatever failed and whenever they died.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "src/base/status.h"

namespace kvstore::test {

enum class Verb { kVerify, kRepair, kSalvage, kConvert };
std::string name_of(Verb verb);

class MaintWork {
 public:
  // Makes the file in the directory. For convert it is one of an older format.
  MaintWork(Verb verb, std::string directory);

  Status run() const;  // the verb, from opening the file on

  // What is wrong, if anything. `succeeded`: what run() answered; nullopt if it
  // was killed, and so unfinished files may be there.
  std::optional<std::string> violation(std::optional<bool> succeeded) const;

  // For planted bugs.
  const std::string& source() const { return source_; }
  const std::string& out() const { return out_; }
  const std::string& original() const { return original_; }

 private:
  std::optional<std::string> violation_of_repair(std::optional<bool> succeeded) const;
  std::optional<std::string> violation_of_copy(std::optional<bool> succeeded) const;
  std::optional<std::string> falsehood(const std::string& path) const;
  bool original_is_kept() const;
  bool unfinished_is_there() const;

  const Verb verb_;
  const std::string directory_, source_, out_;
  std::string original_;                      // the source's bytes
  std::map<std::string, std::string> values_;  // undamaged
};

}  // namespace kvstore::test
