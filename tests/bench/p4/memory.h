// Memory in large pages where the machine has them, as DPDK's own is: for packets and for the tables of loops by hand.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace outrigger::p4_bench {

template <class T>
struct LargePages {
  using value_type = T;
  static constexpr size_t page = size_t{2} << 20U;

  LargePages() = default;
  template <class Other>
  LargePages(const LargePages<Other>&) {}  // NOLINT: what an allocator must have

  T* allocate(size_t count) {
    const size_t bytes = (count * sizeof(T) + page - 1) / page * page;
    void* const memory = ::operator new(bytes, std::align_val_t{page});
    (void)::madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t) { ::operator delete(memory, std::align_val_t{page}); }
  template <class Other>
  bool operator==(const LargePages<Other>&) const {
    return true;
  }
};

}  // namespace outrigger::p4_bench
