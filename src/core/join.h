// join(): several jobs at once, on one reactor, to the end of the last.
#pragma once

#include "core/job.h"

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace outrigger::core {

namespace join_detail {

struct Join {
  size_t left = 1;  // one for who waits: jobs may end before the last has begun
  Event<std::monostate> ended;
};

inline Job<void> run(Job<void> job, Join* join) {
  co_await job;
  if (--join->left == 0) {
    join->ended.set({});  // the join may be gone now
  }
}

}  // namespace join_detail

// Starts all of them, in their order, and ends when all have ended.
inline Job<void> join(std::vector<Job<void>> jobs) {
  join_detail::Join all;
  all.left += jobs.size();
  for (Job<void>& job : jobs) {
    spawn(join_detail::run(std::move(job), &all));
  }
  if (--all.left != 0) {
    Event<std::monostate>& ended = all.ended;
    co_await ended;
  }
}

}  // namespace outrigger::core
