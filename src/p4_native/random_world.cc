// RandomWorld: see random_world.h.
#include "p4_native/random_world.h"

#include <algorithm>

#include "base/check.h"
#include "p4_native/burst_hash.h"

namespace outrigger::p4_native {

using p4_ir::Bits;
using p4_ir::ExternId;

namespace {

constexpr uint64_t direct_cells = HashingTable::entries;

bool is_selector(const p4_ir::TableKey& key) { return key.kind == p4_ir::MatchKind::Selector; }

// One behind the other from the first bit on, zeroes in the last byte.
std::vector<uint8_t> concatenated(std::span<const Bits> values) {
  Bits all(0);
  for (const Bits& value : values) {
    all = all.width() == 0 ? value : value.width() == 0 ? all : Bits::concatenate(all, value);
  }
  if (all.width() == 0) {
    return {};
  }
  const uint32_t rest = (8 - all.width() % 8) % 8;
  return (rest == 0 ? all : Bits::concatenate(all, Bits(rest))).to_big_endian();
}

std::vector<uint8_t> action_data(const p4_ir::TableAction& action, Random& random) {
  std::vector<uint8_t> all;
  for (const p4_ir::ActionParameter& parameter : action.parameters) {
    const std::vector<uint8_t> data = random.bits(parameter.width).to_big_endian();
    all.insert(all.end(), data.begin(), data.end());
  }
  return all;
}

uint64_t scalar(const p4_ir::ExternValues::Argument& argument) {
  return argument.parts[0].fits_64() ? argument.parts[0].low() : UINT64_MAX;
}

void give(p4_ir::ExternValues::Argument& argument, uint64_t result) {
  for (Bits& part : argument.parts) {
    part = Bits(part.width(), result);
  }
}

}  // namespace

HashingTable::HashingTable(const p4_ir::Table& table, Random& random, uint32_t members, uint32_t groups) : of_(table) {
  lookup = &look_up_burst;
  for (const p4_ir::TableKey& key : table.keys) {
    key_bytes += is_selector(key) ? 0 : (key.width + 7) / 8;
  }
  for (uint32_t i = 0; i < entries; ++i) {
    pipeline::Entry entry;
    entry.action = random.below(static_cast<uint32_t>(table.actions.size()));
    entry.is_hit = i == 0 ? 0 : 1;
    entry.handle = i == 0 ? pipeline::no_handle : i;
    if (members > 0 && i > 0 && !random.one_in(3)) {
      entry.kind = random.one_in(3) ? pipeline::EntryKind::Member : pipeline::EntryKind::Group;
      entry.reference = random.below(entry.kind == pipeline::EntryKind::Member ? members : groups);
    }
    const std::vector<uint8_t> data = action_data(table.actions[entry.action], random);
    memory_[i].assign(reinterpret_cast<const uint8_t*>(&entry), reinterpret_cast<const uint8_t*>(&entry + 1));
    memory_[i].insert(memory_[i].end(), data.begin(), data.end());
    memory_[i].resize((memory_[i].size() + 7) / 8 * 8);
  }
  default_entry.store(reinterpret_cast<const pipeline::Entry*>(memory_[0].data()));
}

const pipeline::Entry* HashingTable::at(const uint8_t* key) const {
  const uint64_t hash = pipeline::hash_key(key, pipeline::key_stride(key_bytes) / 8, 7);
  return reinterpret_cast<const pipeline::Entry*>(memory_[hash % entries].data());
}

const pipeline::Entry& HashingTable::at(std::span<const Bits> keys) const {
  std::vector<uint8_t> packed;
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::vector<uint8_t> bytes = keys[i].to_big_endian();
    packed.insert(packed.end(), bytes.begin(), is_selector(of_.keys[i]) ? bytes.begin() : bytes.end());
  }
  packed.resize(pipeline::key_stride(key_bytes));
  return *at(packed.data());
}

void HashingTable::look_up_burst(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count,
                                 const pipeline::Entry** found) {
  for (uint32_t i = 0; i < count; ++i) {
    found[i] = static_cast<const HashingTable*>(table)->at(keys + size_t{i} * stride);
  }
}

RandomWorld::RandomWorld(const p4_ir::Program& program, uint64_t seed) : program_(program), hashing_(program) {
  Random random(seed ^ 0xB0B);
  for (size_t i = 0; i < program.externs.size(); ++i) {
    make_array(static_cast<ExternId>(i), random);
  }
  for (const p4_ir::Table& table : program.tables) {
    const bool has_profile = table.implementation.has_value();
    if (has_profile) {
      make_profile(table, random);
    }
    tables_.push_back(
        std::make_unique<HashingTable>(table, random, has_profile ? members : 0, has_profile ? groups : 0));
    resources_.tables.push_back(tables_.back().get());
  }
}

void RandomWorld::make_array(ExternId id, Random& random) {
  const p4_ir::Extern& declared = program_.at(id);
  const uint64_t given = declared.arguments[0].number.get_ui();
  const uint64_t size = declared.type_name.starts_with("direct") ? direct_cells : given;
  if (declared.type_name.ends_with("counter")) {
    auto made = pipeline::CounterArray::make(declared.name, pipeline::CounterUnit::PacketsAndBytes, size, 1);
    resources_.counters[id] = counters_.emplace_back(std::move(*made)).get();
  } else if (declared.type_name.ends_with("meter")) {
    auto made = pipeline::MeterArray::make(declared.name, pipeline::MeterUnit::Bytes, size);
    for (uint64_t cell = 0; cell + 1 < size; ++cell) {
      const uint64_t burst = 400 + random.below(4000);
      check((*made)->configure(cell, {100000, burst, 200000, 2 * burst}, 0).has_value(), "rates that a meter can have");
    }
    resources_.meters[id] = meters_.emplace_back(std::move(*made)).get();
  } else if (declared.type_name == "register") {
    uint32_t width = 0;
    for (const p4_ir::Variable& variable : program_.variables) {
      width += variable.name.starts_with(declared.name + ".") ? variable.width : 0;
    }
    auto made = pipeline::RegisterArray::make(declared.name, width, size);
    resources_.registers[id] = registers_.emplace_back(std::move(*made)).get();
  }
}

// The last group has no members.
void RandomWorld::make_profile(const p4_ir::Table& table, Random& random) {
  pipeline::ProfileShape shape;
  shape.name = "profile";
  for (const p4_ir::TableAction& action : table.actions) {
    uint32_t size = 0;
    for (const p4_ir::ActionParameter& parameter : action.parameters) {
      size += (parameter.width + 7) / 8;
    }
    shape.action_data_bytes.push_back(size);
  }
  auto made = pipeline::ActionProfile::make(shape, quiescence_);
  for (uint32_t i = 0; i < members; ++i) {
    const uint32_t action = random.below(static_cast<uint32_t>(table.actions.size()));
    check((*made)->create_member(action, action_data(table.actions[action], random)).has_value(), "a member");
  }
  for (uint32_t i = 0; i < groups; ++i) {
    std::vector<pipeline::GroupMember> of;
    for (uint32_t member = 0; i + 1 < groups && member < members; ++member) {
      of.push_back({.member = member, .weight = 1 + random.below(3)});
    }
    check((*made)->create_group(of).has_value(), "a group");
  }
  resources_.profiles[*table.implementation] = profiles_.emplace_back(std::move(*made)).get();
}

std::string RandomWorld::difference(const RandomWorld& other) const {
  for (const auto& [id, counters] : resources_.counters) {
    for (uint64_t cell = 0; cell < counters->size(); ++cell) {
      if (*counters->read(cell) != *other.resources_.counters.at(id)->read(cell)) {
        return program_.at(id).name;
      }
    }
  }
  for (const auto& [id, cells] : resources_.registers) {
    std::vector<uint8_t> here(cells->width_bytes());
    std::vector<uint8_t> there(cells->width_bytes());
    for (uint64_t cell = 0; cell < cells->size(); ++cell) {
      cells->read_bytes(cell, here);
      other.resources_.registers.at(id)->read_bytes(cell, there);
      if (here != there) {
        return program_.at(id).name;
      }
    }
  }
  return {};
}

uint64_t RandomWorld::counted() const {
  uint64_t all = 0;
  for (const auto& [id, counters] : resources_.counters) {
    for (uint64_t cell = 0; cell < counters->size(); ++cell) {
      all += counters->read(cell)->packets;
    }
  }
  return all;
}

void RandomWorld::begin_packet(uint32_t bytes, uint64_t now_ns) {
  packet_bytes_ = bytes;
  now_ns_ = now_ns;
}

// As the targets do it.
p4_ir::Found RandomWorld::look_up(p4_ir::TableId id, std::span<const Bits> keys) {
  const p4_ir::Table& table = program_.at(id);
  const pipeline::Entry& entry = tables_[index_of(id)]->at(keys);
  const pipeline::Entry* acting = &entry;
  if (table.implementation.has_value()) {
    const auto first = std::find_if(table.keys.begin(), table.keys.end(), is_selector) - table.keys.begin();
    const BurstHash which = find_burst_hash(program_.at(*table.implementation).arguments[1].text);
    const uint64_t hash = compute_burst_hash(which, concatenated(keys.subspan(static_cast<size_t>(first))));
    acting = resources_.profiles.at(*table.implementation)->resolve(entry, hash);
  }
  p4_ir::Found found{.is_hit = acting != nullptr && entry.is_hit != 0};
  acting = acting == nullptr ? tables_[index_of(id)]->default_entry.load() : acting;
  for (const ExternId direct : table.direct_externs) {
    if (found.is_hit && resources_.counters.contains(direct)) {
      resources_.counters[direct]->count(0, entry.handle, packet_bytes_);
    } else if (found.is_hit) {
      (void)resources_.meters[direct]->execute(entry.handle, packet_bytes_, now_ns_);
    }
  }
  const uint8_t* data = acting->data();
  arguments_.clear();
  for (const p4_ir::ActionParameter& parameter : table.actions[acting->action].parameters) {
    const uint32_t bytes = (parameter.width + 7) / 8;
    arguments_.push_back(Bits::from_big_endian(parameter.width, {data, bytes}));
    data += bytes;
  }
  found.action = acting->action;
  found.arguments = &arguments_;
  return found;
}

void RandomWorld::call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) {
  if (call.name == "count") {
    resources_.counters[call.instance]->count(0, scalar(values.arguments[0]), packet_bytes_);
  } else if (call.name == "execute_meter") {
    const auto color = resources_.meters[call.instance]->execute(scalar(values.arguments[0]), packet_bytes_, now_ns_);
    give(values.arguments[1], static_cast<uint64_t>(color));
  } else if (call.name == "read" || call.name == "write") {
    use_register(call, values);
  } else if (call.name == "random") {  // from one number to the same
    give(values.arguments[0], scalar(values.arguments[1]));
  } else if (call.name == "hash") {
    hash(call, values);
  } else {
    hashing_.call(call, values);
  }
}

void RandomWorld::hash(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) const {
  const auto& data = values.arguments[3];
  const bool is_left_out = !data.header_valid.empty() && !data.header_valid[0];
  std::vector<Bits> parts;
  for (size_t i = 0; i < data.parts.size() && !is_left_out; ++i) {
    parts.push_back(data.parts[i]);
  }
  const BurstHash which = find_burst_hash(program_.enums[0].members[scalar(values.arguments[1])]);
  const uint64_t hash = compute_burst_hash(which, concatenated(parts));
  const uint64_t max = scalar(values.arguments[4]);
  give(values.arguments[0], scalar(values.arguments[2]) + (max == 0 ? 0 : hash % max));
  (void)call;
}

void RandomWorld::use_register(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) {
  pipeline::RegisterArray& cells = *resources_.registers[call.instance];
  std::vector<uint8_t> bytes(cells.width_bytes());
  if (call.name == "write") {
    Bits all = values.arguments[1].parts[0];
    for (size_t i = 1; i < values.arguments[1].parts.size(); ++i) {
      all = Bits::concatenate(all, values.arguments[1].parts[i]);
    }
    return cells.write_bytes(scalar(values.arguments[0]), all.to_big_endian());
  }
  cells.read_bytes(scalar(values.arguments[1]), bytes);
  const Bits all = Bits::from_big_endian(cells.width_bits(), bytes);
  uint32_t end = all.width();
  for (Bits& part : values.arguments[0].parts) {
    part = all.slice(end - 1, end - part.width());
    end -= part.width();
  }
}

bool RandomWorld::is_in_set(p4_ir::ValueSetId set, std::span<const Bits> values) {
  return hashing_.is_in_set(set, values);
}

}  // namespace outrigger::p4_native
