// The C++ library's one header for programs that embed it: after installation,
// #include <kvstore/kvstore.hpp>. C++20. See samples/embed.cpp and docs/EMBEDDING.md; the C interface
// is <kvstore/kvstore.h>.
#pragma once

#if __cplusplus < 202002L
#error "kvstore's C++ interface needs C++20 (-std=c++20); <kvstore/kvstore.h> is for C and any C++"
#endif

#include "src/base/cancel.h"
#include "src/base/status.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/backup.h"
#include "src/store/change_feed.h"
#include "src/store/commit_waiter.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "src/store/value_feed.h"
#include "src/store/waiter.h"
