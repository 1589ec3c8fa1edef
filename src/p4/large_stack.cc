// A thread with the stack that the deepest tree needs.
#include "p4/large_stack.h"

#include <pthread.h>

#include "p4/limits.h"

namespace outrigger::p4 {
namespace {

extern "C" void* run_task(void* task) {
  (*static_cast<const std::function<void()>*>(task))();
  return nullptr;
}

}  // namespace

bool run_with_large_stack(const std::function<void()>& task) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) {
    return false;
  }
  pthread_t thread{};
  std::function<void()> copy = task;
  const bool has_started = pthread_attr_setstacksize(&attributes, compile_stack_bytes) == 0 &&
                           pthread_create(&thread, &attributes, run_task, &copy) == 0;
  pthread_attr_destroy(&attributes);
  return has_started && pthread_join(thread, nullptr) == 0;
}

}  // namespace outrigger::p4
