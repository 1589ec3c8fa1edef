// TupleSpaceIndex: a tuple's slots are open addressing; a slot that was left stays `gone` until the tuple is built
// anew, so that readers never stop too early.
#include "pipeline/tuple_space_index.h"

#include "base/check.h"
#include "pipeline/effective_mask.h"

#include <algorithm>

namespace outrigger::pipeline {

namespace {

constexpr uint64_t slots_min = 8;

}  // namespace

TupleSpaceIndex::TupleSpaceIndex(RecordStore& store)
    : MatchIndex(store), has_ranges_(store.shape().has(MatchKind::Range)), order_(store.quiescence()) {
  order_.publish(std::make_unique<Order>());
}

uint64_t TupleSpaceIndex::hash_of(const Tuple& tuple, const uint8_t* key) const noexcept {
  constexpr uint64_t odd = 0x9E3779B97F4A7C15ULL;  // as hash_key()
  uint64_t hash = odd;
  for (uint32_t i = 0; i < store_.key_words(); ++i) {
    hash = hash_fold(hash ^ (load_word(key + 8 * i) & load_word(tuple.mask.data() + 8 * i)), odd);
  }
  return hash;
}

TupleSpaceIndex::Tuple* TupleSpaceIndex::tuple_of(uint32_t reference) const {
  const std::vector<uint8_t> mask = effective_mask(store_, reference);
  const auto it = std::ranges::find_if(tuples_, [&](const auto& tuple) { return tuple->mask == mask; });
  return it == tuples_.end() ? nullptr : it->get();
}

void TupleSpaceIndex::publish_order() {
  auto order = std::make_unique<Order>();
  for (const auto& tuple : tuples_) {
    if (tuple->count > 0) {
      order->push_back({tuple.get(), tuple->rank_max});
    }
  }
  std::ranges::sort(*order, std::ranges::greater{}, &Tried::rank_max);
  order_.publish(std::move(order));
}

void TupleSpaceIndex::put(Slots& slots, uint64_t hash, uint32_t reference) noexcept {
  uint64_t i = hash;
  while (slots.at[i & slots.mask].load(std::memory_order_relaxed) != 0) {
    ++i;
  }
  slots.at[i & slots.mask].store((hash & ~gone) | reference, std::memory_order_release);
}

void TupleSpaceIndex::grow(Tuple& tuple) {
  auto next = std::make_unique<Slots>();
  const uint64_t slots = std::max(slots_min, std::bit_ceil(3 * (tuple.count + 1)));
  next->mask = slots - 1;
  next->at = std::make_unique<Slot[]>(slots);
  if (const Slots* const before = tuple.slots.read(); before != nullptr) {
    for (uint64_t i = 0; i <= before->mask; ++i) {
      const uint64_t held = before->at[i].load(std::memory_order_relaxed);
      if (held != 0 && held != gone) {
        const auto reference = static_cast<uint32_t>(held);
        put(*next, hash_of(tuple, store_.value(reference)), reference);
      }
    }
  }
  tuple.used = tuple.count;
  tuple.slots.publish(std::move(next));
}

Result<> TupleSpaceIndex::insert(uint32_t reference) {
  Tuple* tuple = tuple_of(reference);
  const uint64_t rank = store_.order(reference).rank;
  if (tuple == nullptr) {
    tuples_.push_back(std::make_unique<Tuple>(store_.quiescence()));
    tuple = tuples_.back().get();
    tuple->mask = effective_mask(store_, reference);
  }
  const Slots* slots = tuple->slots.read();
  if (slots == nullptr || 2 * (tuple->used + 1) > slots->mask + 1) {
    grow(*tuple);
    slots = tuple->slots.read();
  }
  // The slots are ours to change; readers see one atomic word.
  put(const_cast<Slots&>(*slots), hash_of(*tuple, store_.value(reference)), reference);
  ++tuple->used;
  ++tuple->count;
  if (tuple->count == 1 || rank > tuple->rank_max) {
    tuple->rank_max = rank;
    publish_order();
  }
  return {};
}

TupleSpaceIndex::Slot* TupleSpaceIndex::slot_of(const Tuple& tuple, uint32_t reference) const noexcept {
  const Slots& slots = *tuple.slots.read();
  uint64_t i = hash_of(tuple, store_.value(reference));
  while (static_cast<uint32_t>(slots.at[i & slots.mask].load(std::memory_order_relaxed)) != reference) {
    ++i;
  }
  return &slots.at[i & slots.mask];
}

void TupleSpaceIndex::replace(uint32_t before, uint32_t after) {
  Slot* const slot = slot_of(*tuple_of(before), before);
  slot->store((slot->load(std::memory_order_relaxed) & ~gone) | after, std::memory_order_release);
}

void TupleSpaceIndex::remove(uint32_t reference) {
  Tuple* const tuple = tuple_of(reference);
  check(tuple != nullptr, "an entry of the store has its tuple");
  slot_of(*tuple, reference)->store(gone, std::memory_order_release);
  --tuple->count;
  if (tuple->count == 0) {
    tuple->rank_max = 0;
    publish_order();
  }
}

std::vector<uint32_t> TupleSpaceIndex::references() const {
  std::vector<uint32_t> all;
  for (const auto& tuple : tuples_) {
    const Slots& slots = *tuple->slots.read();
    for (uint64_t i = 0; i <= slots.mask; ++i) {
      const uint64_t held = slots.at[i].load(std::memory_order_relaxed);
      if (held != 0 && held != gone) {
        all.push_back(static_cast<uint32_t>(held));
      }
    }
  }
  return all;
}

uint32_t TupleSpaceIndex::best_in(const Slots& slots, uint64_t hash, const uint8_t* key, uint32_t best) const noexcept {
  for (uint64_t i = hash;; ++i) {
    const uint64_t held = slots.at[i & slots.mask].load(std::memory_order_acquire);
    if (held == 0) {
      return best;
    }
    const auto reference = static_cast<uint32_t>(held);
    if (held != gone && ((held ^ hash) & ~gone) == 0 && is_match(store_, has_ranges_, reference, key) &&
        (best == 0 || store_.order(reference).is_better_than(store_.order(best)))) {
      best = reference;
    }
  }
}

void TupleSpaceIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                             const Entry** found) const noexcept {
  uint32_t best[burst_packets_max] = {};
  uint64_t hashes[burst_packets_max];
  for (const Tried& tried : *order_.read()) {
    const Slots& slots = *tried.tuple->slots.read();
    for (uint32_t i = 0; i < count; ++i) {
      hashes[i] = hash_of(*tried.tuple, keys + size_t{i} * stride);
      __builtin_prefetch(&slots.at[hashes[i] & slots.mask]);
    }
    bool is_open = false;  // may a later tuple have something for any key?
    for (uint32_t i = 0; i < count; ++i) {
      if (best[i] == 0 || store_.order(best[i]).rank <= tried.rank_max) {
        best[i] = best_in(slots, hashes[i], keys + size_t{i} * stride, best[i]);
        is_open = true;
      }
    }
    if (!is_open) {
      break;
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    found[i] = best[i] == 0 ? miss : store_.entry(best[i]);
  }
}

}  // namespace outrigger::pipeline
