// What is made of a file, and must say the same as it: compacted files with more and with less of
// its past, what a backup and an increment give when they are restored, and the file with an index.
#pragma once

#include <optional>
#include <string>

namespace kvstore::maint::testing {

enum class Copies { kCompacted, kAll };

// The image is that of a file without damage, a repaired one, say. What a copy of it says that it
// does not, or does not say any more, in words; nullopt if nothing: each key's value, now and as of
// versions that the copy has, its history, and that verify finds the copy intact.
std::optional<std::string> judge_copies(const std::string& image, Copies copies = Copies::kAll);

}  // namespace kvstore::maint::testing
