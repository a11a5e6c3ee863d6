#include "repl/render.h"

#include <array>
#include <string>
#include <utility>

#include "repl/quote.h"

namespace kvstore::repl {
namespace {

constexpr std::array<std::pair<std::string_view, Mode>, 5> kModes{{{"plain", Mode::kPlain},
                                                                   {"quoted", Mode::kQuoted},
                                                                   {"hex", Mode::kHex},
                                                                   {"json", Mode::kJson},
                                                                   {"csv", Mode::kCsv}}};

}  // namespace

std::optional<Mode> parse_mode(std::string_view name) {
  for (const auto& [known, mode] : kModes) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

std::string_view mode_name(Mode mode) {
  for (const auto& [name, known] : kModes) {
    if (known == mode) return name;
  }
  return "plain";
}

namespace {

void render_raw(const command::Reply& reply, const Look& look, std::string* out) {
  using Kind = command::Reply::Kind;
  if (reply.kind == Kind::kError) return;
  if (reply.kind == Kind::kOk) {
    if (look.prompt) *out += "OK\n";
    return;
  }
  switch (look.mode) {
    case Mode::kJson:
      render_json(reply, out);
      *out += '\n';
      return;
    case Mode::kCsv: render_csv(reply, out); return;
    default: break;
  }
  if (look.prompt) {
    render_prompt(reply, look.mode, out);
  } else {
    render_script(reply, look, out);
  }
}

}  // namespace

void render(const command::Reply& reply, const Look& look, std::string* out) {
  if (!look.terminal) return render_raw(reply, look, out);
  // Also what no mode quotes: a status that a server made up, a CSV field.
  std::string raw;
  render_raw(reply, look, &raw);
  *out += harmless(raw);
}

}  // namespace kvstore::repl
