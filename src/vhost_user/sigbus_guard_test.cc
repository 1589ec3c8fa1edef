#include "vhost_user/sigbus_guard.h"

#include "vhost_user/scripted_front_end.h"
#include "vhost_user/shared_mapping.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

namespace outrigger::vhost_user {
namespace {

constexpr uint64_t page = 4096;

std::shared_ptr<BreakSignal> make_signal() {
  auto made = BreakSignal::create();
  check(made.has_value(), "a test has a signal");
  return *made;
}
std::shared_ptr<SharedMapping> map(const UniqueFd& fd, uint64_t bytes, const std::shared_ptr<BreakSignal>& signal) {
  auto made = SharedMapping::create(fd, 0, bytes, signal, "test memory");
  check(made.has_value(), "a test has a mapping");
  return *made;
}
// Accesses that the compiler does not do away with.
uint8_t load(std::byte* at) {
  return std::atomic_ref<uint8_t>(*reinterpret_cast<uint8_t*>(at)).load(std::memory_order_relaxed);
}
void store(std::byte* at, uint8_t value) {
  std::atomic_ref<uint8_t>(*reinterpret_cast<uint8_t*>(at)).store(value, std::memory_order_relaxed);
}
bool is_readable(int fd) {
  pollfd look{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&look, 1, 0) == 1;
}

TEST(SigbusGuard, a_fault_in_guarded_memory_gives_zeroes_and_raises_the_signal) {
  const UniqueFd fd = memory_fd(8 * page);
  const auto signal = make_signal();
  const auto mapping = map(fd, 8 * page, signal);
  std::byte* const bytes = mapping->bytes().data();
  bytes[0] = std::byte{1};
  bytes[7 * page] = std::byte{7};
  ASSERT_EQ(::ftruncate(fd.get(), 2 * page), 0);
  EXPECT_FALSE(signal->is_raised());
  EXPECT_EQ(load(bytes + 7 * page), 0);
  EXPECT_TRUE(signal->is_raised());
  EXPECT_TRUE(is_readable(signal->fd()));
  EXPECT_EQ(bytes[0], std::byte{1}) << "what is left stays shared";
}
TEST(SigbusGuard, every_page_of_a_large_range_may_fault) {
  constexpr uint64_t pages = 4 * guarded_pages_max;
  const UniqueFd fd = memory_fd(pages * page);
  const auto signal = make_signal();
  const auto mapping = map(fd, pages * page, signal);
  ASSERT_EQ(::ftruncate(fd.get(), 0), 0);
  std::byte* const bytes = mapping->bytes().data();
  for (uint64_t i = 0; i < pages; ++i) {
    const uint64_t at = (i * 37 % pages) * page;
    store(bytes + at, 5);
    EXPECT_EQ(load(bytes + at), 5);
  }
}
TEST(SigbusGuard, only_the_owner_of_the_range_hears_of_it) {
  const UniqueFd one = memory_fd(page), other = memory_fd(page);
  const auto signal_one = make_signal(), signal_other = make_signal();
  const auto mapping_one = map(one, page, signal_one), mapping_other = map(other, page, signal_other);
  ASSERT_EQ(::ftruncate(other.get(), 0), 0);
  store(mapping_other->bytes().data(), 1);
  EXPECT_FALSE(signal_one->is_raised());
  EXPECT_TRUE(signal_other->is_raised());
}
TEST(SigbusGuard, several_cores_may_fault_at_once) {
  constexpr uint64_t pages = 64;
  const UniqueFd fd = memory_fd(pages * page);
  const auto signal = make_signal();
  const auto mapping = map(fd, pages * page, signal);
  ASSERT_EQ(::ftruncate(fd.get(), 0), 0);
  std::vector<std::thread> threads;
  for (uint64_t first = 0; first < 4; ++first) {
    threads.emplace_back([first, &mapping] {
      for (uint64_t i = first; i < pages; i += 4) {
        store(mapping->bytes().data() + i * page, 1);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(signal->is_raised());
}
TEST(SigbusGuard, the_kernel_s_own_access_fails_and_kills_nobody) {
  const UniqueFd fd = memory_fd(page);
  const auto mapping = map(fd, page, make_signal());
  ASSERT_EQ(::ftruncate(fd.get(), 0), 0);
  auto [one, other] = socket_pair();
  EXPECT_EQ(::send(one.get(), mapping->bytes().data(), 16, MSG_NOSIGNAL), -1);
}
TEST(SigbusGuardDeathTest, a_fault_elsewhere_takes_its_usual_course) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const UniqueFd guarded = memory_fd(page);
        const auto mapping = map(guarded, page, make_signal());
        const UniqueFd fd = memory_fd(page);
        void* const bare = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
        [[maybe_unused]] const int cut = ::ftruncate(fd.get(), 0);
        store(static_cast<std::byte*>(bare), 1);
      },
      "");
}
TEST(SharedMapping, offsets_inside_a_page_are_possible) {
  const UniqueFd fd = memory_fd(3 * page);
  const char text[] = "here";
  ASSERT_EQ(::pwrite(fd.get(), text, sizeof(text), page + 100), ssize_t{sizeof(text)});
  const auto made = SharedMapping::create(fd, page + 100, page, make_signal(), "test memory");
  ASSERT_TRUE(made.has_value());
  EXPECT_STREQ(reinterpret_cast<const char*>((*made)->bytes().data()), text);
  EXPECT_TRUE((*made)->is_same(fd, page + 100, page));
  EXPECT_FALSE((*made)->is_same(fd, page, page));
  EXPECT_FALSE((*made)->is_same(memory_fd(3 * page), page + 100, page));
}

}  // namespace
}  // namespace outrigger::vhost_user
