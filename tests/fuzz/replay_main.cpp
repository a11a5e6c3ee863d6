// A fuzz target without a fuzzer: runs every file of the directories and files named,
// and some thousand mutations of them, each by its seed.
//
//   open_fuzz CORPUS                     as a test does
//   KVSTORE_FUZZ_SEED=n open_fuzz CORPUS    one mutation again, the one that a crash named
//   open_fuzz FILE                       one input
//
// KVSTORE_FUZZ_ROUNDS: how many mutations; KVSTORE_LONG=1 makes ten times as many.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/replay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace kvstore::fuzz;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

char what[4200];  // is being run, for the crash

void run(const std::string& input) {
  const Input bytes = as_input(input);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

extern "C" void say_what(int signal) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, what, __builtin_strlen(what));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run_mutations(const std::string& path, std::uint64_t first, std::uint64_t rounds) {
  std::vector<std::string> corpus;
  for (auto& [name, input] : load_corpus(path)) corpus.push_back(std::move(input));
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    std::snprintf(what, sizeof what, "in: KVSTORE_FUZZ_SEED=%llu, mutated from %s\n",
                  static_cast<unsigned long long>(seed), path.c_str());
    run(mutate(corpus, seed % corpus.size(), seed));
  }
}

std::size_t run_files(const std::string& path) {
  const auto corpus = load_corpus(path);
  for (const auto& [name, input] : corpus) {
    std::snprintf(what, sizeof what, "in: %s\n", name.c_str());
    run(input);
  }
  return corpus.size();
}

}  // namespace

int main(int count, char** words) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, say_what);
  const std::uint64_t seed = number_from("KVSTORE_FUZZ_SEED", 0);
  const std::uint64_t all =
      number_from("KVSTORE_FUZZ_ROUNDS", 3000) * (std::getenv("KVSTORE_LONG") ? 10 : 1);
  const std::uint64_t first = seed != 0 ? seed : 1, rounds = seed != 0 ? 1 : all;
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    const std::size_t here = run_files(words[i]);
    if (here == 0) return std::fprintf(stderr, "%s: no inputs\n", words[i]), 1;
    files += here;
    if (!std::filesystem::is_directory(words[i])) continue;
    run_mutations(words[i], first, rounds);
  }
  std::printf("%zu inputs, and %llu mutations of each directory's, from seed %llu on\n", files,
              static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(first));
  return files == 0;
}
