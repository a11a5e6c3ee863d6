#include "server/http/routes.h"

#include <algorithm>

#include "server/http/handlers.h"
#include "src/wire/http/json_body.h"

namespace kvstore::server::http {
namespace {

using enum Parameter::In;
using enum Parameter::Type;

constexpr Parameter kIfMatch{"If-Match", kHeader, kText,
                             "only if the key is of one of these versions (\"17\"), or there (*)"};
constexpr Parameter kIfNoneMatch{"If-None-Match", kHeader, kText,
                                 "only if it is of none of these versions, or not there (*)"};

constexpr Parameter kGetParameters[] = {
    {"at", kQuery, kText, "as it was: a version, or a time (2026-03-01T14:30Z, @1772373600, -5m)",
     "follow"},
    {"follow", kQuery, kPlace,
     "send the value as it grows, as server-sent events: from its beginning, from an offset "
     "(negative: from the end), or only what is new (new)",
     "at"},
    {"Accept", kHeader, kText,
     "application/json; application/octet-stream or text/plain for the bytes"},
    {"Range", kHeader, kText, "a part of the bytes: bytes=0-99, bytes=-100"},
    {"If-Range", kHeader, kText, "the part, if the key is of that version; else all"},
    {"Last-Event-ID", kHeader, kText, "following: go on after that event"},
    kIfMatch,
    kIfNoneMatch,
};
constexpr Parameter kPutParameters[] = {
    {.name = "ttl",
     .type = kInteger,
     .summary = "seconds until it expires, where the body does not say it",
     .least = 1,
     .most = kvstore::wire::http::kLongestTtl},
    kIfMatch,
    kIfNoneMatch};
constexpr Parameter kPostParameters[] = {
    {.name = "append", .type = kFlag, .summary = "add to the value", .is_needed = true},
    kIfMatch,
    kIfNoneMatch};
constexpr Parameter kDeleteParameters[] = {kIfMatch, kIfNoneMatch};
constexpr Parameter kListParameters[] = {
    {"prefix", kQuery, kText, "keys that begin so"},
    {"after", kQuery, kText, "only those after this one; following: after this version"},
    {"limit", kQuery, kInteger, "at most so many; 100 if it is not given", "follow", false, 1,
     kMostListed},
    {"values", kQuery, kFlag, "with the values", "follow"},
    {"reverse", kQuery, kFlag, "backwards", "follow"},
    {"follow", kQuery, kFlag, "send every change from now on, as server-sent events"},
    {"Last-Event-ID", kHeader, kText, "following: go on after that event"},
};
constexpr Parameter kEventParameters[] = {
    {"prefix", kQuery, kText, "of keys that begin so"},
    {"after", kQuery, kText, "changes after this version"},
    {"Last-Event-ID", kHeader, kText, "go on after that event"},
};

constexpr Answer kEntry[] = {
    {200, wire::kJson, "Entry", "the key, as JSON"},
    {206, wire::kBytes, "", "the part of the bytes that Range asks for"},
    {304, "", "", "it is of a version that If-None-Match names"},
};
constexpr Answer kPut[] = {
    {200, wire::kJson, "Written", "the key was there, and has this value now"},
    {201, wire::kJson, "Written", "the key is new"}};
constexpr Answer kAppended[] = {{200, wire::kJson, "Appended", "it was added"}};
constexpr Answer kNothing[] = {{204, "", "", "done"}};
constexpr Answer kPage[] = {{200, wire::kJson, "Page", "keys in byte order"}};
constexpr Answer kEventStream[] = {{200, wire::kEvents, "", "events, until the client has enough"}};
constexpr Answer kBatch[] = {{200, wire::kJson, "BatchResult", "all of it was done"}};
constexpr Answer kResult[] = {{200, wire::kJson, "Result", "what the command answers"}};
constexpr Answer kCommands[] = {{200, wire::kJson, "Commands", "the command table"}};
constexpr Answer kStatus[] = {{200, wire::kJson, "Health", "it is so"}};
constexpr Answer kDocument[] = {{200, wire::kJson, "", "this document"}};
constexpr Answer kMetrics[] = {{200, "text/plain", "", "in Prometheus' text format"}};
constexpr Answer kSpaceMap[] = {
    {200, wire::kJson, "", "what kvstore map --json prints of the file"}};
constexpr Answer kConsole[] = {{200, "text/html", "", "the page"}};
constexpr Answer kToConsole[] = {{308, "", "", "it is at /_/"}};

constexpr Route kRoutes[] = {
    {"GET", "/{key}", "getKey", "The value, now or as it was, whole or a part", get_key, "GET",
     false, "", kGetParameters, kEntry},
    {"PUT", "/{key}", "putKey", "Store a value, replacing the old one", put_key, "SET", false,
     "Value", kPutParameters, kPut},
    {"POST", "/{key}", "appendKey", "Add to the end of a value, making it if need be", append_key,
     "APPEND", false, "Addition", kPostParameters, kAppended},
    {"DELETE", "/{key}", "deleteKey", "Remove a key", delete_key, "DELETE", false, "",
     kDeleteParameters, kNothing},
    {"GET", "/", "listKeys", "Keys in byte order, page by page", list_keys, "PREFIX", false, "",
     kListParameters, kPage},
    {"POST",
     "/_/batch",
     "runBatch",
     "Several operations, all or none of them",
     run_batch,
     "EXEC",
     false,
     "Batch",
     {},
     kBatch},
    {"POST",
     "/_/command",
     "runCommand",
     "Any command of the table",
     run_command,
     kAsGiven,
     false,
     "Command",
     {},
     kResult},
    {"GET",
     "/_/commands",
     "listCommands",
     "The command table",
     list_commands,
     "",
     false,
     "",
     {},
     kCommands},
    {"GET", "/_/events", "followChanges", "Every change from now on, or from a version on",
     follow_prefix, "FOLLOW", false, "", kEventParameters, kEventStream},
    {"GET", "/_/health", "health", "The server answers", show_health, "", true, "", {}, kStatus},
    {"GET",
     "/_/ready",
     "readiness",
     "The server can read and write",
     show_readiness,
     "",
     true,
     "",
     {},
     kStatus},
    {"GET",
     "/_/openapi.json",
     "openapi",
     "This document",
     show_openapi,
     "",
     true,
     "",
     {},
     kDocument},
    {"GET", "/_/", "console", "The console", show_console, "", true, "", {}, kConsole, true},
    {"GET",
     "/_",
     "toConsole",
     "The console, by the name without its last /",
     move_to_console,
     "",
     true,
     "",
     {},
     kToConsole,
     true},
    {"GET",
     "/_/console/{file}",
     "consoleFile",
     "A file of the console",
     show_console,
     "",
     true,
     "",
     {},
     kConsole,
     true},
    {"GET",
     "/_/map",
     "spaceMap",
     "Where the bytes of the file go",
     show_space_map,
     "STATS",
     false,
     "",
     {},
     kSpaceMap},
    {"GET",
     "/metrics",
     "metrics",
     "Figures of the server",
     show_metrics,
     "",
     false,
     "",
     {},
     kMetrics},
};

// The path pattern of the row for a request's path.
std::string_view pattern_of(std::string_view path) {
  constexpr std::string_view kFiles = "/_/console/";
  if (path.starts_with(kFiles)) return "/_/console/{file}";
  if (path == "/" || path == "/metrics" || path == "/_" || path.starts_with("/_/")) return path;
  return path.starts_with('/') ? std::string_view("/{key}") : std::string_view();
}

void add_method(std::string_view method, std::string* allowed) {
  if (!allowed->empty()) *allowed += ", ";
  *allowed += method;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

const Route* find_route(std::string_view method, std::string_view path, std::string* allowed) {
  allowed->clear();
  if (path == "*" && method == "OPTIONS") *allowed = "GET, HEAD, PUT, POST, DELETE";
  const std::string_view pattern = pattern_of(path);
  for (const Route& route : kRoutes) {
    if (route.path != pattern) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD")) return &route;
    add_method(route.method, allowed);
    if (route.method == "GET") add_method("HEAD", allowed);
  }
  return nullptr;
}

}  // namespace kvstore::server::http
