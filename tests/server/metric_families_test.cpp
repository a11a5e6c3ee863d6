// The text that Prometheus reads, and what else is asked of its port.
#include <string>

#include <doctest/doctest.h>

#include "server/metric_families.h"
#include "server/metrics_endpoint.h"

using kvstore::server::answer_metrics_request;
using kvstore::server::MetricFamilies;

namespace {

std::string answer(std::string_view method, std::string_view target, bool has_body = false) {
  kvstore::wire::http::Head head;
  head.method = method;
  head.target = target;
  head.has_body = has_body;
  return answer_metrics_request(head, [] { return "figures\n"; });
}

std::string status_of(std::string_view method, std::string_view target, bool has_body = false) {
  return answer(method, target, has_body).substr(9, 3);
}

}  // namespace

TEST_CASE("families have a help, a type and their samples, and empty ones are left out") {
  MetricFamilies families;
  families.counter("a_total", "What a is.").add("kind", "x\"y\\", std::uint64_t{3});
  families.gauge("empty", "Nothing.");
  families.gauge("b_bytes", "What b is.").add(std::uint64_t{1} << 40);
  families.gauge("last", "Nothing either.");
  CHECK(families.to_text() ==
        "# HELP kvstore_a_total What a is.\n"
        "# TYPE kvstore_a_total counter\n"
        "kvstore_a_total{kind=\"x\\\"y\\\\\"} 3\n"
        "# HELP kvstore_b_bytes What b is.\n"
        "# TYPE kvstore_b_bytes gauge\n"
        "kvstore_b_bytes 1099511627776\n");
}

TEST_CASE("a histogram's buckets are cumulative, with round bounds, and the last is infinite") {
  kvstore::BucketCounts counts;
  counts.bounds = {10, 100, 250'000};
  counts.counts = {1, 2, 0, 4};
  counts.sum = 1'500'000;
  MetricFamilies families;
  families.histogram("t_seconds", "Times.").add("class", "read", counts, 1e6);
  const std::string text = families.to_text();
  for (const char* const line : {"kvstore_t_seconds_bucket{class=\"read\",le=\"1e-05\"} 1\n",
                                 "kvstore_t_seconds_bucket{class=\"read\",le=\"0.0001\"} 3\n",
                                 "kvstore_t_seconds_bucket{class=\"read\",le=\"0.25\"} 3\n",
                                 "kvstore_t_seconds_bucket{class=\"read\",le=\"+Inf\"} 7\n",
                                 "kvstore_t_seconds_sum{class=\"read\"} 1.5\n",
                                 "kvstore_t_seconds_count{class=\"read\"} 7\n"}) {
    CAPTURE(line);
    CAPTURE(text);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("the port of /metrics answers GET and HEAD of it, and refuses the rest") {
  CHECK(status_of("GET", "/metrics") == "200");
  CHECK(status_of("GET", "/metrics?x=1") == "400");
  CHECK(status_of("HEAD", "/metrics") == "200");
  CHECK(status_of("POST", "/metrics") == "405");
  CHECK(status_of("get", "/metrics") == "405");
  CHECK(status_of("GET", "/") == "404");
  CHECK(status_of("GET", "/metricsx") == "404");
  CHECK(status_of("GET", "/%6Detrics") == "404");
  CHECK(status_of("GET", "*") == "404");
  CHECK(status_of("GET", "/metrics", true) == "413");
  const std::string whole = answer("GET", "/metrics");
  CHECK(whole.ends_with("\r\n\r\nfigures\n"));
  CHECK(whole.find("Content-Length: 8\r\n") != whole.npos);
  CHECK(whole.find("Connection: close\r\n") != whole.npos);
  const std::string head = answer("HEAD", "/metrics");
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("Content-Length: 8\r\n") != head.npos);
}
