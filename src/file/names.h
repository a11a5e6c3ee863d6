// Naming of new files: a name must be free and durable, and the file must not be readable by more
// users than the file beside which it is made.
//
// Some file systems lack hard links, renames that never replace, or syncs of directories. Each
// function then uses the best alternative.
#pragma once

#include <sys/stat.h>

#include <string>

#include "src/base/status.h"

namespace kvstore::file {

// The directory of `path`: "." for a bare name.
std::string directory_of(const std::string& path);

// Syncs the names in path's directory. `descriptor`: any open file there; if the directory itself
// cannot be synced, the whole file system is.
Status sync_directory_of(const std::string& path, int descriptor);
// The same with the file at `path`, if it can be opened.
Status sync_directory_of(const std::string& path);

// Resolves symbolic links of a path's last name, also to a file that does not exist yet.
std::string follow_links(const std::string& path);

// True if the file system does not support hard links, rather than only this one.
bool has_no_links(int error);

// Renames without replacing: kExists. If the system does not support that, the file gets a second
// name first; without links, an empty file reserves the name for a moment, which a killed process
// may leave.
Status rename_to_free_name(const std::string& from, const std::string& to);

// Gives an open file the owner, group and mode of `like`. Only root may change owners: an owner
// that cannot be kept is the caller, and a group that cannot be kept gets no permissions.
void take_owner_and_mode(int descriptor, const struct stat& like);
// The same for files by name. Best effort.
void copy_owner_and_mode(const std::string& from, const std::string& to);

}  // namespace kvstore::file
