#include "src/base/edit_distance.h"

#include <doctest/doctest.h>

using kvstore::edit_distance;

TEST_CASE("letters added, dropped, changed and swapped are counted") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("data.bin", "data.bin") == 0);
  CHECK(edit_distance("dta.bin", "data.bin") == 1);
  CHECK(edit_distance("daat.bin", "data.bin") == 1);
  CHECK(edit_distance("date.bin", "data.bin") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}
