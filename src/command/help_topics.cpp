#include "src/command/help_topics.h"

#include "src/command/words.h"

namespace kvstore::command {

const std::string_view kAtTopic =
    "AT reads the past: a seq of HISTORY, 2026-03-01[T14:30[:05]][Z|+02:00],\n"
    "@unix-seconds, or -30s -5m -3h -2d.\n";

namespace {

constexpr std::string_view kTransactions =
    "From BEGIN to COMMIT commands read one moment, and what they write is seen by\n"
    "nobody else before COMMIT, which writes all of it or nothing. CONFLICT: somebody\n"
    "has changed what was read, a list too; BEGIN and do it again. ROLLBACK gives up.\n"
    "BEGIN READONLY only looks, and never conflicts. An error of another command ends\n"
    "nothing. SCAN 0 lists all keys at once; DIFF is refused; STATS and FLUSHDISK are\n"
    "about the store, as always.\n"
    "Past 60 s (--transaction-time) or 64 MiB (--transaction-memory) it is rolled back:\n"
    "then every command but ROLLBACK answers ABORTED. In a shell on a file no time is\n"
    "too long. Leaving, or losing the connection, rolls back.\n";

constexpr std::string_view kBlocks =
    "A value may follow on the next lines:\n"
    "  SET key <<EOT              lines up to one that says EOT, or any other word\n"
    "  SET key                    lines up to one that says END\n"
    "  SET key SECONDS COUNT      COUNT bytes (TTL in SECONDS, 0 = never expires)\n"
    "  APPEND key <<EOT, APPEND key, APPEND key COUNT are the same.\n"
    "The newline before the last line is not part of the value.\n";

struct Topic {
  std::string_view name;
  std::string_view text;
};

constexpr Topic kTopics[] = {{"transactions", kTransactions},
                             {"transaction", kTransactions},
                             {"<<", kBlocks},
                             {"blocks", kBlocks}};

}  // namespace

std::vector<std::string_view> topics() { return {"AT", "<<", "blocks", "transactions"}; }

std::string_view topic(std::string_view word) {
  if (same_word(word, "AT")) return kAtTopic;
  if (word.starts_with("<<")) return kBlocks;
  for (const Topic& known : kTopics) {
    if (same_word(word, known.name)) return known.text;
  }
  return {};
}

}  // namespace kvstore::command
