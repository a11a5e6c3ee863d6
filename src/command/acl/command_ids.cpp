#include "src/command/acl/command_ids.h"

#include "src/base/check.h"
#include "src/command/words.h"

namespace kvstore::command::acl {
namespace {

struct Ids {
  std::vector<CommandId> all;
  std::vector<std::size_t> first;  // the number of each row of the table
};

Ids make_ids() {
  Ids ids;
  ids.first.resize(commands().size());
  for (const Command& command : commands()) {
    if (!command.alias_of.empty()) continue;
    ids.first[static_cast<std::size_t>(&command - commands().data())] = ids.all.size();
    ids.all.push_back({&command, nullptr, ids.all.size()});
    for (const Command& subcommand : command.subcommands) {
      ids.all.push_back({&command, &subcommand, ids.all.size()});
    }
  }
  KV_CHECK(ids.all.size() <= kMaxCommands);
  return ids;
}

const Ids& ids() {
  static const Ids made = make_ids();
  return made;
}

std::size_t first_of(const Command& command) {
  return ids().first[static_cast<std::size_t>(&original(command) - commands().data())];
}

}  // namespace

const std::vector<CommandId>& command_ids() { return ids().all; }

// An alias shares its subcommands' rows with the original command.
std::size_t number_of(const Command& command, const Command& row) {
  const std::size_t first = first_of(command);
  if (&row == &command || command.subcommands.empty()) return first;
  return first + 1 + static_cast<std::size_t>(&row - command.subcommands.begin());
}

CommandBits bits_of(const Command& command) {
  CommandBits bits;
  const std::size_t first = first_of(command);
  for (std::size_t i = 0; i <= command.subcommands.size(); ++i) bits.set(first + i);
  return bits;
}

std::string full_name(const Command& command, const Command& row) {
  std::string name = lower(command.name);
  if (&row != &command) name += '|' + lower(row.name);
  return name;
}

}  // namespace kvstore::command::acl
