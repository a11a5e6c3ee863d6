// fuzz_input FILE [rebooted]: the input of the targets open and maint that makes
// this database file, on stdout. fuzz_input -d INPUT: the other way round.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/image.h"

int main(int count, char** words) {
  const bool back = count == 3 && std::string(words[1]) == "-d";
  if (count < 2 || count > 3) {
    std::fputs("usage: fuzz_input FILE [rebooted] | fuzz_input -d INPUT\n", stderr);
    return 2;
  }
  std::ifstream file(words[back ? 2 : 1], std::ios::binary);
  if (!file) return std::perror(words[back ? 2 : 1]), 1;
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  using namespace kvstore::fuzz;
  const std::string made =
      back ? make_image(as_input(bytes)).bytes : input_for(bytes, count == 3);
  return std::fwrite(made.data(), 1, made.size(), stdout) == made.size() ? 0 : 1;
}
