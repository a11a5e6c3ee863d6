#include "src/cli/help.h"

namespace kvstore::cli {
namespace {

constexpr const char* kExitCodes = R"(
Exit codes:
  0 done                           4 cannot open, locked, cannot connect
  1 a command failed               5 verify: a torn tail, nothing worse
  2 wrong usage                    6 damaged (verify, SCRUB, a write)
  3 the last reply was missing     7 disk full or I/O error
)";

}  // namespace

std::string file_usage() {
  return R"(Usage: kvstore [OPTIONS] [FILE] [COMMAND...]
       kvstore [OPTIONS] [FILE] --listen [[ADDR:]PORT]
       kvstore connect [OPTIONS] [ADDRESS] [COMMAND...]
       kvstore put|get|delete [OPTIONS] KEY [VALUE]
       kvstore verify|compact|convert|export|map|backup [OPTIONS] FILE [OUT]
       kvstore restore [OPTIONS] BACKUP [INCREMENT...] OUT
       kvstore import [OPTIONS] FILE [INPUT]
       kvstore replay [OPTIONS] FILE --to TARGET
       kvstore bench [OPTIONS] [WORKLOAD...]
       kvstore demo [OPTIONS] [FILE]
)";
}

std::string file_footer() {
  return std::string(
             R"(FILE is data.bin unless given; only a write creates it. With a COMMAND it has to
be given. Options come before COMMAND, whose first word ends them. `kvstore
verify --help` and so on explain the subcommands (a file of that name is ./verify).

Examples:
  kvstore demo                          a tour of a minute, on sample data
  kvstore                               a shell on data.bin
  kvstore data.bin SET greeting hello   one command, its words taken literally
  kvstore data.bin 'SET a 1' 'GET a'    commands as lines of text
  kvstore --no-newline data.bin GET photo > photo.jpg
  kvstore data.bin -x SET photo < photo.jpg
  kvstore data.bin < script.kv          a script; stops at its first error
  kvstore data.bin --json KEYS          answers for programs
  kvstore --ack data.bin                one line a command, for a coprocess
  kvstore --cmd '.mode csv' data.bin KEYS
  kvstore data.bin --listen 7878        serve it: redis-cli, nc, kvstore connect
  kvstore backup data.bin monday.kvs    a verified copy, beside whoever writes it
  kvstore export data.bin dump.jsonl    text, JSON, CSV or Redis' commands; import reads them
  kvstore data.bin HELP                 what the commands are
)") + kExitCodes;
}

std::string connect_usage() { return "Usage: kvstore connect [OPTIONS] [ADDRESS] [COMMAND...]\n"; }

std::string connect_footer() {
  return std::string(R"(The same shell, scripts and one-shots as on a file, over the wire.
ADDRESS is [HOST:]PORT, kvstore://[USER@]HOST[:PORT], kvstores:// for TLS, or unix:PATH; unless
given that of $KVSTORE_URL, or 127.0.0.1:7878. A password comes from --password-file,
$KVSTORE_URL (kvstore://USER:PASSWORD@HOST), $KVSTORE_PASSWORD, or is asked for on a terminal.

Examples:
  kvstore connect                          a shell on the server of this machine
  kvstore connect 7878 GET greeting
  kvstore connect db.example:7878 < script.kv
  kvstore connect --tls --user reader db.example:7878
  kvstore connect /run/kvstore/kvstore.sock
  KVSTORE_URL=kvstores://db.example kvstore connect
)") + kExitCodes;
}

}  // namespace kvstore::cli
