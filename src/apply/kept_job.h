// keep(): for tests, what a job gives when it ends.
#pragma once

#include "core/job.h"

#include <optional>
#include <utility>

namespace outrigger::apply {

// To be spawned; `into` is filled in when `job` has ended, and outlives it.
template <typename T>
core::Job<void> keep(core::Job<T> job, std::optional<T>* into) {
  T value = co_await job;
  into->emplace(std::move(value));
}

}  // namespace outrigger::apply
