#include "src/cli/demo_tour.h"

namespace kvstore::cli {

extern const std::string_view kMarketSample;  // samples/market.kv, embedded by the build

namespace {

constexpr std::string_view kWhatIsThere[] = {"COUNT", "KEYS", "STRLEN GOOG"};
constexpr std::string_view kReading[] = {"READ GOOG -18 17", "READ MSFT 1029 34"};
constexpr std::string_view kAppending[] = {R"(APPEND AAPL "2010-04-01,261.09\n")",
                                           "READ AAPL -18 17"};
constexpr std::string_view kHistory[] = {R"(SET plan "buy low, sell high")",
                                         R"(SET plan "buy high")", "HISTORY plan", "UNDO plan",
                                         "GET plan"};
constexpr std::string_view kRankings[] = {
    "ZADD prices 223.02 AAPL 560.19 GOOG 125.55 IBM 28.80 MSFT 128.82 AMZN",
    "ZREVRANGE prices 0 2 WITHSCORES", "ZREVRANK prices IBM"};
constexpr std::string_view kExpiry[] = {"SET session alice EX 3600", "TTL session"};
constexpr std::string_view kTransaction[] = {
    "BEGIN", "INCRBY cash:alice -100", "INCRBY cash:bob 100", "COMMIT", "PREFIX cash: VALUES"};

constexpr DemoStep kSteps[] = {
    {"Ten years of monthly stock prices, one key a company. Each year came in with one APPEND.",
     kWhatIsThere},
    {"Any part of a value can be read at once, counted from its beginning or from its end.",
     kReading},
    {"A value grows without being written again, however long it is.", kAppending},
    {"Every version is kept, so a mistake can be taken back.", kHistory},
    {"Sorted sets rank their members by a score.", kRankings},
    {"Keys can expire.", kExpiry},
    {"What stands between BEGIN and COMMIT is written as a whole, or not at all.", kTransaction},
};

}  // namespace

std::span<const DemoStep> demo_steps() { return kSteps; }

std::string_view demo_data() {
  return kMarketSample.substr(0, kMarketSample.find("# How much is there?"));
}

}  // namespace kvstore::cli
