#include "tests/fuzz/command_check.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "src/command/session.h"
#include "src/command/words.h"
#include "src/store/store.h"
#include "src/wire/text_parser.h"
#include "tests/fuzz/command_model.h"
#include "tests/fuzz/fenced_files.h"
#include "tests/support/written_reply.h"

namespace kvstore::fuzz {
namespace {

using command::Reply;
using command::same_word;
using wire::TextParser;
using Words = std::vector<std::string_view>;
using Event = TextParser::Event;

constexpr const char* kPath = "fuzzed";
constexpr int kMaxCommands = 300;

std::string shown(const Reply& reply) {
  // Of an error the code is compared: its wording is other tests' business.
  if (reply.kind == Reply::Kind::kError) return fmt::format("-{}", code_name(reply.error.code));
  std::string text;
  wire::render_text(reply, false, &text);
  return text;
}

std::string shown(const Words& argv) {
  std::string text;
  for (const std::string_view word : argv) text += fmt::format("[{}]", word);
  return text;
}

class Run {
 public:
  explicit Run(const CommandHooks& hooks) : hooks_(hooks) { reopen(); }

  Finding all(std::string_view text) {
    TextParser parser;
    parser.feed(text);
    parser.finish();
    for (int left = kMaxCommands; left > 0; --left) {
      const Event event = parser.next();
      if (event == Event::kEnd || session_->exiting()) break;
      if (event == Event::kError) session_->note_error();
      if (event != Event::kRequest) continue;
      if (Finding found = one(parser.request().argv)) return found;
    }
    if (Finding found = check_state()) return found;
    close();
    reopen();
    return check_state();
  }

 private:
  Finding one(const Words& argv) {
    if (same_word(argv[0], "REOPEN")) close(), reopen();
    if (same_word(argv[0], "KILL")) kill();
    if (!store_) return "the store opens no more";
    Words sent = argv;
    if (hooks_.before_command) hooks_.before_command(&sent);
    const bool was_open = session_->in_transaction();
    const Reply reply = session_->execute(sent);
    std::string resp;
    wire::render_resp2(reply, &resp);
    const bool skipped = reply.kind == Reply::Kind::kError && reply.error.code == Code::kSkipped;
    if (skipped) return check_skipped();
    return was_open || session_->in_transaction() ? compare_transaction(argv, reply, was_open)
                                                  : compare(argv, reply);
  }

  // A transaction has the session to itself: it answers as the commands alone would.
  Finding compare_transaction(const Words& argv, const Reply& reply, bool was_open) {
    if (!was_open) {
      reads_only_ = argv.size() > 1;
      before_.emplace(model_);
      return {};
    }
    if (!session_->in_transaction()) {
      end_transaction(same_word(argv[0], "COMMIT") && reply.kind == Reply::Kind::kOk);
      return {};
    }
    asked_to_stop_ |= same_word(argv[0], "ONERROR");
    const bool is_past = argv.size() == 4 && same_word(argv[2], "AT");
    const bool refused = reply.kind == Reply::Kind::kError && reply.error.code == Code::kReadOnly;
    if (refused) return reads_only_ ? Finding{} : "READONLY in a transaction that may write";
    if (is_past) return {};
    const auto expected = model_.execute(argv);
    if (!expected) model_.learn(argv, reply, store_->stats().last_seq);
    if (!expected || shown(*expected) == shown(reply)) return {};
    return fmt::format("in a transaction {} answers {} and must answer {}", shown(argv),
                       shown(reply), shown(*expected));
  }

  void end_transaction(bool committed) {
    if (committed && !reads_only_)
      model_.note_commit(store_->stats().last_seq);
    else
      model_ = *before_;
    before_.reset();
  }

  // Nothing is skipped unless somebody asked for it.
  Finding check_skipped() const {
    return asked_to_stop_ ? Finding{} : "a command was skipped without ONERROR";
  }

  Finding compare(const Words& argv, const Reply& reply) {
    asked_to_stop_ |= same_word(argv[0], "ONERROR");
    const auto expected = model_.execute(argv);
    if (!expected) {
      model_.learn(argv, reply, store_->stats().last_seq);
      return {};
    }
    if (shown(*expected) != shown(reply)) {
      return fmt::format("{} answers {} and must answer {}", shown(argv), shown(reply),
                         shown(*expected));
    }
    if (store_->stats().last_seq != model_.last_seq()) {
      return fmt::format("after {} the seq is {} and must be {}", shown(argv),
                         store_->stats().last_seq, model_.last_seq());
    }
    return {};
  }

  Finding check_state() {
    if (!store_) return "the store opens no more";
    if (before_) end_transaction(false);
    for (const std::string& key : model_.live_keys()) {
      std::string value;
      const auto found = store_->get(key, &value);
      if (!found || !*found || value != *model_.now(key)) {
        return fmt::format("key [{}] is [{}] and must be [{}]", key, value, *model_.now(key));
      }
    }
    const auto count = store_->count();
    if (!count) return "COUNT fails: " + count.error().message;
    if (model_.any_blurred() || *count == model_.live_keys().size()) return {};
    return fmt::format("{} keys are there and must be {}", *count, model_.live_keys().size());
  }

  void close() {
    if (before_) end_transaction(false);
    session_.reset();
    store_.reset();
  }

  // What the file holds at this moment is all that a killed process leaves.
  void kill() {
    const bool exists = files_->exists(kPath);
    const std::string left = exists ? files_->memory(kPath) : "";
    close();
    files_ = std::make_unique<FencedFiles>();
    if (exists) files_->put(kPath, left);
    reopen();
  }

  void reopen() {
    Options options;
    options.file_system = files_.get();
    options.sync = SyncPolicy::none();
    auto opened = Store::open(kPath, options);
    if (!opened) return;
    store_ = std::move(*opened);
    session_ = std::make_unique<command::Session>(*store_);
  }

  const CommandHooks& hooks_;
  std::unique_ptr<FencedFiles> files_ = std::make_unique<FencedFiles>();
  std::unique_ptr<Store> store_;
  std::unique_ptr<command::Session> session_;
  CommandModel model_;
  std::optional<CommandModel> before_;  // the transaction that is open
  bool reads_only_ = false;             // it
  bool asked_to_stop_ = false;
};

}  // namespace

Finding check_command(Input input, const CommandHooks& hooks) {
  return Run(hooks).all(as_text(input));
}

}  // namespace kvstore::fuzz
