// Resources that are not data: health, metrics, the console.
#include <fmt/format.h>

#include "server/console.h"
#include "server/http/handlers.h"
#include "server/http/rights.h"
#include "server/metrics.h"
#include "server/writability.h"
#include "src/store/store.h"
#include "src/wire/http/conditions.h"

namespace kvstore::server::http {

void show_health(Exchange& exchange) { exchange.answer_json(200, "{\"status\":\"ok\"}\n"); }

// The reason for refusing writes is not included: it would tell too much about the machine to a
// client without a password.
void show_readiness(Exchange& exchange) {
  Shared& shared = exchange.shared;
  if (shared.stopping.load(std::memory_order_relaxed)) {
    return exchange.fail(wire::Problem{503, "NETWORK", "the server is stopping"});
  }
  // Not figures(), which may read a sample of the keys: health checks must be fast.
  const auto why = why_not_writable(shared.store.stats());
  if (!why || why->code == Code::kReadOnly)
    return exchange.answer_json(200, "{\"status\":\"ok\"}\n");
  exchange.fail(wire::Problem{503, std::string(code_name(why->code)),
                              "nothing can be written to the file", "STATS says why"});
}

void show_metrics(Exchange& exchange) {
  constexpr std::string_view kWords[] = {"STATS"};
  if (!may_run(exchange, kWords)) return;
  exchange.answer({.content_type = kMetricsType}, metrics_text(exchange.shared));
}

// A key of that name must be escaped, as all that begin with "_/".
void move_to_console(Exchange& exchange) {
  wire::ResponseHead response{.status = 308};
  response.add("Location", "/_/");
  exchange.answer(std::move(response), {});
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
