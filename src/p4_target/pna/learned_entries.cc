// learned_entries.cc: adding entries on a miss, and removing them when their time is over.
#include "p4_target/pna/learned_entries.h"

#include <algorithm>
#include <charconv>

namespace outrigger::p4_target {
namespace {

constexpr uint64_t ns_per_s = 1'000'000'000;
constexpr std::array<uint64_t, LearnedEntries::profiles> times_s = {10, 30, 60, 120, 300, 43200, 120, 120};

// The value of a table's property that is text to the compiler; none: the table has no such number.
std::optional<uint64_t> number_property(const p4_ir::Table& table, const std::string& name) {
  const auto found = table.other_properties.find(name);
  if (found == table.other_properties.end()) {
    return std::nullopt;
  }
  // A sized number is `8w3`.
  const size_t size = found->second.find_first_of("ws");
  const std::string_view digits = std::string_view(found->second).substr(size == std::string::npos ? 0 : size + 1);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

bool property_has(const p4_ir::Table& table, const std::string& name, std::string_view text) {
  const auto found = table.other_properties.find(name);
  return found != table.other_properties.end() && found->second.find(text) != std::string::npos;
}

}  // namespace

LearnedEntries::LearnedEntries(const p4_ir::Program& program, Tables& tables)
    : program_(program), tables_(tables), times_ns_() {
  std::ranges::transform(times_s, times_ns_.begin(), [](uint64_t seconds) { return seconds * ns_per_s; });
}

Result<> LearnedEntries::set_expire_time(uint64_t profile, uint64_t time_ns) {
  if (profile >= profiles || time_ns == 0) {
    return fail(Code::InvalidArgument, "expire time profiles are 0 to {}, and their times above 0", profiles - 1);
  }
  times_ns_[profile] = time_ns;
  return {};
}

bool LearnedEntries::deletes(const p4_ir::Table& table) {
  return property_has(table, "pna_idle_timeout", "AUTO_DELETE") ||
         property_has(table, "idle_timeout_with_auto_delete", "true");
}

void LearnedEntries::note_lookup(p4_ir::TableId table, std::span<const p4_ir::Bits> keys, uint32_t handle) {
  has_lookup_ = true;
  table_ = table;
  handle_ = handle;
  if (program_.at(table).adds_on_miss) {
    keys_.assign(keys.begin(), keys.end());
  }
}

std::optional<p4_ir::ActionCall> LearnedEntries::action_call(const p4_ir::Table& table, std::string_view action,
                                                             std::span<const p4_ir::Bits> data) const {
  const std::string last_name = "." + std::string(action);
  for (size_t i = 0; i < table.actions.size(); ++i) {
    const p4_ir::TableAction& known = table.actions[i];
    const bool is_meant = known.name == action || known.name.ends_with(last_name);
    if (!is_meant || known.is_default_only || known.parameters.size() != data.size()) {
      continue;
    }
    p4_ir::ActionCall call{.action = static_cast<uint32_t>(i), .arguments = {}};
    for (size_t part = 0; part < data.size(); ++part) {
      call.arguments.push_back(data[part].resized(known.parameters[part].width));
    }
    return call;
  }
  return std::nullopt;
}

bool LearnedEntries::add(std::string_view action, std::span<const p4_ir::Bits> data, std::optional<uint64_t> profile,
                         uint64_t now_ns) {
  if (!has_lookup_ || handle_ != pipeline::no_handle || !program_.at(table_).adds_on_miss) {
    return false;
  }
  const p4_ir::Table& table = program_.at(table_);
  const auto call = action_call(table, action, data);
  if (!call.has_value()) {
    return false;
  }
  std::vector<p4_ir::EntryKey> keys;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (table.keys[i].kind != p4_ir::MatchKind::Selector) {
      keys.push_back({.kind = p4_ir::EntryKey::Kind::Exact, .value = keys_[i], .mask = {}});
    }
  }
  const auto number =
      profile.has_value() ? profile : number_property(table, "default_idle_timeout_for_data_plane_added_entries");
  const uint64_t time_ns = deletes(table) ? time_of(number.value_or(0)) : 0;
  const auto added = tables_.at(table_).add(keys, 0, {.call = *call}, now_ns, false, time_ns);
  if (!added.has_value()) {
    return false;
  }
  if (time_ns != 0) {
    start({table_, *added}, time_ns, now_ns);
  }
  return true;
}

void LearnedEntries::start(Key entry, uint64_t time_ns, uint64_t now_ns) {
  Timer& timer = timers_[entry];
  deadlines_.erase({timer.deadline_ns, entry});
  timer = {.time_ns = time_ns, .deadline_ns = now_ns + std::min(time_ns, UINT64_MAX - now_ns)};
  deadlines_.insert({timer.deadline_ns, entry});
}

void LearnedEntries::restart(uint64_t now_ns) {
  const Key entry{table_, handle_};
  if (const auto found = timers_.find(entry); has_lookup_ && found != timers_.end()) {
    start(entry, found->second.time_ns, now_ns);
  }
}

void LearnedEntries::set_profile(uint64_t profile, uint64_t now_ns) {
  const Key entry{table_, handle_};
  if (has_lookup_ && timers_.contains(entry)) {
    start(entry, time_of(profile), now_ns);
  }
}

void LearnedEntries::remove_expired(uint64_t now_ns) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_ns) {
    const Key entry = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    timers_.erase(entry);
    // The control plane may have removed it, and its handle may be another entry's now: one without an idle time-out.
    MatchTable& table = tables_.at(entry.first);
    const auto view = table.entries().get(entry.second);
    if (view.has_value() && view->idle_timeout_ns != 0) {
      (void)table.remove(entry.second);
    }
  }
}

}  // namespace outrigger::p4_target
