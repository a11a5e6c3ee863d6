#include "src/transfer/writer.h"

#include "src/transfer/writers.h"

namespace kvstore::transfer {

std::unique_ptr<Writer> make_writer(Format format, bool history) {
  switch (format) {
    case Format::kKv:
      return std::make_unique<KvWriter>();
    case Format::kJsonl:
      return std::make_unique<JsonlWriter>();
    case Format::kCsv:
      return std::make_unique<CsvWriter>(history);
    case Format::kResp:
      return std::make_unique<RespWriter>();
  }
  return nullptr;
}

}  // namespace kvstore::transfer
