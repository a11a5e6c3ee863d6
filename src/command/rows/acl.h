// AUTH and ACL: logins and permissions of users.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome auth(Call& call);
Outcome acl_categories(Call& call);
Outcome acl_delete_users(Call& call);
Outcome acl_dry_run(Call& call);
Outcome acl_generate_password(Call& call);
Outcome acl_get_user(Call& call);
Outcome acl_list(Call& call);
Outcome acl_load(Call& call);
Outcome acl_log(Call& call);
Outcome acl_save(Call& call);
Outcome acl_set_user(Call& call);
Outcome acl_users(Call& call);
Outcome acl_who_am_i(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kAuthArguments[] = {{.name = "username", .optional = true},
                                              {.name = "password"}};
inline constexpr Argument kUserName[] = {{.name = "username"}};
inline constexpr Argument kUserNames[] = {{.name = "username", .multiple = true}};
inline constexpr Argument kUserRules[] = {{.name = "username"},
                                          {.name = "rule", .optional = true, .multiple = true}};
inline constexpr Argument kCategory[] = {{.name = "category", .optional = true}};
inline constexpr Argument kPasswordBits[] = {{.name = "bits", .type = kInteger, .optional = true}};
inline constexpr Argument kDryRunArguments[] = {
    {.name = "username"}, {.name = "command"}, {.name = "arg", .optional = true, .multiple = true}};
inline constexpr Argument kDenials[] = {{.name = "count", .type = kInteger},
                                        {.name = "reset", .type = kToken, .token = "RESET"}};
inline constexpr Argument kAclLogArguments[] = {
    {.name = "operation", .type = kOneOf, .optional = true, .parts = kDenials}};

inline constexpr Command kAclSubcommands[] = {
    row({.name = "CAT",
         .arguments = kCategory,
         .flags = kNoScript | kLateArity,
         .summary = "The categories of commands, or the commands of one",
         .since = "0.1",
         .handler = handlers::acl_categories}),
    row({.name = "DELUSER",
         .arguments = kUserNames,
         .flags = kAdmin | kNoScript,
         .summary = "Remove users, and close their connections",
         .since = "0.1",
         .handler = handlers::acl_delete_users}),
    row({.name = "DRYRUN",
         .arguments = kDryRunArguments,
         .flags = kAdmin | kNoScript,
         .summary = "Whether a user may run a command, without running it",
         .since = "0.1",
         .handler = handlers::acl_dry_run}),
    row({.name = "GENPASS",
         .arguments = kPasswordBits,
         .flags = kNoScript | kLateArity,
         .summary = "A password that nobody can guess, of 256 bits or another number",
         .since = "0.1",
         .handler = handlers::acl_generate_password}),
    row({.name = "GETUSER",
         .arguments = kUserName,
         .flags = kAdmin | kNoScript,
         .summary = "A user's flags, password hashes, commands, keys, channels and selectors",
         .since = "0.1",
         .handler = handlers::acl_get_user}),
    row({.name = "LIST",
         .flags = kAdmin | kNoScript,
         .summary = "Each user as a line of the ACL file",
         .since = "0.1",
         .handler = handlers::acl_list}),
    row({.name = "LOAD",
         .flags = kAdmin | kNoScript,
         .summary = "Take the users from the ACL file again",
         .since = "0.1",
         .handler = handlers::acl_load}),
    row({.name = "LOG",
         .arguments = kAclLogArguments,
         .flags = kAdmin | kNoScript | kLateArity,
         .summary = "Who was refused what lately; RESET forgets it",
         .since = "0.1",
         .handler = handlers::acl_log}),
    row({.name = "SAVE",
         .flags = kAdmin | kNoScript,
         .summary = "Write the users into the ACL file",
         .since = "0.1",
         .handler = handlers::acl_save}),
    row({.name = "SETUSER",
         .arguments = kUserRules,
         .flags = kAdmin | kNoScript,
         .summary = "Make a user, or change what it may do",
         .since = "0.1",
         .handler = handlers::acl_set_user}),
    row({.name = "USERS",
         .flags = kAdmin | kNoScript,
         .summary = "The names of all users",
         .since = "0.1",
         .handler = handlers::acl_users}),
    row({.name = "WHOAMI",
         .flags = kNoScript,
         .summary = "The user of this connection",
         .since = "0.1",
         .handler = handlers::acl_who_am_i}),
    kSubcommandHelp,
};

inline constexpr Command kAcl[] = {
    row({.name = "AUTH",
         .group = "session",
         .arguments = kAuthArguments,
         .flags = kNoScript | kFast | kNoAuth | kOpenEnded | kNoMulti,
         .summary = "Log in; without a user's name, as the user default",
         .details = "A shell on a file has no users: whoever may open the file may do everything.",
         .example = "AUTH default secret",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::auth}),
    row({.name = "ACL",
         .group = "session",
         .subcommands = kAclSubcommands,
         .needs_subcommand = true,
         .summary = "A server's users, and what they may do",
         .details =
             "Rules of SETUSER, in order: on off, >password <password nopass resetpass,\n"
             "+command -command +command|sub +@category -@category allcommands nocommands,\n"
             "~pattern %R~pattern %W~pattern allkeys resetkeys, &channel allchannels\n"
             "resetchannels, (rules of a selector) clearselectors, reset. A selector allows "
             "beside\n"
             "the others: '(+get ~x:*)'. A new user is off and may do nothing. ACL SAVE keeps\n"
             "users in the file of --acl-file.",
         .example = "ACL WHOAMI",
         .example_reply = "+VALUE 7\ndefault",
         .since = "0.1"}),
};

}  // namespace rows
}  // namespace kvstore::command
