// RecordStore: layout of records, and which of them and of the handles are in use.
#include "pipeline/record_store.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>

namespace outrigger::pipeline {

namespace {

constexpr uint32_t cache_line_bytes = 64;
constexpr uint64_t large_table_bytes = uint64_t{4} << 20;

// Small records lie within one cache line, larger ones begin with one.
uint32_t stride_for(uint32_t bytes) noexcept {
  return bytes <= cache_line_bytes ? std::max(std::bit_ceil(bytes), 32U)
                                   : (bytes + cache_line_bytes - 1) / cache_line_bytes * cache_line_bytes;
}

constexpr uint64_t set_seed = 0x2545F4914F6CDD1DULL;  // any number but 0

}  // namespace

RecordStore::RecordStore(const TableShape& shape, Quiescence& quiescence) : shape_(shape), quiescence_(quiescence) {
  has_bounds_ = !shape.has_only(MatchKind::Exact);
  key_stride_ = key_stride(shape.key_bytes());
  uint32_t at = static_cast<uint32_t>(sizeof(Entry)) + (shape.data_bytes() + 7) / 8 * 8;
  order_offset_ = at;
  at += shape.is_ranked() ? static_cast<uint32_t>(sizeof(Order)) : 0;
  value_offset_ = at;
  stride_ = stride_for(at + key_stride_ * (has_bounds_ ? 2 : 1));
  // A modification needs a record more until the data threads have passed.
  const uint32_t entries = shape.entries();
  capacity_ = entries + std::max(entries / 8, 1024U) + 1;
  ones_.assign(key_stride_, 0);
  std::fill_n(ones_.begin(), shape.key_bytes(), uint8_t{0xFF});
  size_t first = 0;
  for (const KeyField& field : shape.key) {
    const uint32_t used = field.width_bits % 8;
    ones_[first] = used == 0 ? 0xFF : static_cast<uint8_t>((1U << used) - 1);
    first += field.bytes();
  }
}

Result<std::unique_ptr<RecordStore>> RecordStore::make(const TableShape& shape, Quiescence& quiescence) {
  OR_TRY(shape.check_shape());
  std::unique_ptr<RecordStore> store(new RecordStore(shape, quiescence));
  const std::string what = fmt::format("the entries of table {}", shape.name);
  // Records are taken from the front, so that large pages are worth their memory however few there come to be.
  const uint64_t bytes = uint64_t{store->capacity_} * store->stride_;
  OR_ASSIGN(store->records_, Region::make(bytes, what, bytes >= large_table_bytes));
  OR_ASSIGN(store->notes_, Region::make(uint64_t{store->capacity_} * sizeof(RecordNotes), what));
  OR_ASSIGN(store->of_handle_, Region::make(uint64_t{store->capacity_} * sizeof(uint32_t), what));
  return store;
}

RecordStore::~RecordStore() {
  quiescence_.drain(&free_records_);
  quiescence_.drain(&free_handles_);
}

Result<uint32_t> RecordStore::take(FreeList& free, uint32_t& end) {
  if (const auto number = free.pop()) {
    return *number;
  }
  if (end < capacity_) {
    return end++;
  }
  quiescence_.reclaim();
  if (const auto number = free.pop()) {
    return *number;
  }
  return fail(Code::Unavailable, "table {}: too many changes wait for the data threads to pass; try again",
              shape_.name);
}

Result<uint32_t> RecordStore::allocate() {
  OR_ASSIGN(const uint32_t reference, take(free_records_, records_end_));
  std::memset(static_cast<void*>(entry(reference)), 0, stride_);
  *entry(reference) = Entry{};
  notes(reference) = RecordNotes{};
  return reference;
}

Result<uint32_t> RecordStore::allocate_handle() { return take(free_handles_, handles_end_); }

void RecordStore::retire(uint32_t reference) { quiescence_.retire(&FreeList::give_back, &free_records_, reference); }

void RecordStore::retire_handle(uint32_t handle) { quiescence_.retire(&FreeList::give_back, &free_handles_, handle); }

void RecordStore::set_match(uint32_t reference, const uint8_t* value, const uint8_t* bound) noexcept {
  const uint32_t bytes = shape_.key_bytes();
  std::copy_n(value, bytes, this->value(reference));
  if (has_bounds_) {
    std::copy_n(bound, bytes, this->value(reference) + key_stride_);
  }
}

uint64_t RecordStore::hash_of(const uint8_t* value, const uint8_t* bound, uint32_t priority) const noexcept {
  const uint64_t hash = hash_key(value, key_words(), set_seed + priority);
  return has_bounds_ ? hash_key(bound, key_words(), hash) : hash;
}

uint64_t RecordStore::hash_of(uint32_t reference) const noexcept {
  return hash_of(value(reference), bound(reference), shape_.is_ranked() ? notes(reference).priority : 0);
}

uint32_t RecordStore::find(const uint8_t* value, const uint8_t* bound, uint32_t priority) const noexcept {
  const bool is_ranked = order_offset_ != value_offset_;
  return set_.find(hash_of(value, bound, is_ranked ? priority : 0), [&](uint32_t reference) {
    return is_same_key(this->value(reference), value, key_words()) &&
           (!has_bounds_ || is_same_key(this->bound(reference), bound, key_words())) &&
           (!is_ranked || notes(reference).priority == priority);
  });
}

void RecordStore::publish(uint32_t reference) {
  set_.insert(hash_of(reference), reference);
  of_handle_.as<uint32_t>()[entry(reference)->handle] = reference;
  ++count_;
}

void RecordStore::republish(uint32_t before, uint32_t after) {
  set_.replace(hash_of(before), before, after);
  of_handle_.as<uint32_t>()[entry(after)->handle] = after;
}

void RecordStore::withdraw(uint32_t reference) {
  set_.remove(hash_of(reference), reference);
  of_handle_.as<uint32_t>()[entry(reference)->handle] = 0;
  --count_;
}

uint32_t RecordStore::of_handle(uint32_t handle) const noexcept {
  return handle < handles_end_ ? of_handle_.as<uint32_t>()[handle] : 0;
}

}  // namespace outrigger::pipeline
