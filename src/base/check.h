// KV_CHECK: checks an invariant of the program itself, in release builds too. Never used for input
// from users, files or the network.
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
