#include "tests/command/support.h"

#include <atomic>
#include <cstdlib>
#include <iterator>
#include <new>
#include <stdexcept>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <malloc.h>

#include "src/command/quote.h"
#include "src/wire/resp_parser.h"
#include "src/wire/text_parser.h"
#include "tests/support/written_reply.h"

namespace {

std::atomic<std::size_t> allocated{0};
std::atomic<std::size_t> most{0};
std::atomic<std::size_t> calls{0};

void* allocate(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = allocated += malloc_usable_size(memory);
  std::size_t seen = most;
  while (now > seen && !most.compare_exchange_weak(seen, now)) {
  }
  ++calls;
  return memory;
}

void release(void* memory) {
  if (memory != nullptr) allocated -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
// The library's calls the first; a sanitizer's does not.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }

namespace kvstore::command::test {
namespace {

using Event = RequestParser::Event;

std::string serve(Session& session, RequestParser& parser, bool resp, std::string_view bytes,
                  std::size_t piece) {
  std::string out;
  const auto answer = [&](const Reply& reply, bool crlf) {
    if (resp) render_resp2(reply, &out);
    else render_text(reply, crlf, &out);
  };
  const auto drain = [&] {
    for (;;) {
      switch (parser.next()) {
        case Event::kNeedInput: return;
        case Event::kEnd: return;
        case Event::kRequest:
          answer(session.execute(parser.request().argv), parser.request().crlf);
          break;
        case Event::kError: answer(Reply::failure(parser.error()), parser.error_crlf()); break;
        case Event::kFatal: answer(Reply::failure(parser.error()), true); return;
      }
    }
  };
  while (!bytes.empty()) {
    parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    drain();
  }
  parser.finish();
  drain();
  REQUIRE(session.commit());
  return out;
}

std::string describe(const RequestParser& parser, const Error& error) {
  return fmt::format("{}{} {} {}{}{}\n", parser.error_line(), parser.error_crlf() ? "crlf" : "",
                     code_name(error.code), error.message, error.hint.empty() ? "" : " | ", error.hint);
}

std::string describe(const Request& request) {
  std::string out = fmt::format("{}{} ", request.line, request.crlf ? "crlf" : "");
  for (const std::string_view word : request.argv) out += "[" + escape_controls(word) + "]";
  return out + "\n";
}

std::string describe(const Pending& pending) {
  switch (pending.what) {
    case Pending::What::kNothing: return "pending nothing\n";
    case Pending::What::kLine: return "pending line\n";
    case Pending::What::kBytes: return fmt::format("pending bytes {} line {}\n", pending.bytes, pending.line);
    case Pending::What::kBlock: return fmt::format("pending block {} line {}\n", pending.sentinel, pending.line);
    case Pending::What::kBulk: return fmt::format("pending bulk {}\n", pending.bytes);
  }
  return "";
}

// True while more may come.
bool drain(RequestParser& parser, std::string* out) {
  for (;;) {
    switch (parser.next()) {
      case Event::kNeedInput: return true;
      case Event::kEnd: return false;
      case Event::kRequest: *out += describe(parser.request()); break;
      case Event::kError: *out += describe(parser, parser.error()); break;
      case Event::kFatal:
        *out += fmt::format("FATAL {} {}\n", code_name(parser.error().code), parser.error().message);
        return false;
    }
  }
}

}  // namespace

Fixture::Fixture() {
  path = directory_ / "data.bin";
  Options options;
  options.sync = SyncPolicy::none();
  auto opened = Store::open(path, options);
  REQUIRE(opened);
  store = std::move(*opened);
  session = std::make_unique<Session>(*store);
}

Fixture::~Fixture() {
  session.reset();
  store.reset();
}

Reply Fixture::run(const std::vector<std::string>& argv) {
  const std::vector<std::string_view> views(argv.begin(), argv.end());
  return session->execute(views);
}

std::string Fixture::text(std::string_view bytes, std::size_t piece) {
  TextParser parser;
  return serve(*session, parser, false, bytes, piece);
}

std::string Fixture::resp(std::string_view bytes, std::size_t piece) {
  RespParser parser;
  return serve(*session, parser, true, bytes, piece);
}

std::string as_resp(const std::vector<std::string>& argv) {
  std::string out = fmt::format("*{}\r\n", argv.size());
  for (const std::string& word : argv) {
    fmt::format_to(std::back_inserter(out), "${}\r\n", word.size());
    out += word + "\r\n";
  }
  return out;
}

std::string as_text(const Reply& reply) {
  std::string out;
  render_text(reply, false, &out);
  return out;
}

std::string dump(RequestParser& parser, const std::vector<std::string_view>& pieces, bool finish) {
  std::string out;
  bool open = true;
  for (const std::string_view piece : pieces) {
    if (!open) break;
    parser.feed(piece);
    open = drain(parser, &out);
  }
  if (!finish) return out + describe(parser.pending());
  if (!open) return out;
  parser.finish();
  drain(parser, &out);
  return out;
}

std::string dump_however_split(const ParserFactory& make, std::string_view input) {
  const std::string whole = dump(*make(), {input});
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < input.size(); ++i) {
    bytes.push_back(input.substr(i, 1));
    CHECK_MESSAGE(dump(*make(), {input.substr(0, i), input.substr(i)}) == whole, "split at " << i);
  }
  CHECK_MESSAGE(dump(*make(), bytes) == whole, "byte by byte");
  return whole;
}

std::size_t Heap::now() { return allocated; }
std::size_t Heap::peak() { return most; }
void Heap::reset_peak() { most = allocated.load(); }
std::size_t Heap::allocations() { return calls; }

}  // namespace kvstore::command::test
