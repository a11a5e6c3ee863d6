// The library's one header for programs that embed it: after installation,
// #include <kvstore/kvstore.h>. See samples/embed.cpp.
#pragma once

#include "src/base/status.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/backup.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
