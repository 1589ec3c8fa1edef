// LinearIndex: each change publishes a new list.
#include "pipeline/linear_index.h"

#include <algorithm>

namespace outrigger::pipeline {

LinearIndex::LinearIndex(RecordStore& store) : MatchIndex(store), references_(store.quiescence()) {
  references_.publish(std::make_unique<References>());
}

bool LinearIndex::is_better(uint32_t a, uint32_t b) const noexcept {
  if (store_.shape().is_ranked()) {
    return store_.order(a).is_better_than(store_.order(b));
  }
  return store_.notes(a).prefix_bits > store_.notes(b).prefix_bits;
}

Result<> LinearIndex::insert(uint32_t reference) {
  auto next = std::make_unique<References>();
  const References& before = *references_.read();
  next->reserve(before.size() + 1);
  const auto place = std::ranges::find_if(before, [&](uint32_t other) { return is_better(reference, other); });
  next->assign(before.begin(), place);
  next->push_back(reference);
  next->insert(next->end(), place, before.end());
  references_.publish(std::move(next));
  return {};
}

void LinearIndex::replace(uint32_t before, uint32_t after) {
  auto next = std::make_unique<References>(*references_.read());
  std::ranges::replace(*next, before, after);
  references_.publish(std::move(next));
}

void LinearIndex::remove(uint32_t reference) {
  auto next = std::make_unique<References>(*references_.read());
  std::erase(*next, reference);
  references_.publish(std::move(next));
}

void LinearIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                         const Entry** found) const noexcept {
  const References& references = *references_.read();
  for (uint32_t i = 0; i < count; ++i) {
    found[i] = miss;
    for (const uint32_t reference : references) {
      if (matches(store_.shape(), store_.value(reference), store_.bound(reference), keys + size_t{i} * stride)) {
        found[i] = store_.entry(reference);
        break;
      }
    }
  }
}

}  // namespace outrigger::pipeline
