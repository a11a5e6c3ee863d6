#include "src/file/file_system.h"

#include <cstring>

namespace kvstore::file {
namespace {

tl::unexpected<Error> no_names(const std::string& path) {
  return fail(Code::kPermission, path + " cannot be given a name here");
}

}  // namespace

Status LogFile::copy_from(const LogFile& from, std::uint64_t begin, std::uint64_t end) {
  if (end > size()) KV_TRY(extend(end));
  std::memcpy(data() + begin, from.data() + begin, end - begin);
  return {};
}

Result<UnfinishedFile> FileSystem::create_unfinished(const std::string& path,
                                                     std::string_view content) {
  ProvisionalName name(*this, path);
  KV_ASSIGN(auto file, create(path, content));
  name.given();
  return UnfinishedFile{std::move(file), std::move(name)};
}

Status FileSystem::replace(const std::string&, const std::string& to, const std::string&) {
  return no_names(to);
}

Status FileSystem::rename(const std::string&, const std::string& to, const std::string&) {
  return no_names(to);
}

Status FileSystem::link(const std::string&, const std::string& to) { return no_names(to); }

void FileSystem::remove(const std::string&) {}

bool FileSystem::exists(const std::string&) const { return false; }

std::string FileSystem::resolve(const std::string& path) { return path; }

}  // namespace kvstore::file
