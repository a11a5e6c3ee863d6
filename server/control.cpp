#include "server/control.h"

#include "server/acl_file.h"

namespace kvstore::server {
namespace {

// Whether ACL SAVE has written the present state of user default.
bool is_default_saved(const UserList& users, const std::string& path) {
  const command::acl::UserAt user = users.find("default");
  const auto text = read_acl_file(path, FileKind::kRegular);
  return user != nullptr && text && ('\n' + *text).find('\n' + acl_line(*user)) != text->npos;
}

}  // namespace

void Control::visit_clients(const std::function<void(const command::ClientFacts&)>& visit) {
  connections_.visit([&](Connection& connection) {
    if (!connection.is_killed()) visit(connection.facts());
  });
}

std::shared_ptr<const command::CommandSection> Control::close_client(std::uint64_t id) {
  std::shared_ptr<const command::CommandSection> section;
  connections_.visit([&](Connection& connection) {
    if (connection.session_id() != id || connection.is_killed()) return;
    section = connection.card().section;
    connection.kill();
  });
  return section;
}

command::CommandSections Control::sections() {
  command::CommandSections all;
  connections_.visit([&](Connection& connection) { all.push_back(connection.card().section); });
  return all;
}

void Control::wake_client(std::uint64_t id) {
  connections_.visit([&](Connection& connection) {
    if (connection.session_id() == id) connection.wake();
  });
}

void Control::pause(command::Pause what, std::chrono::milliseconds time) {
  shared_.client_pause.begin(what, time);
}

void Control::unpause() {
  shared_.client_pause.end();
  connections_.visit([](Connection& connection) { connection.wake(); });
}

void Control::monitor(std::uint64_t id, bool on) {
  connections_.visit([&](Connection& connection) {
    if (connection.session_id() != id) return;
    if (on)
      shared_.monitors.add(connection);
    else
      shared_.monitors.remove(connection);
  });
}

void Control::reset_counts() {
  shared_.counts.reset();
  for (auto* count : {&shared_.commands, &shared_.accepted, &shared_.refused, &shared_.dropped,
                      &shared_.slow_commands}) {
    count->store(0);
  }
  shared_.turned_away.reset();
  shared_.latencies.reset();
}

// --- CONFIG SET requirepass, CONFIG REWRITE.

std::string Control::password_hash() {
  const command::acl::UserAt user = shared_.users.find("default");
  return user == nullptr || user->hashes.empty() ? std::string() : user->hashes.front();
}

Status Control::set_password(std::string_view password) {
  const std::string rule = '>' + std::string(password);
  const std::vector<std::string_view> rules =
      password.empty() ? std::vector<std::string_view>{"nopass"}
                       : std::vector<std::string_view>{"resetpass", rule};
  KV_TRY(shared_.users.change("default", rules));
  has_new_password_.store(true);
  return {};
}

// Writes the password to its source: the password file, or the configuration file.
Status Control::rewrite_password(SettingsByName* settings) {
  if (!has_new_password_.load()) return {};
  const Config& config = shared_.config;
  const std::string hash = password_hash();
  if (shared_.users.has_file() && !shared_.users.has_default_password()) {
    if (is_default_saved(shared_.users, config.acl_file)) return {};
    return fail(Code::kState, "the password of the user default is in the ACL file", "ACL SAVE");
  }
  if (!config.password_file.empty()) {
    if (!hash.empty()) return replace_small_file(config.password_file, hash + "\n");
    return fail(Code::kState, "a password file cannot say that there is no password",
                "start the server without --password-file");
  }
  if (!config.password.empty()) {
    return fail(Code::kState, "the password was given by the environment, which is not rewritten",
                "start the server without $KVSTORE_PASSWORD");
  }
  settings->emplace_back("password-hash", hash);
  return {};
}

Status Control::rewrite_settings() {
  if (!shared_.config.rewrite) {
    return fail(Code::kNotFound, "the server is running without a config file",
                "kvstore data.bin --listen 7878 --config kvstore.toml");
  }
  const MutexLock lock(rewriting_);
  const std::uint64_t slower_us = shared_.slow_log.threshold_us();
  SettingsByName settings{
      {"slowlog-log-slower-than", slower_us == UINT64_MAX ? "-1" : std::to_string(slower_us)},
      {"slowlog-max-len", std::to_string(shared_.slow_log.most())}};
  const std::uint32_t classes = shared_.keyspace_events.classes();
  if (classes != command::parse_event_classes(shared_.config.notify_keyspace_events)) {
    std::string letters = command::event_class_letters(classes);
    // CONFIG GET, as Redis, omits n after A.
    if ((classes & command::kNewKeys) != 0 && letters.find('n') == letters.npos) letters += 'n';
    settings.emplace_back("notify-keyspace-events", letters);
  }
  KV_TRY(rewrite_password(&settings));
  return shared_.config.rewrite(settings);
}

std::vector<std::pair<std::string, std::string>> Control::settings() {
  const Config& config = shared_.config;
  return {
      {"bind", config.listen.address},
      {"client-query-buffer-limit", std::to_string(config.max_request)},
      {"loglevel", config.log_level},
      {"logfile", config.log_file},
      {"maxclients", std::to_string(config.max_connections)},
      {"port", std::to_string(shared_.endpoint.port)},
      {"proto-max-bulk-len", std::to_string(config.max_request)},
      {"timeout", std::to_string(config.idle_timeout_ms / 1000)},
  };
}

}  // namespace kvstore::server
