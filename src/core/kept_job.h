// keep(): for tests, what a job gives when it ends.
#pragma once

#include "core/job.h"

#include <optional>
#include <utility>

namespace outrigger::core {

// To be spawned; `into` is filled in when `job` has ended, and outlives it.
template <typename T>
Job<void> keep(Job<T> job, std::optional<T>* into) {
  T value = co_await job;
  into->emplace(std::move(value));
}
inline Job<void> keep(Job<void> job, bool* has_ended) {
  co_await job;
  *has_ended = true;
}

}  // namespace outrigger::core
