#include "tests/fuzz/finding.h"

#include <cstdio>
#include <cstdlib>

namespace kvstore::fuzz {

void stop_at(const Finding& finding) {
  if (!finding) return;
  std::fprintf(stderr, "FOUND: %s\n", finding->c_str());
  std::abort();
}

}  // namespace kvstore::fuzz
