#include "src/maint/describe_source.h"

namespace kvstore::maint {

void describe_page(const Source& source, Report* report) {
  const log::HeaderPage& page = source.page;
  report->path = source.path;
  report->file_size = source.limit;
  report->version = page.header.version;
  report->db_id = page.header.db_id;
  report->file_id = page.header.file_id;
  report->header_lost = source.header_lost;
  report->bad_headers = page.bad_headers;
  report->is_increment = source.is_increment();
  report->bad_slots = source.beside_writer ? 0 : page.bad_slots;
  report->created = page.header.created;
  report->floor_seq = page.header.floor_seq;
  report->floor_time = page.header.floor_time;
  report->base_end = page.base.end;
  report->closed_cleanly = source.closed_cleanly();
  report->slot_durable = page.slot.durable_end;
  report->beside_writer = source.beside_writer;
  report->writer = source.writer;
}

void describe_log(const Source& source, const Walked& walked, Report* report) {
  report->end = walked.end;
  report->durable = walked.durable;
  report->last_seq = walked.last_seq;
  report->epoch = walked.epoch;
  report->stale_slots = walked.slots_are_stale;
  report->torn_begin = walked.end;
  report->torn_end = source.beside_writer ? walked.end : walked.torn_end;
}

}  // namespace kvstore::maint
