// ExactIndex: see the header. A slot's reference is stored before its tag and is what counts: a reader that meets a
// stale tag compares keys and goes on.
#include "pipeline/exact_index.h"

#include "base/check.h"
#include "pipeline/tag_probe.h"

#include <algorithm>

namespace outrigger::pipeline {

namespace {

// Entries for each bucket, on average, before there are twice as many buckets: of twelve slots, so that few overflow.
constexpr uint64_t entries_per_bucket = 7;
constexpr uint64_t buckets_min = 4;
constexpr uint32_t cache_line_bytes = 64;
// Buckets moved with each insertion while there become twice as many: done long before the old ones are full.
constexpr uint32_t buckets_moved = 4;

void set_tag(ExactBucket& bucket, uint32_t slot, uint8_t tag) noexcept {
  std::atomic<uint64_t>& word = bucket.tags[slot / 8];
  const uint32_t shift = slot % 8 * 8;
  const uint64_t others = word.load(std::memory_order_relaxed) & ~(uint64_t{0xFF} << shift);
  word.store(others | uint64_t{tag} << shift, std::memory_order_release);
}

// Bytes 12 and 13 of the tags: entries that passed this bucket because it was full.
void change_overflow(ExactBucket& bucket, bool is_more) noexcept {
  constexpr uint64_t one = uint64_t{1} << 32;
  const uint64_t word = bucket.tags[1].load(std::memory_order_relaxed);
  bucket.tags[1].store(is_more ? word + one : word - one, std::memory_order_release);
}

uint32_t hits_in(const ExactBucket& bucket, uint8_t tag) noexcept {
  return probe_tags(bucket.tags[0].load(std::memory_order_acquire), bucket.tags[1].load(std::memory_order_acquire),
                    tag);
}

}  // namespace

bool ExactIndex::suits(const TableShape& shape) noexcept {
  return shape.has_only(MatchKind::Exact) && !shape.key.empty();
}

Result<std::unique_ptr<MatchIndex>> ExactIndex::make(RecordStore& store) {
  std::unique_ptr<ExactIndex> index(new ExactIndex(store));
  OR_ASSIGN(auto buckets, make_buckets(buckets_min, 1));
  index->publish(std::move(buckets));
  return index;
}

void ExactIndex::describe(TableAbi& abi) {
  abi_ = &abi;
  abi.inline_kind = TableAbi::InlineKind::Exact;
  abi.probe = &probe;
  abi.confirm = &confirm;
  abi.layout.store(&current_->layout, std::memory_order_release);
}

Result<std::unique_ptr<ExactIndex::Buckets>> ExactIndex::make_buckets(uint64_t count, uint64_t seed) {
  auto buckets = std::make_unique<Buckets>();
  const bool is_dense = count * sizeof(ExactBucket) >= (uint64_t{4} << 20);
  OR_ASSIGN(buckets->memory, Region::make(count * sizeof(ExactBucket), "the buckets of an exact table", is_dense));
  buckets->layout = {.buckets = buckets->memory.as<ExactBucket>(), .mask = count - 1, .seed = seed};
  return buckets;
}

void ExactIndex::publish(std::unique_ptr<Buckets> next) {
  current_ = next.get();
  grows_at_ = (current_->layout.mask + 1) * entries_per_bucket;
  if (abi_ != nullptr) {
    abi_->layout.store(&current_->layout, std::memory_order_release);
  }
  buckets_.publish(std::move(next));
}

uint64_t ExactIndex::hash_of(const Buckets& buckets, uint32_t reference) const noexcept {
  return hash_key(store_.value(reference), store_.key_words(), buckets.layout.seed);
}

std::optional<uint64_t> ExactIndex::place(Buckets& buckets, uint64_t hash, uint32_t reference) noexcept {
  const uint64_t probed = std::min<uint64_t>(buckets_probed_max, buckets.layout.mask + 1);
  for (uint64_t distance = 0; distance < probed; ++distance) {
    ExactBucket& bucket = *buckets.at(hash + distance);
    for (uint32_t slot = 0; slot < ExactBucket::slots; ++slot) {
      if (bucket.references[slot].load(std::memory_order_relaxed) == 0) {
        bucket.references[slot].store(reference, std::memory_order_release);
        set_tag(bucket, slot, exact_tag(hash));
        for (uint64_t passed = 0; passed < distance; ++passed) {
          change_overflow(*buckets.at(hash + passed), true);
        }
        return distance;
      }
    }
  }
  return std::nullopt;
}

Result<> ExactIndex::rebuild(uint64_t count, uint32_t extra) {
  next_.reset();
  uint64_t seed = current_->layout.seed;
  for (uint32_t attempt = 0; attempt < rebuilds_max; ++attempt) {
    OR_ASSIGN(auto next, make_buckets(count, seed));
    bool is_placed = extra == 0 || place(*next, hash_of(*next, extra), extra).has_value();
    for (uint64_t i = 0; is_placed && i <= current_->layout.mask; ++i) {
      for (const std::atomic<uint32_t>& slot : current_->at(i)->references) {
        const uint32_t reference = slot.load(std::memory_order_relaxed);
        is_placed = is_placed && (reference == 0 || place(*next, hash_of(*next, reference), reference).has_value());
      }
    }
    if (is_placed) {
      publish(std::move(next));
      return {};
    }
    seed = hash_fold(seed + attempt + 1, 0xD6E8FEB86659FD93ULL);  // any odd number: keys that collided are torn apart
    count *= attempt % 2 == 0 ? 1 : 2;
  }
  return fail(Code::ResourceExhausted, "table {}: no room for this key among those that hash like it",
              store_.shape().name);
}

bool ExactIndex::move_some() noexcept {
  // All entries' keys are fetched, then all their new buckets, so that the misses overlap.
  uint32_t references[size_t{buckets_moved} * ExactBucket::slots];
  uint64_t hashes[size_t{buckets_moved} * ExactBucket::slots];
  uint32_t count = 0;
  const uint64_t end = std::min(moved_ + buckets_moved, current_->layout.mask + 1);
  for (; moved_ < end; ++moved_) {
    for (const std::atomic<uint32_t>& slot : current_->at(moved_)->references) {
      references[count] = slot.load(std::memory_order_relaxed);
      __builtin_prefetch(store_.value(references[count]));
      count += references[count] != 0 ? 1 : 0;
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    hashes[i] = hash_of(*next_, references[i]);
    __builtin_prefetch(next_->at(hashes[i]), 1);
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (!place(*next_, hashes[i], references[i]).has_value()) {
      return false;
    }
  }
  return true;
}

void ExactIndex::grow() {
  const uint64_t buckets = current_->layout.mask + 1;
  if (next_ == nullptr) {
    if (count_ < grows_at_) {
      return;
    }
    auto next = make_buckets(2 * buckets, current_->layout.seed);
    moved_ = 0;
    next_ = next.has_value() ? std::move(*next) : nullptr;
  }
  const bool is_placed = next_ != nullptr && move_some();
  if (is_placed && moved_ == buckets) {
    publish(std::move(next_));
  } else if (!is_placed && !rebuild(2 * buckets, 0).has_value()) {
    // There is room where the entries are; it is tried again when there are notably more.
    grows_at_ = count_ + count_ / 8 + ExactBucket::slots;
  }
}

Result<> ExactIndex::insert(uint32_t reference) {
  const uint64_t hash = hash_of(*current_, reference);
  const auto distance = place(*current_, hash, reference);
  if (!distance.has_value()) {
    OR_TRY(rebuild((current_->layout.mask + 1) * (count_ >= grows_at_ ? 2 : 1), reference));
  } else if (is_moved(hash, *distance) && !place(*next_, hash, reference).has_value()) {
    next_.reset();  // it grows again, which will tear apart what collides
  }
  ++count_;
  grow();
  return {};
}

ExactIndex::Place ExactIndex::place_of(const Buckets& buckets, uint64_t hash, uint32_t reference) noexcept {
  for (uint64_t distance = 0; distance < buckets_probed_max; ++distance) {
    const ExactBucket& bucket = *buckets.at(hash + distance);
    for (uint32_t slot = 0; slot < ExactBucket::slots; ++slot) {
      if (bucket.references[slot].load(std::memory_order_relaxed) == reference) {
        return {distance, slot};
      }
    }
  }
  check(false, "an entry of the store is in its buckets");
  return {};
}

void ExactIndex::replace(uint32_t before, uint32_t after) {
  const uint64_t hash = hash_of(*current_, before);
  const Place place = place_of(*current_, hash, before);
  current_->at(hash + place.distance)->references[place.slot].store(after, std::memory_order_release);
  if (is_moved(hash, place.distance)) {
    const Place copy = place_of(*next_, hash, before);
    next_->at(hash + copy.distance)->references[copy.slot].store(after, std::memory_order_release);
  }
}

void ExactIndex::take_out(Buckets& buckets, uint64_t hash, uint32_t reference) noexcept {
  const Place place = place_of(buckets, hash, reference);
  ExactBucket& bucket = *buckets.at(hash + place.distance);
  set_tag(bucket, place.slot, 0);
  bucket.references[place.slot].store(0, std::memory_order_release);
  for (uint64_t passed = 0; passed < place.distance; ++passed) {
    change_overflow(*buckets.at(hash + passed), false);
  }
}

void ExactIndex::remove(uint32_t reference) {
  const uint64_t hash = hash_of(*current_, reference);
  if (next_ != nullptr && is_moved(hash, place_of(*current_, hash, reference).distance)) {
    take_out(*next_, hash, reference);
  }
  take_out(*current_, hash, reference);
  --count_;
}

template <uint32_t Words>
const Entry* ExactIndex::resolve(const Buckets& buckets, uint64_t hash, uint32_t hits, const uint8_t* key,
                                 const Entry* miss) const noexcept {
  const uint32_t words = Words != 0 ? Words : store_.key_words();
  for (uint64_t distance = 0;; hits = hits_in(*buckets.at(hash + distance), exact_tag(hash))) {
    const ExactBucket& bucket = *buckets.at(hash + distance);
    for (; hits != 0; hits &= hits - 1) {
      const auto slot = static_cast<uint32_t>(std::countr_zero(hits));
      const uint32_t reference = bucket.references[slot].load(std::memory_order_acquire);
      if (reference != 0 && is_same_key(store_.value(reference), key, words)) [[likely]] {
        return store_.entry(reference);
      }
    }
    if (!bucket.has_overflowed() || ++distance >= buckets_probed_max) {
      return miss;
    }
  }
}

// What the loop needs is in locals: `found` might be anything, for all that the compiler knows. The first slot with the
// tag is mostly the right one. Without a hit this is some entry, or record 0, which is none.
void ExactIndex::find_likely(const ExactLayout& layout, const uint8_t* hashes, uint32_t stride, uint32_t count,
                             const Entry** found) const noexcept {
  const ExactBucket* const buckets = layout.buckets;
  const uint64_t mask = layout.mask;
  const uint8_t* const records = store_.records();
  const uint64_t record_bytes = store_.stride();
  const uint64_t value_offset = store_.value_offset();
  const bool is_apart = record_bytes > cache_line_bytes;  // the key from the entry
  for (uint32_t i = 0; i < count; ++i, hashes += stride) {
    const uint64_t hash = load_word(hashes);
    const ExactBucket& bucket = buckets[hash & mask];
    const uint32_t hits = hits_in(bucket, exact_tag(hash));
    const auto slot = static_cast<uint32_t>(std::countr_zero(hits | 1U << (ExactBucket::slots - 1)));
    const uint8_t* const record = records + bucket.references[slot].load(std::memory_order_acquire) * record_bytes;
    found[i] = reinterpret_cast<const Entry*>(record);
    __builtin_prefetch(record);
    if (is_apart) {
      __builtin_prefetch(record + value_offset);
    }
  }
}

template <uint32_t Words>
const Entry* ExactIndex::find_one(const uint8_t* key, const Entry* miss) const noexcept {
  const Buckets& buckets = *buckets_.read();
  const uint64_t hash = hash_key(key, Words != 0 ? Words : store_.key_words(), buckets.layout.seed);
  return resolve<Words>(buckets, hash, hits_in(*buckets.at(hash), exact_tag(hash)), key, miss);
}

template <uint32_t Words>
void ExactIndex::confirm_words(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                               const Entry** found) const noexcept {
  const uint32_t words = Words != 0 ? Words : store_.key_words();
  const Entry* const none = store_.entry(0);
  const uint64_t value_offset = store_.value_offset();
  for (uint32_t i = 0; i < count; ++i, keys += stride) {
    const uint8_t* const value = reinterpret_cast<const uint8_t*>(found[i]) + value_offset;
    if (found[i] == none || !is_same_key(value, keys, words)) [[unlikely]] {
      found[i] = find_one<Words>(keys, miss);
    }
  }
}

template <uint32_t Words>
void ExactIndex::lookup_words(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                              const Entry** found) const noexcept {
  const ExactLayout layout = buckets_.read()->layout;
  const uint32_t words = Words != 0 ? Words : store_.key_words();
  uint64_t hashes[burst_packets_max];
  const uint8_t* key = keys;
  for (uint32_t i = 0; i < count; ++i, key += stride) {
    hashes[i] = hash_key(key, words, layout.seed);
    __builtin_prefetch(&layout.buckets[hashes[i] & layout.mask]);
  }
  find_likely(layout, reinterpret_cast<const uint8_t*>(hashes), sizeof(uint64_t), count, found);
  confirm_words<Words>(keys, stride, count, miss, found);
}

// Hashing and comparing a key of one or two words takes no loop.
void ExactIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                        const Entry** found) const noexcept {
  switch (store_.key_words()) {
    case 1: return lookup_words<1>(keys, stride, count, miss, found);
    case 2: return lookup_words<2>(keys, stride, count, miss, found);
    default: return lookup_words<0>(keys, stride, count, miss, found);
  }
}

void ExactIndex::probe(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count, uint64_t seed,
                       const Entry** found) {
  const auto& self = *static_cast<const ExactIndex*>(static_cast<const MatchIndex*>(table->index));
  const ExactLayout layout = self.buckets_.read()->layout;
  if (layout.seed != seed) {  // the control plane has torn apart what collided: each is looked for anew
    std::fill_n(found, count, self.store_.entry(0));
    return;
  }
  self.find_likely(layout, keys + stride - sizeof(uint64_t), stride, count, found);
}

void ExactIndex::confirm(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count,
                         const Entry** found) {
  const auto& self = *static_cast<const ExactIndex*>(static_cast<const MatchIndex*>(table->index));
  const Entry* const miss = table->default_entry.load(std::memory_order_acquire);
  switch (self.store_.key_words()) {
    case 1: return self.confirm_words<1>(keys, stride, count, miss, found);
    case 2: return self.confirm_words<2>(keys, stride, count, miss, found);
    default: return self.confirm_words<0>(keys, stride, count, miss, found);
  }
}

}  // namespace outrigger::pipeline
