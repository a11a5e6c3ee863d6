// The file of users: a line each, "user alice on #$argon2id$... ~app:* +@read", as Redis' aclfile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/small_file.h"
#include "src/base/status.h"
#include "src/command/acl/user.h"

namespace kvstore::server {

// Lines may be empty, or begin with '#'. kSyntax: which line, and what is wrong with it; a user
// that comes twice is. Passwords in plain (>password) are refused, too: the file is not the place.
Result<std::vector<command::acl::User>> parse_acl_file(std::string_view text,
                                                       command::acl::PasswordHash& passwords);
std::string acl_line(const command::acl::User& user);

// kNotFound, kPermission, kTooBig, kIo; kUsage: not of this kind.
Result<std::string> read_acl_file(const std::string& path, FileKind kind);
// Whole, in the place of the old one, with its owner and mode; a power loss leaves one of the two.
// kUsage: the old one is no regular file.
Status replace_small_file(const std::string& path, std::string_view content);

}  // namespace kvstore::server
