// What a new file's name needs: it must be free, durable, and lead to a file that
// nobody can read who could not read the one it stands beside.
//
// Not every file system has hard links, renames that never replace, or a directory
// that can be synced. Each of these does the next best thing where one is missing.
#pragma once

#include <sys/stat.h>

#include <string>

#include "src/base/status.h"

namespace kvstore::file {

// The directory that `path` is in: "." for a bare name.
std::string directory_of(const std::string& path);

// The names in path's directory are on the disk. `descriptor`: any open file there;
// where the directory itself cannot be synced, all of the file system is.
Status sync_directory_of(const std::string& path, int descriptor);
// The same with the file at `path`, if it can be opened.
Status sync_directory_of(const std::string& path);

// Where a path's last name leads by symbolic links, also to a file that is not there yet.
std::string follow_links(const std::string& path);

// That no hard link can be made here, rather than not this one.
bool has_no_links(int error);

// Renames, but never onto something: kExists. Where the system knows no such rename
// the file gets a second name first, and where there are none, an empty file holds
// the place for a moment; a killed process may leave that.
Status rename_to_free_name(const std::string& from, const std::string& to);

// Gives an open file the owner, group and mode of `like`. Only root may give files
// away: an owner that cannot be kept is the caller, and a group that cannot be kept
// gets no rights.
void take_owner_and_mode(int descriptor, const struct stat& like);
// The same of files by name. Best effort.
void copy_owner_and_mode(const std::string& from, const std::string& to);

}  // namespace kvstore::file
