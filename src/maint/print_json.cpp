#include <nlohmann/json.hpp>

#include "src/maint/print.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

using Json = nlohmann::ordered_json;

Json json_of_id(const log::Id& id) {
  return hex({reinterpret_cast<const char*>(id.data()), id.size()});
}

Json json_of_damage(const Damage& damage) {
  Json json{{"begin", damage.begin},
            {"end", damage.end},
            {"kind", "rotten"},
            {"reason", damage.reason},
            {"records_lost", damage.missing},
            {"others_lost", damage.others_lost},
            {"of_index", damage.is_derived}};
  json["key"] = damage.key ? json_of(*damage.key) : Json();
  return json;
}

Json json_of_loss(const Loss& loss) {
  constexpr const char* kMarks[] = {"hole", "gap", "none", "clear"};
  Json json{{"key", json_of(loss.key)},
            {"mark", kMarks[static_cast<int>(loss.kind)]},
            {"offset", loss.offset},
            {"history_only", loss.replaced}};
  if (loss.kind == Loss::Kind::kGap) {
    json["bytes_lost"] = loss.lost_size;
    json["position"] = loss.position;
    json["of"] = loss.total;
    if (loss.is_referred) json["referred"] = true;
  }
  return json;
}

Json json_of_marked(const Report& r) {
  Json list = Json::array();
  for (const Marked& mark : r.marked) {
    Json json{{"key", json_of(mark.key)},
              {"mark", mark.kind == log::Kind::kHole ? "hole" : "gap"},
              {"offset", mark.offset}};
    if (mark.kind == log::Kind::kGap) {
      json["bytes_lost"] = mark.lost_size;
      json["position"] = mark.position;
      json["of"] = mark.total;
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json json_of_steps(const Report& r) {
  Json list = Json::array();
  for (const ClockStep& step : r.clock_steps) {
    list.push_back({{"seq", step.seq}, {"from_us", step.from}, {"to_us", step.to}});
  }
  return list;
}

Json json_of_index(const IndexReport& index) {
  Json faults = Json::array();
  for (const IndexFault& fault : index.faults) {
    Json json{{"offset", fault.offset}, {"what", fault.what}};
    json["key"] = fault.key ? json_of(*fault.key) : Json();
    faults.push_back(std::move(json));
  }
  return {{"checkpoint", index.checkpoint != 0 ? Json(index.checkpoint) : Json()},
          {"covered", index.covered},
          {"runs", index.runs},
          {"segments", index.segments},
          {"entries", index.keys},
          {"bytes", index.bytes},
          {"entries_unreadable", index.unreadable},
          {"replaced_meanwhile", index.is_changing},
          {"extents_unused", index.unused},
          {"bytes_unused", index.unused_bytes},
          {"bytes_of_holes", index.unused_holes},
          {"fault_count", index.fault_count},
          {"faults", std::move(faults)}};
}

Json json_of_records(const Report& r) {
  Json json{{"count", r.record_count}};
  for (const auto& [kind, count] : r.records) json[std::string(kind_name(kind))] = count;
  json["damaged_values"] = r.bad_values;
  return json;
}

Json all_damage(const Report& r) {
  Json list = Json::array();
  const auto page = [&list](int begin, int end, const char* reason) {
    list.push_back(json_of_damage({static_cast<std::uint64_t>(begin),
                                   static_cast<std::uint64_t>(end),
                                   reason,
                                   0,
                                   false,
                                   {},
                                   false}));
  };
  if (r.bad_headers > 0) {
    page(
        0, 1024,
        r.header_lost ? "both copies of the header are lost" : "one copy of the header is damaged");
  }
  if (r.stale_slots) page(1024, 2048, "both slots are older than the log");
  if (r.bad_slots == 2) page(1024, 2048, "both slots are damaged");
  for (const Damage& damage : r.damage) list.push_back(json_of_damage(damage));
  if (r.torn()) {
    Json torn =
        json_of_damage({r.torn_begin, r.torn_end, "an unfinished write", 0, false, {}, false});
    torn["kind"] = "torn";
    list.push_back(std::move(torn));
  }
  return list;
}

}  // namespace

Json to_json(const Report& r, const std::uint8_t* data) {
  Json json{{"path", json_of(r.path)},
            {"state", state_name(r.state())},
            {"exit_code", static_cast<int>(r.exit_code())},
            {"file_size", r.file_size},
            {"format_version", r.version},
            {"db_id", r.header_lost ? Json() : json_of_id(r.db_id)},
            {"file_id", r.header_lost ? Json() : json_of_id(r.file_id)},
            {"header_copies_damaged", r.bad_headers},
            {"slots_damaged", r.bad_slots},
            {"closed_cleanly", r.closed_cleanly},
            {"in_use", r.beside_writer},
            {"log_end", r.end},
            {"durable_end", r.durable},
            {"epoch", r.epoch},
            {"last_seq", r.last_seq},
            {"floor_seq", r.floor_seq},
            {"floor_time_us", r.floor_time},
            {"base_end", r.base_end},
            {"records", json_of_records(r)},
            {"keys",
             {{"live", r.live_keys},
              {"deleted", r.deleted_keys},
              {"expired", r.expired_keys},
              {"lost", r.lost_keys}}},
            {"live_bytes", r.live_size},
            {"history_and_overhead_bytes", r.overhead_size()},
            {"clock_set_back_count", r.clock_step_count},
            {"clock_set_back", json_of_steps(r)},
            {"marked", json_of_marked(r)},
            {"index", json_of_index(r.index)},
            {"damage", all_damage(r)}};
  Json losses = Json::array(), rolled_back = Json::array();
  for (const Loss& loss : r.losses) losses.push_back(json_of_loss(loss));
  for (const std::uint64_t offset : r.rolled_back)
    rolled_back.push_back(json_of(key_at(data, offset)));
  json["repair"] = {{"records_kept", r.record_count - r.bad_values},
                    {"records_lost", r.lost_records},
                    {"bytes_cut", r.torn_end - r.torn_begin},
                    {"keys_lost", std::move(losses)},
                    {"keys_rolled_back", std::move(rolled_back)}};
  return json;
}

}  // namespace kvstore::maint
