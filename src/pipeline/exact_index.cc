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
  if (abi_ != nullptr) {
    abi_->layout.store(&current_->layout, std::memory_order_release);
  }
  buckets_.publish(std::move(next));
}

uint64_t ExactIndex::hash_of(const Buckets& buckets, uint32_t reference) const noexcept {
  return hash_key(store_.value(reference), store_.key_words(), buckets.layout.seed);
}

bool ExactIndex::place(Buckets& buckets, uint32_t reference) const noexcept {
  const uint64_t hash = hash_of(buckets, reference);
  for (uint64_t distance = 0; distance < std::min<uint64_t>(buckets_probed_max, buckets.layout.mask + 1); ++distance) {
    ExactBucket& bucket = *buckets.at(hash + distance);
    for (uint32_t slot = 0; slot < ExactBucket::slots; ++slot) {
      if (bucket.references[slot].load(std::memory_order_relaxed) == 0) {
        bucket.references[slot].store(reference, std::memory_order_release);
        set_tag(bucket, slot, exact_tag(hash));
        for (uint64_t passed = 0; passed < distance; ++passed) {
          change_overflow(*buckets.at(hash + passed), true);
        }
        return true;
      }
    }
  }
  return false;
}

Result<> ExactIndex::rebuild(uint64_t count, uint32_t extra) {
  uint64_t seed = current_->layout.seed;
  for (uint32_t attempt = 0; attempt < rebuilds_max; ++attempt) {
    OR_ASSIGN(auto next, make_buckets(count, seed));
    bool is_placed = place(*next, extra);
    for (uint64_t i = 0; is_placed && i <= current_->layout.mask; ++i) {
      for (const std::atomic<uint32_t>& slot : current_->at(i)->references) {
        const uint32_t reference = slot.load(std::memory_order_relaxed);
        is_placed = is_placed && (reference == 0 || place(*next, reference));
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

Result<> ExactIndex::insert(uint32_t reference) {
  const uint64_t buckets = current_->layout.mask + 1;
  if (count_ >= buckets * entries_per_bucket) {
    OR_TRY(rebuild(2 * buckets, reference));
  } else if (!place(*current_, reference)) {
    OR_TRY(rebuild(buckets, reference));
  }
  ++count_;
  return {};
}

std::atomic<uint32_t>* ExactIndex::slot_of(uint32_t reference, uint64_t& distance, uint32_t& slot) const noexcept {
  const uint64_t hash = hash_of(*current_, reference);
  for (distance = 0; distance < buckets_probed_max; ++distance) {
    ExactBucket& bucket = *current_->at(hash + distance);
    for (slot = 0; slot < ExactBucket::slots; ++slot) {
      if (bucket.references[slot].load(std::memory_order_relaxed) == reference) {
        return &bucket.references[slot];
      }
    }
  }
  check(false, "an entry of the store is in its buckets");
  return nullptr;
}

void ExactIndex::replace(uint32_t before, uint32_t after) {
  uint64_t distance = 0;
  uint32_t slot = 0;
  slot_of(before, distance, slot)->store(after, std::memory_order_release);
}

void ExactIndex::remove(uint32_t reference) {
  uint64_t distance = 0;
  uint32_t slot = 0;
  std::atomic<uint32_t>* const place = slot_of(reference, distance, slot);
  const uint64_t home = hash_of(*current_, reference);
  set_tag(*current_->at(home + distance), slot, 0);
  place->store(0, std::memory_order_release);
  for (uint64_t passed = 0; passed < distance; ++passed) {
    change_overflow(*current_->at(home + passed), false);
  }
  --count_;
}

const Entry* ExactIndex::resolve(const Buckets& buckets, uint64_t hash, uint32_t hits, const uint8_t* key,
                                 const Entry* miss) const noexcept {
  const uint32_t words = store_.key_words();
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

void ExactIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                        const Entry** found) const noexcept {
  const Buckets& buckets = *buckets_.read();
  const uint32_t words = store_.key_words();
  uint64_t hashes[burst_packets_max];
  uint32_t hits[burst_packets_max];
  for (uint32_t i = 0; i < count; ++i) {
    hashes[i] = hash_key(keys + size_t{i} * stride, words, buckets.layout.seed);
    __builtin_prefetch(buckets.at(hashes[i]));
  }
  for (uint32_t i = 0; i < count; ++i) {
    const ExactBucket& bucket = *buckets.at(hashes[i]);
    hits[i] = hits_in(bucket, exact_tag(hashes[i]));
    // With no hit this fetches some entry or record 0, which does no harm and needs no branch.
    const auto slot = static_cast<uint32_t>(std::countr_zero(hits[i] | 1U << (ExactBucket::slots - 1)));
    __builtin_prefetch(store_.entry(bucket.references[slot].load(std::memory_order_relaxed)));
  }
  for (uint32_t i = 0; i < count; ++i) {
    found[i] = resolve(buckets, hashes[i], hits[i], keys + size_t{i} * stride, miss);
  }
}

}  // namespace outrigger::pipeline
