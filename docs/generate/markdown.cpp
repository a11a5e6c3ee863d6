#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "docs/generate/generate.h"
#include "src/command/help.h"
#include "src/command/origin.h"
#include "src/command/stats_fields.h"
#include "src/command/table.h"
#include "src/command/words.h"

namespace kvstore::docs {
namespace {

using namespace command;

constexpr std::string_view kBeginning = R"(# Commands

<!-- Printed from the command table by docs/generate; do not edit. -->

The same commands work in the shell, in scripts, over plain TCP, over Redis' protocol and as
`kvstore FILE COMMAND...`. Command words ignore case. `HELP` says what stands here.

## How a line is read

A line is words separated by blanks. `#` begins a comment only as a line's first non-blank.
Quotes act only at a word's start: `"..."` knows `\n \r \t \\ \" \xHH`, `'...'` takes every character
as it is; anywhere else quotes and backslashes are themselves, so `{"a":1}` is a word. Keys and values
are any bytes, empty ones too.

A value may stand on the line, or follow it:

| form | example |
|---|---|
| on the line | `SET greeting "hello world"` |
| counted: TTL in seconds (0 = never expires) and the number of bytes that follow | `SET mykey 0 5` ⏎ `hello` |
| counted, to append | `APPEND log 5` ⏎ `hello` |
| a block, up to a line that equals the word after `<<` | `SET note <<EOT` ⏎ any lines ⏎ `EOT` |
| a block up to `END` | `SET note` ⏎ any lines ⏎ `END` |

A count is 1 to 10 unquoted digits: `SET k 5` stores a digit, `APPEND k 5` reads five bytes, `APPEND k "5"`
appends a digit. The last newline before a block's end is not part of the value. A value that follows is
read to its end before anything is judged, so an error never runs data as commands: also where the line is
refused (`SET k 0 12 NX`, `GET k <<EOT`). Where a value may follow a refused line but nobody knows its size
(`SET k 0 -12`, `SET k abc 12`, `CREATE k 12`, a quote that is never closed), the connection, or the script,
ends after the error. Over TCP a last line without its newline may have been cut off: it reads, but never
writes. Over Redis' protocol and in `kvstore FILE SET k -5` an argument is always itself. In `kvstore FILE
'APPEND k "5"' 'GET k'` each argument is lines of text, and a counted value must be in its own.

## Replies

| reply | text | RESP2, RESP3 (`HELLO 3`) |
|---|---|---|
| done | `+OK`, or another word: `+PONG`; `+QUEUED` between MULTI and EXEC | the same |
| value | `+VALUE n` ⏎ n bytes ⏎ | `$n` |
| number | `:3` | `:3` |
| missing | `+NIL` | `$-1`, `_` |
| array | `+ARRAY n` ⏎ and n replies | `*n`; in RESP3 maps are `%n`, sets `~n`, INFO is `=n` |
| error | `-ERR CODE what happened; try: what to type` | as Redis words it, or `-CODE ...` |

Lines of a reply end as the command's line did, in LF or CRLF.

Scripts and one-shots print data on stdout and errors on stderr; `--mode` and `.mode` choose how. With
`--ack` each command is answered by exactly one line on stdout, errors too, in the order of the commands:

| reply | script, one-shot | `--json` | `--ack` |
|---|---|---|---|
| done | nothing | nothing | `OK` |
| value | the bytes and a newline (`--no-newline`: exactly the bytes) | a string, `{"base64":"..."}` if it is not UTF-8 | the value; `"quoted"` if it is empty, not printable, or could be another reply |
| number | `3` | `3` | `3` |
| missing | an empty line (`--no-newline`, DELETE, SET: nothing), or the `--nil` text | `null` | `NIL`, or the `--nil` text |
| array | a line each; an array within it on one line, between tabs | an array | one line, between tabs; an array within it as JSON |
| error | `script.kv:12: CODE message` on stderr | the same | `ERR CODE message`; on stderr as well |

Some replies are shown as what they mean, `--ack` aside:

| reply of | at the prompt | script, one-shot | `--mode csv` | `--json` |
|---|---|---|---|---|
| RANGE, PREFIX with VALUES | a table | a line each, key and value between a tab | `key,value` | `[{"key":"a","value":"1"},...]` |
| HISTORY | a table | a line each, between tabs | `seq,time,kind,size,expires` | `[{"seq":3,...},...]` |
| DIFF | lines, and a sum | a line each, between tabs | `change,key,seq,time,size_before,size_after` | `[{"change":"+",...},...]` |
| UNDO | a sentence | the seq, or nothing for NIL | the same | the seq, or `null` |
| SCAN | an array | the cursor, then a key a line | the same | `{"cursor":"0","keys":[...]}` |
| STATS | its lines | its lines | `section,name,value` | `{"Store":{"keys":3,...},...}` |
| SCRUB STATUS | its lines | its lines | `name,value` | `{"rate":"off",...}` |

Long lists are shown as they are read: what is damaged shows where it is met, after what came before it.

`--ack --json` answers a JSON text a line: `"OK"`, `null`, `{"error":"CODE","message":"..."}`.

Over TCP a `*` where a command may begin opens RESP; from then on plain lines are Redis' inline commands,
with Redis' quoting. A connection whose framing is lost (a malformed request, a line that begins with `$`,
a value announced as above on a plain line) is answered with one error and closed. INFO over RESP has Redis' sections and field names.
Redis' MULTI, EXEC, DISCARD and WATCH are as there; `BEGIN` and `COMMIT` execute each command at once.

## In a transaction

From `BEGIN` to `COMMIT` a session's commands answer of one moment, that of `BEGIN`, and of what the session
has written since, which nobody else sees before `COMMIT`. `COMMIT` writes all of it with one seq, or
answers `CONFLICT` and has written nothing: somebody has changed a key that the transaction has read, one that
was missing, or a key that would be in a list it was given. (`APPEND`, `DELETE` and `SET ... NX` read their key;
`SET` does not.) A transaction that wrote nothing never conflicts. An error of another command ends nothing.

`AT` and `HISTORY` tell of versions up to `BEGIN`. `SCAN 0` lists all keys at once; `DIFF` is refused; `STATS` and `FLUSHDISK` are about the store,
as always. A transaction ends with its connection, its script or its shell, and nothing of it is written. It may
take 60 seconds (`--transaction-time`; no limit in the shell on a file) and 64 MiB (`--transaction-memory`); past
that it is rolled back, and every command but `ROLLBACK` answers `ABORTED`, so that none is executed on its own.
`COMMIT` answers it, too, and ends the transaction. `kvstore connect` does the same where the connection was lost.

## The past

`AT` reads a value as it was: at a seq of `HISTORY` (`AT 1234`), or at a time: `2026-03-01` (that day's
beginning, local time), `2026-03-01T14:30:05.25Z` (or `+02:00`, or nothing for local time), `@1772373600`
(seconds since 1970), `-30s`, `-5m`, `-3h`, `-2d` (that long ago).

`AT` a time a key has expired if it had by that time. `AT` a seq its time to live does not count: a key is there as
long as its history is. A compaction drops the past of a key that had expired by the time of the floor, and then `AT`
a seq it is missing, at the floor and later. If the clock was set back before the floor, what had expired before that
is dropped as well, and missing `AT` a time, too.

`UNDO key` makes a key what it was before its newest version, `UNDO key TO` a seq or time what it was then, with its
expiry; what was missing, or would have expired by now, is deleted. It is a version like any other, so `UNDO` again
takes it back; no other write comes between what it reads and what it writes. What is the key's state already is
not written again. Values may be of any length: a large one is referred to.

`DIFF from` lists the keys that were written after a seq or time, `DIFF from to` up to another: each once, in the order of
keys, as added, changed or removed. It reads the stretch of the log in between, and what lies before it
up to the checkpoint that it finds it by: at most 128 MiB, as heads of records. Damage in the stretch is an error.

A compacted file keeps the past from its floor on: `AT`, `UNDO` and `DIFF` before it answer `PURGED`, and `HISTORY` ends in a
line of kind `cut` with the floor's seq and time.

## Error codes

Each error begins with one of these words, which stay as they are. Over RESP an error that Redis has words
of its own for is told in those.

)";

void add_error_codes(std::string* out) {
  *out += "| code | meaning |\n|---|---|\n";
  for (std::size_t i = 0; i < kCodes; ++i) {
    const auto code = static_cast<Code>(i);
    fmt::format_to(std::back_inserter(*out), "| {} | {} |\n", code_name(code), code_meaning(code));
  }
  *out += '\n';
}

void add_stats_fields(std::string* out) {
  *out += "\n| section | field | meaning |\n|---|---|---|\n";
  for (const StatsField& field : stats_fields()) {
    fmt::format_to(std::back_inserter(*out), "| {} | `{}` | {} |\n", field.section, field.name,
                   field.meaning);
  }
}

void add_code(std::string_view text, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "```\n{}{}```\n", text,
                 text.ends_with('\n') ? "" : "\n");
}

std::string_view value_note(ValueForm form) {
  switch (form) {
    case ValueForm::kSet:
      return "The value may follow: `SET key seconds count`, `SET key <<EOT`, `SET key`.\n\n";
    case ValueForm::kAppend:
      return "The value may follow: `APPEND key count`, `APPEND key <<EOT`, `APPEND key`.\n\n";
    case ValueForm::kNone:
      break;
  }
  return "";
}

std::string_view kind(const Command& row) {
  if (row.has(kWrite)) return "Writes. ";
  if (row.has(kRead)) return "Reads. ";
  return "";
}

void add_command(const Command& row, std::string* out) {
  const auto to = std::back_inserter(*out);
  fmt::format_to(to, "### {}\n\n`{}`\n\n{}.\n{}Since {}.", row.name, usage(row), row.summary,
                 kind(row), row.since);
  if (const auto version = command::redis_version_of(row); !version.empty()) {
    const std::string_view own = command::own_part_of(row);
    fmt::format_to(to, " Redis' since {}{}{}.", version, own.empty() ? "" : ", but for ", own);
  }
  const auto aliases = aliases_of(row);
  if (!aliases.empty()) fmt::format_to(to, " Also called {}.", fmt::join(aliases, ", "));
  *out += "\n\n";
  *out += value_note(row.value_form);
  if (!row.details.empty()) fmt::format_to(to, "{}\n\n", row.details);
  add_code(row.example, out);
  *out += "answers\n";
  add_code(row.example_reply, out);
  if (row.name == "STATS") add_stats_fields(out);
  *out += "\n";
}

}  // namespace

std::string commands_markdown() {
  std::string out(kBeginning);
  add_error_codes(&out);
  for (const std::string_view group : groups()) {
    fmt::format_to(std::back_inserter(out), "## {}{}\n\n", to_upper(group[0]), group.substr(1));
    for (const Command& row : commands()) {
      if (row.group == group && row.alias_of.empty()) add_command(row, &out);
    }
  }
  out.pop_back();
  return out;
}

}  // namespace kvstore::docs
