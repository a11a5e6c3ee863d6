// What is no data: health, metrics, the console.
#include <fmt/format.h>

#include "server/console.h"
#include "server/http/handlers.h"
#include "server/http/rights.h"
#include "server/metrics.h"
#include "src/store/store.h"
#include "src/wire/http/conditions.h"

namespace kvstore::server::http {
void show_health(Exchange& exchange) { exchange.answer_json(200, "{\"status\":\"ok\"}\n"); }

void show_readiness(Exchange& exchange) {
  const Stats stats = exchange.shared.store.stats();
  const bool is_stopping = exchange.shared.stopping.load(std::memory_order_relaxed);
  const bool is_ready = !is_stopping && (stats.read_only || stats.writes_refused.empty());
  if (is_ready) return exchange.answer_json(200, "{\"status\":\"ok\"}\n");
  exchange.fail(wire::Problem{
      503, "FAILED", is_stopping ? "the server is stopping" : "nothing can be written to the file",
      "STATS says why"});
}

void show_metrics(Exchange& exchange) {
  constexpr std::string_view kWords[] = {"STATS"};
  if (!may_run(exchange, kWords)) return;
  exchange.answer({.content_type = kMetricsType}, metrics_text(exchange.shared));
}

void show_console(Exchange& exchange) {
  constexpr std::string_view kPrefix = "/_/";
  const auto asset = console_asset(std::string_view(exchange.target.path).substr(kPrefix.size()));
  if (!asset) {
    return exchange.fail(wire::Problem{404, "UNKNOWN", "there is no such page",
                                       "GET /_/openapi.json lists what there is"});
  }
  const auto known = kvstore::wire::http::version_list(exchange.head, "If-None-Match");
  const bool is_known = known && (known->is_any || known->names(asset->etag));
  wire::ResponseHead response{.status = is_known ? 304U : 200U};
  if (!is_known) response.content_type = asset->content_type;
  response.add("ETag", std::string(asset->etag));
  response.add("Content-Security-Policy", std::string(asset->policy));
  response.add("Referrer-Policy", "no-referrer");
  response.add("X-Frame-Options", "DENY");
  response.add("Cross-Origin-Opener-Policy", "same-origin");
  if (asset->is_gzip) response.add("Content-Encoding", "gzip");
  exchange.answer(std::move(response), is_known ? std::string_view() : asset->content);
}

}  // namespace kvstore::server::http
