// Table: checks what the control plane asks for and keeps records, index and default entry in step.
#include "pipeline/table.h"

#include "base/check.h"

#include <algorithm>
#include <thread>

namespace outrigger::pipeline {

namespace {

// Handles that are looked at while the table is locked: tens of microseconds.
constexpr uint32_t handles_at_once = 4096;

void lookup_in_index(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count, const Entry** found) {
  static_cast<const MatchIndex*>(table->index)
      ->lookup(keys, stride, count, table->default_entry.load(std::memory_order_acquire), found);
}

}  // namespace

Table::Table(std::unique_ptr<RecordStore> store, std::unique_ptr<MatchIndex> index, ActionProfile* profile)
    : store_(std::move(store)), index_(std::move(index)), profile_(profile) {
  abi_.lookup = &lookup_in_index;
  abi_.index = index_.get();
  abi_.key_bytes = shape().key_bytes();
  abi_.data_bytes = shape().data_bytes();
  abi_.records = store_->records();
  abi_.record_stride = store_->stride();
  abi_.record_key_offset = store_->value_offset();
  value_.resize(store_->key_stride_bytes());
  bound_.resize(store_->key_stride_bytes());
}

Result<std::unique_ptr<Table>> Table::make(const TableShape& shape, const ActionSpec& default_action,
                                           Quiescence& quiescence, ActionProfile* profile) {
  OR_ASSIGN(auto store, RecordStore::make(shape, quiescence));
  OR_ASSIGN(auto index, make_match_index(*store));
  std::unique_ptr<Table> table(new Table(std::move(store), std::move(index), profile));
  if (shape.has_idle_timeout) {
    OR_ASSIGN(table->hit_ns_, Region::make(uint64_t{table->handles_max()} * sizeof(uint64_t),
                                           fmt::format("the hit stamps of table {}", shape.name)));
    table->abi_.hit_ns = table->hit_ns_.as<std::atomic<uint64_t>>();
  }
  table->index_->describe(table->abi_);
  OR_TRY(table->put_default(default_action));
  table->first_default_action_ = default_action.action;
  table->first_default_data_.assign(default_action.data.begin(), default_action.data.end());
  return table;
}

Table::~Table() {
  for (uint32_t handle = 0; handle < store_->handles_end() && profile_ != nullptr; ++handle) {
    if (const uint32_t reference = store_->of_handle(handle); reference != 0) {
      profile_->release(store_->entry(reference)->kind, store_->entry(reference)->reference);
    }
  }
  if (profile_ != nullptr && default_reference_ != 0) {
    profile_->release(store_->entry(default_reference_)->kind, store_->entry(default_reference_)->reference);
  }
}

Result<> Table::check_action(const ActionSpec& action) const {
  if (action.kind != EntryKind::Action) {
    if (profile_ == nullptr) {
      return fail(Code::InvalidArgument, "table {} has no action profile; its entries are actions", shape().name);
    }
    return {};
  }
  if (action.action >= shape().action_data_bytes.size()) {
    return fail(Code::InvalidArgument, "table {} has {} actions; there is no number {}", shape().name,
                shape().action_data_bytes.size(), action.action);
  }
  if (action.data.size() != shape().action_data_bytes[action.action]) {
    return fail(Code::InvalidArgument, "table {}: action number {} has data of {} bytes; {} were given", shape().name,
                action.action, shape().action_data_bytes[action.action], action.data.size());
  }
  return {};
}

Result<uint32_t> Table::record_for(const ActionSpec& action) {
  OR_TRY(check_action(action));
  OR_ASSIGN(const uint32_t reference, store_->allocate());
  if (profile_ != nullptr) {
    if (auto held = profile_->hold(action.kind, action.reference); !held.has_value()) {
      store_->release(reference);
      return std::unexpected(std::move(held).error());
    }
  }
  Entry& entry = *store_->entry(reference);
  entry.kind = action.kind;
  if (action.kind == EntryKind::Action) {
    entry.action = action.action;
    std::ranges::copy(action.data, entry.data());
  } else {
    entry.reference = action.reference;
  }
  return reference;
}

void Table::discard(uint32_t reference) {
  if (profile_ != nullptr) {
    profile_->release(store_->entry(reference)->kind, store_->entry(reference)->reference);
  }
  store_->release(reference);
}

void Table::retire(uint32_t reference) {
  if (profile_ != nullptr) {
    profile_->release(store_->entry(reference)->kind, store_->entry(reference)->reference);
  }
  store_->retire(reference);
}

Result<uint32_t> Table::prefix_bits_of(std::span<const uint8_t> value, std::span<const uint8_t> bound) {
  const size_t bytes = abi_.key_bytes;
  const bool is_exact = !store_->has_bounds();
  if (value.size() != bytes || (bound.size() != bytes && !(is_exact && bound.empty()))) {
    return fail(Code::InvalidArgument, "table {} has a key of {} bytes; {} and {} were given", shape().name, bytes,
                value.size(), bound.size());
  }
  std::ranges::copy(value, value_.begin());
  if (bound.empty()) {
    std::copy_n(store_->bound(0), bytes, bound_.begin());
  } else {
    std::ranges::copy(bound, bound_.begin());
  }
  return canonicalise(shape(), std::span(value_).first(bytes), std::span(bound_).first(bytes));
}

Result<> Table::fill(uint32_t reference, const EntrySpec& spec, uint32_t prefix_bits) {
  OR_ASSIGN(const uint32_t handle, store_->allocate_handle());
  store_->entry(reference)->handle = handle;
  store_->set_match(reference, value_.data(), bound_.data());
  const uint64_t sequence = sequence_++;
  store_->notes(reference) = {.priority = spec.priority,
                              .prefix_bits = prefix_bits,
                              .sequence = sequence,
                              .idle_timeout_ns = spec.idle_timeout_ns,
                              .is_const = spec.is_const,
                              .is_reported = false};
  if (shape().is_ranked()) {
    const uint64_t rank = shape().smaller_priority_wins ? ~spec.priority : spec.priority;
    store_->order(reference) = {.rank = rank, .sequence = sequence};
  }
  return {};
}

Result<uint32_t> Table::insert(const EntrySpec& spec, uint64_t now_ns) {
  const std::scoped_lock lock(mutex_);
  if (shape().key.empty()) {
    return fail(Code::FailedPrecondition, "table {} has no key, so it has no entries; set its default action",
                shape().name);
  }
  OR_ASSIGN(const uint32_t prefix_bits, prefix_bits_of(spec.value, spec.bound));
  if (store_->find(value_.data(), bound_.data(), spec.priority) != 0) {
    return fail(Code::AlreadyExists, "table {} has an entry with this match already; modify that one", shape().name);
  }
  if (store_->count() >= shape().entries()) {
    return fail(Code::ResourceExhausted, "table {} is full: it has {} entries, which is its size", shape().name,
                store_->count());
  }
  OR_ASSIGN(const uint32_t reference, record_for(spec.action));
  if (auto filled = fill(reference, spec, prefix_bits); !filled.has_value()) {
    discard(reference);
    return std::unexpected(std::move(filled).error());
  }
  const uint32_t handle = store_->entry(reference)->handle;
  if (new_handle_) {
    new_handle_(handle);
  }
  if (abi_.hit_ns != nullptr) {
    abi_.hit_ns[handle].store(now_ns, std::memory_order_relaxed);
  }
  store_->publish(reference);
  if (auto inserted = index_->insert(reference); !inserted.has_value()) {
    store_->withdraw(reference);
    store_->release_handle(handle);
    discard(reference);
    return std::unexpected(std::move(inserted).error());
  }
  return handle;
}

Result<uint32_t> Table::existing(uint32_t handle) const {
  const uint32_t reference = store_->of_handle(handle);
  if (reference == 0) {
    return fail(Code::NotFound, "table {} has no entry with the handle {}", shape().name, handle);
  }
  return reference;
}

Result<uint32_t> Table::changeable(uint32_t handle) const {
  OR_ASSIGN(const uint32_t reference, existing(handle));
  if (store_->notes(reference).is_const) {
    return fail(Code::FailedPrecondition, "table {}: the entry {} is const", shape().name, handle);
  }
  return reference;
}

Result<> Table::modify(uint32_t handle, const ActionSpec& action) {
  const std::scoped_lock lock(mutex_);
  OR_ASSIGN(const uint32_t before, changeable(handle));
  OR_ASSIGN(const uint32_t after, record_for(action));
  store_->entry(after)->handle = handle;
  store_->set_match(after, store_->value(before), store_->bound(before));
  store_->notes(after) = store_->notes(before);
  if (shape().is_ranked()) {
    store_->order(after) = store_->order(before);
  }
  store_->republish(before, after);
  index_->replace(before, after);
  retire(before);
  return {};
}

Result<> Table::set_idle_timeout(uint32_t handle, uint64_t idle_timeout_ns) {
  const std::scoped_lock lock(mutex_);
  OR_ASSIGN(const uint32_t reference, existing(handle));
  store_->notes(reference).idle_timeout_ns = idle_timeout_ns;
  store_->notes(reference).is_reported = false;
  return {};
}

void Table::remove_record(uint32_t reference) {
  const uint32_t handle = store_->entry(reference)->handle;
  store_->withdraw(reference);
  index_->remove(reference);
  retire(reference);
  store_->retire_handle(handle);
}

Result<> Table::remove(uint32_t handle) {
  const std::scoped_lock lock(mutex_);
  OR_ASSIGN(const uint32_t reference, changeable(handle));
  remove_record(reference);
  return {};
}

Result<uint32_t> Table::find(std::span<const uint8_t> value, std::span<const uint8_t> bound, uint32_t priority) {
  const std::scoped_lock lock(mutex_);
  OR_TRY(prefix_bits_of(value, bound));
  const uint32_t reference = store_->find(value_.data(), bound_.data(), priority);
  if (reference == 0) {
    return fail(Code::NotFound, "table {} has no entry with this match{}", shape().name,
                shape().is_ranked() ? fmt::format(" and the priority {}", priority) : "");
  }
  return store_->entry(reference)->handle;
}

EntryView Table::view_of(uint32_t reference) const {
  const Entry& entry = *store_->entry(reference);
  const RecordNotes& notes = store_->notes(reference);
  const size_t data_bytes = entry.kind == EntryKind::Action ? shape().action_data_bytes[entry.action] : 0;
  return {.handle = entry.handle,
          .value = {store_->value(reference), abi_.key_bytes},
          .bound = {store_->bound(reference), abi_.key_bytes},
          .priority = notes.priority,
          .action = {.action = entry.action,
                     .data = {entry.data(), data_bytes},
                     .kind = entry.kind,
                     .reference = entry.reference},
          .is_const = notes.is_const,
          .idle_timeout_ns = notes.idle_timeout_ns};
}

Result<EntryView> Table::get(uint32_t handle) {
  const std::scoped_lock lock(mutex_);
  OR_ASSIGN(const uint32_t reference, existing(handle));
  return view_of(reference);
}

void Table::for_each(const std::function<void(const EntryView&)>& visit) {
  const std::scoped_lock lock(mutex_);
  for (uint32_t handle = 0; handle < store_->handles_end(); ++handle) {
    if (const uint32_t reference = store_->of_handle(handle); reference != 0) {
      visit(view_of(reference));
    }
  }
}

void Table::clear() {
  const std::scoped_lock lock(mutex_);
  for (uint32_t handle = 0; handle < store_->handles_end(); ++handle) {
    const uint32_t reference = store_->of_handle(handle);
    if (reference != 0 && !store_->notes(reference).is_const) {
      remove_record(reference);
    }
  }
}

uint32_t Table::count() {
  const std::scoped_lock lock(mutex_);
  return store_->count();
}

Result<> Table::put_default(const ActionSpec& action) {
  OR_ASSIGN(const uint32_t reference, record_for(action));
  Entry& entry = *store_->entry(reference);
  entry.is_hit = 0;
  entry.handle = no_handle;
  abi_.default_entry.store(&entry, std::memory_order_release);
  if (default_reference_ != 0) {
    retire(default_reference_);
  }
  default_reference_ = reference;
  return {};
}

Result<> Table::set_default(const ActionSpec& action) {
  const std::scoped_lock lock(mutex_);
  if (shape().is_default_const) {
    return fail(Code::FailedPrecondition, "table {}: its default action is const", shape().name);
  }
  return put_default(action);
}

Result<> Table::reset_default() {
  const std::scoped_lock lock(mutex_);
  return put_default({.action = first_default_action_, .data = first_default_data_});
}

EntryView Table::default_entry() {
  const std::scoped_lock lock(mutex_);
  return view_of(default_reference_);
}

bool Table::is_idle(uint32_t reference, uint64_t now_ns) const {
  const uint64_t timeout_ns = store_->notes(reference).idle_timeout_ns;
  const uint64_t hit_ns = abi_.hit_ns[store_->entry(reference)->handle].load(std::memory_order_relaxed);
  return timeout_ns != 0 && now_ns >= hit_ns && now_ns - hit_ns >= timeout_ns;
}

std::vector<uint32_t> Table::find_idle(uint64_t now_ns, size_t most) {
  std::vector<uint32_t> idle;
  if (abi_.hit_ns == nullptr) {
    return idle;
  }
  // A data thread that adds an entry waits for a few handles at most, not for all.
  for (uint32_t first = 0; idle.size() < most; first += handles_at_once) {
    {
      const std::scoped_lock lock(mutex_);
      if (first >= store_->handles_end()) {
        break;
      }
      find_idle_among(first, std::min(first + handles_at_once, store_->handles_end()), now_ns, most, idle);
    }
    std::this_thread::yield();
  }
  return idle;
}

void Table::find_idle_among(uint32_t first, uint32_t end, uint64_t now_ns, size_t most, std::vector<uint32_t>& idle) {
  for (uint32_t handle = first; handle < end && idle.size() < most; ++handle) {
    const uint32_t reference = store_->of_handle(handle);
    if (reference == 0) {
      continue;
    }
    RecordNotes& notes = store_->notes(reference);
    const bool was_reported = notes.is_reported;
    notes.is_reported = is_idle(reference, now_ns);
    if (notes.is_reported && !was_reported) {
      idle.push_back(handle);
    }
  }
}

}  // namespace outrigger::pipeline
