// The file of users, one line each: "user alice on #$argon2id$... ~app:* +@read", as Redis'
// aclfile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/small_file.h"
#include "src/base/status.h"
#include "src/command/acl/user.h"

namespace kvstore::server {

// Lines may be empty, or begin with '#'. kSyntax: an invalid line, with its number and the problem;
// also a user that is listed twice, and passwords in plain text (>password), which do not belong in
// the file.
Result<std::vector<command::acl::User>> parse_acl_file(std::string_view text,
                                                       command::acl::PasswordHash& passwords);
std::string acl_line(const command::acl::User& user);

// kNotFound, kPermission, kTooBig, kIo; kUsage: the file is not of this kind.
Result<std::string> read_acl_file(const std::string& path, FileKind kind);
// Replaces the file atomically, keeping owner and mode; a power loss leaves the old or the new one.
// kUsage: the old one is not a regular file.
Status replace_small_file(const std::string& path, std::string_view content);

}  // namespace kvstore::server
