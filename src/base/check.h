// KV_CHECK: an invariant of the program itself, checked in release builds too.
// Never used on anything a user, a file or the network can supply.
#pragma once

#include <cstdio>
#include <cstdlib>

#define KV_CHECK(condition)                                                            \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      std::fprintf(stderr, "kvstore: broken invariant at %s:%d: %s\n", __FILE__, __LINE__, \
                   #condition);                                                        \
      std::abort();                                                                    \
    }                                                                                  \
  } while (false)
