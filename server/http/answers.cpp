#include "server/http/answers.h"

#include "src/base/clock.h"

namespace kvstore::server::http {

using kvstore::wire::http::Problem;
using kvstore::wire::http::ResponseHead;

void append_problem(const Problem& problem, bool closes, bool is_head, std::string* out) {
  const std::string body = kvstore::wire::http::problem_json(problem);
  const ResponseHead head{.status = problem.status,
                          .content_type = kvstore::wire::http::kProblem,
                          .content_length = body.size(),
                          .closes = closes};
  kvstore::wire::http::append_head(head, now_us() / 1'000'000, out);
  if (!is_head) *out += body;
}

void Answers::take_back(const Error& error) {
  if (answers_.empty()) return;
  const std::size_t first = answers_.front().begin;
  const std::string sent = output_.substr(first);
  output_.resize(first);
  const Problem problem = kvstore::wire::http::problem_in_http(error);
  std::size_t copied = 0;  // bytes of `sent`
  for (const PendingAnswer& answer : answers_) {
    if (!answer.acknowledges_write) continue;
    output_.append(sent, copied, answer.begin - first - copied);
    append_problem(problem, answer.closes, answer.is_head, &output_);
    copied = answer.end - first;
  }
  output_.append(sent, copied);
}

}  // namespace kvstore::server::http
