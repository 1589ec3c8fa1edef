// Encryption against a byte array, over random cuts of memory, few pages, failing devices and an engine that takes
// its time.
#include "volume/crypto.h"

#include "accel/software_engine.h"
#include "block/faulty_device.h"
#include "block/memory_device.h"
#include "block/null_device.h"
#include "block/test_rig.h"
#include "core/page_source.h"
#include "volume/limits.h"
#include "volume/qos.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace outrigger::volume {
namespace {

using accel::XtsCipher;
using block::MemoryDevice;
using block::Op;
using block::Status;
using block::TestCore;
using block::TestIo;
using Bytes = std::vector<std::byte>;

constexpr uint64_t device_bytes = 4 << 20;

Bytes random_bytes(core::Random& random, size_t count) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random.next());
  }
  return bytes;
}

Bytes key_of(XtsCipher cipher, uint64_t seed = 1) {
  core::Random random(seed);
  return random_bytes(random, accel::xts_key_bytes(cipher));
}

// An engine that completes nothing before it is told to, as a device beside the CPU would.
class LateEngine final : public accel::Engine {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "late"; }
  Result<std::unique_ptr<accel::XtsKey>> prepare(XtsCipher cipher, std::span<const std::byte> key) override {
    return engine_.prepare(cipher, key);
  }
  void submit(accel::Operation& operation) noexcept override { operations_.push_back(&operation); }
  bool complete_one(accel::Status status = accel::Status::Ok) {
    if (operations_.empty()) {
      return false;
    }
    accel::Operation* const operation = operations_.front();
    operations_.pop_front();
    if (status == accel::Status::Ok) {
      engine_.submit(*operation);
    } else {
      operation->status = status;
      operation->done(*operation);
    }
    return true;
  }
  static LateEngine* current;

 private:
  accel::SoftwareEngine engine_;
  std::deque<accel::Operation*> operations_;
};
LateEngine* LateEngine::current = nullptr;

struct Shape {
  XtsCipher cipher;
  uint32_t block_size;
  size_t pool_bytes;
};

class Crypto : public testing::TestWithParam<Shape> {
 protected:
  Crypto() : Crypto(GetParam()) {}
  explicit Crypto(const Shape& shape)
      : shape_(shape), core_(clock_, {.uring_entries = 0, .buffer_bytes = shape.pool_bytes}) {
    auto memory = MemoryDevice::create(
        "memory", {.block_size = shape.block_size, .block_count = device_bytes / shape.block_size});
    memory_ = std::move(*memory);
    faulty_ = std::make_unique<block::FaultyDevice>("faulty", *memory_, 5);
    auto crypto = CryptoDevice::create("secret", *faulty_, shape.cipher, key_of(shape.cipher));
    crypto_ = std::move(*crypto);
    channel_ = std::move(*crypto_->open_channel(core_.reactor()));
    below_ = std::move(*memory_->open_channel(core_.reactor()));
  }
  Status write(uint64_t lba, const Bytes& bytes) {
    TestIo io(Op::Write, lba, bytes.size() / shape_.block_size, bytes.size());
    io.fill(bytes);
    return io.run(*channel_, core_.reactor());
  }
  Bytes read(block::Channel& channel, uint64_t lba, size_t bytes) {
    TestIo io(Op::Read, lba, bytes / shape_.block_size, bytes);
    EXPECT_EQ(io.run(channel, core_.reactor()), Status::Ok);
    return {io.data().begin(), io.data().end()};
  }

  const Shape shape_;
  core::ManualClock clock_;
  TestCore core_;
  std::unique_ptr<MemoryDevice> memory_;
  std::unique_ptr<block::FaultyDevice> faulty_;
  std::unique_ptr<CryptoDevice> crypto_;
  std::unique_ptr<block::Channel> below_;
  std::unique_ptr<block::Channel> channel_;
};

INSTANTIATE_TEST_SUITE_P(Shapes, Crypto,
                         testing::Values(Shape{XtsCipher::Aes128, 512, 1 << 20}, Shape{XtsCipher::Aes256, 512, 32768},
                                         Shape{XtsCipher::Aes128, 4096, 16384}, Shape{XtsCipher::Aes256, 4096, 1 << 20},
                                         Shape{XtsCipher::Aes256, 1024, 0}));

TEST_P(Crypto, below_lies_what_the_standard_says_with_the_block_number_as_tweak) {
  core::Random random(2);
  const Bytes plain = random_bytes(random, 8 * 4096);
  constexpr uint64_t lba = 17;
  ASSERT_EQ(write(lba, plain), Status::Ok);
  Bytes expected(plain.size());
  accel::SoftwareEngine engine(accel::make_openssl_xts());
  const auto key = engine.prepare(shape_.cipher, key_of(shape_.cipher));
  accel::Operation operation;
  operation.key = key->get();
  operation.data_unit_bytes = shape_.block_size;
  operation.data_unit_number = lba;
  operation.source = plain.data();
  operation.destination = expected.data();
  operation.length_bytes = plain.size();
  operation.done = [](accel::Operation&) noexcept {};
  engine.submit(operation);
  EXPECT_EQ(read(*below_, lba, plain.size()), expected);
  EXPECT_EQ(read(*channel_, lba, plain.size()), plain);
}

TEST_P(Crypto, many_requests_cut_anywhere_leave_what_a_byte_array_holds) {
  core::Random random(3);
  const uint32_t block_size = shape_.block_size;
  const uint64_t block_count = device_bytes / block_size;
  // Everything has been written once, so that nothing reads as noise.
  Bytes model = random_bytes(random, device_bytes);
  ASSERT_EQ(write(0, model), Status::Ok);
  for (int round = 0; round < 60; ++round) {
    // Several at a time in ranges of their own; a few of them large.
    std::deque<TestIo> ios;
    const uint64_t region = block_count / 8;
    for (uint64_t i = 0; i < 8; ++i) {
      const uint64_t count = 1 + random.below(random.chance(8) ? region - 1 : 16);
      const uint64_t lba = i * region + random.below(region - count + 1);
      const uint64_t kind = random.below(8);
      const Op op = kind < 3 ? Op::Read : kind < 7 ? Op::Write : Op::WriteZeroes;
      const size_t bytes = op == Op::WriteZeroes ? 0 : count * block_size;
      TestIo& io = ios.emplace_back(op, lba, count, bytes, random.chance(2) ? random.below(700) : 0);
      if (bytes != 0) {
        constexpr size_t grains[] = {1, 16, 512, 4096};
        io.cut(random, 1 + random.below(9), grains[random.below(4)]);
      }
      if (op == Op::Write) {
        const Bytes data = random_bytes(random, bytes);
        io.fill(data);
      }
      io.submit(*channel_);
    }
    for (TestIo& io : ios) {
      while (!io.is_done()) {
        core_.reactor().run_turn();
      }
      ASSERT_EQ(io.status(), Status::Ok);
      const auto at = model.begin() + static_cast<ptrdiff_t>(io.request().lba * block_size);
      if (io.request().op == Op::Read) {
        ASSERT_TRUE(std::equal(io.data().begin(), io.data().end(), at)) << "round " << round;
      } else if (io.request().op == Op::Write) {
        std::copy(io.data().begin(), io.data().end(), at);
      } else {
        std::fill_n(at, io.request().block_count * block_size, std::byte{0});
      }
    }
  }
  EXPECT_EQ(read(*channel_, 0, device_bytes), model);
}

TEST_P(Crypto, a_write_does_not_change_the_writers_memory) {
  core::Random random(4);
  const Bytes plain = random_bytes(random, 64 * 4096);
  TestIo io(Op::Write, 0, plain.size() / shape_.block_size, plain.size(), 5);
  io.fill(plain);
  io.cut(random, 7);
  ASSERT_EQ(io.run(*channel_, core_.reactor()), Status::Ok);
  EXPECT_TRUE(std::ranges::equal(io.data(), plain));
}

TEST_P(Crypto, zeroes_do_not_show_below) {
  TestIo zeroes(Op::WriteZeroes, 0, device_bytes / shape_.block_size);
  ASSERT_EQ(zeroes.run(*channel_, core_.reactor()), Status::Ok);
  EXPECT_EQ(read(*channel_, 0, device_bytes), Bytes(device_bytes));
  const Bytes below = read(*below_, 0, device_bytes);
  for (size_t at = 0; at < below.size(); at += 16) {
    ASSERT_TRUE(std::any_of(below.begin() + static_cast<ptrdiff_t>(at), below.begin() + static_cast<ptrdiff_t>(at + 16),
                            [](std::byte byte) { return byte != std::byte{0}; }));
  }
}

TEST_P(Crypto, errors_below_travel_up_and_nothing_is_lost) {
  core::Random random(6);
  for (const Op op : {Op::Read, Op::Write}) {
    for (const block::Fault fault : {block::Fault::FailBefore, block::Fault::FailAfter}) {
      faulty_->clear_rules();
      faulty_->add_rule({.fault = fault, .op = op, .status = Status::NoSpace, .one_in = 3});
      std::deque<TestIo> ios;
      for (uint64_t i = 0; i < 64; ++i) {
        TestIo& io = ios.emplace_back(op, i * 16 * 4096 / shape_.block_size, 16 * 4096 / shape_.block_size, 16 * 4096U);
        io.submit(*channel_);
      }
      size_t failed = 0;
      for (TestIo& io : ios) {
        while (!io.is_done()) {
          core_.reactor().run_turn();
        }
        ASSERT_TRUE(io.status() == Status::Ok || io.status() == Status::NoSpace);
        failed += io.status() == Status::NoSpace ? 1U : 0U;
      }
      EXPECT_GT(failed, 0U);
    }
  }
  faulty_->clear_rules();
  const Bytes plain = random_bytes(random, device_bytes);
  ASSERT_EQ(write(0, plain), Status::Ok);
  EXPECT_EQ(read(*channel_, 0, device_bytes), plain);
}

TEST_P(Crypto, held_requests_use_up_the_pages_and_all_go_on_when_they_are_let_go) {
  core::Random random(7);
  faulty_->add_rule({.fault = block::Fault::Hold, .op = Op::Write});
  std::deque<TestIo> ios;
  std::vector<Bytes> contents;
  for (uint64_t i = 0; i < 100; ++i) {
    contents.push_back(random_bytes(random, 4 * 4096));
    TestIo& io = ios.emplace_back(Op::Write, i * 4 * 4096 / shape_.block_size, 4 * 4096 / shape_.block_size, 4 * 4096U);
    io.fill(contents.back());
    io.submit(*channel_);
  }
  TestIo flush(Op::Flush, 0, 0);
  EXPECT_EQ(flush.run(*channel_, core_.reactor()), Status::Ok);  // is not behind them
  while (!std::ranges::all_of(ios, &TestIo::is_done)) {
    ASSERT_GT(faulty_->held_count(), 0U) << "who waits has something under way";
    faulty_->release(core_.reactor());
    core_.reactor().run_turn();
  }
  faulty_->clear_rules();
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(ios[i].status(), Status::Ok);
    EXPECT_EQ(read(*channel_, i * 4 * 4096 / shape_.block_size, 4 * 4096), contents[i]);
  }
}

TEST_P(Crypto, stands_on_itself_on_one_pool) {
  auto outer = CryptoDevice::create("outer", *crypto_, XtsCipher::Aes256, key_of(XtsCipher::Aes256, 9));
  ASSERT_TRUE(outer.has_value());
  auto channel = (*outer)->open_channel(core_.reactor());
  ASSERT_TRUE(channel.has_value());
  faulty_->add_rule({.fault = block::Fault::Hold, .op = Op::Write, .one_in = 2});
  core::Random random(8);
  std::deque<TestIo> ios;
  Bytes all;
  for (uint64_t i = 0; i < 32; ++i) {
    const Bytes data = random_bytes(random, 16 * 4096);
    all.insert(all.end(), data.begin(), data.end());
    const uint64_t blocks = data.size() / shape_.block_size;
    TestIo& io = ios.emplace_back(Op::Write, i * blocks, blocks, data.size());
    io.fill(data);
    io.submit(**channel);
  }
  while (!std::ranges::all_of(ios, &TestIo::is_done)) {
    ASSERT_GT(faulty_->held_count(), 0U);
    faulty_->release(core_.reactor());
  }
  faulty_->clear_rules();
  EXPECT_EQ(read(**channel, 0, all.size()), all);
}

TEST_P(Crypto, an_engine_that_completes_later_gives_the_same) {
  LateEngine engine;
  LateEngine::current = &engine;
  channel_.reset();
  auto late = CryptoDevice::create("late", *memory_, shape_.cipher, key_of(shape_.cipher),
                                   [](core::Reactor&) -> accel::Engine& { return *LateEngine::current; });
  ASSERT_TRUE(late.has_value());
  auto channel = (*late)->open_channel(core_.reactor());
  ASSERT_TRUE(channel.has_value());
  core::Random random(10);
  const Bytes plain = random_bytes(random, 512 << 10);
  TestIo out(Op::Write, 8, plain.size() / shape_.block_size, plain.size());
  out.fill(plain);
  out.cut(random, 9);
  out.submit(**channel);
  while (engine.complete_one()) {
  }
  ASSERT_TRUE(out.is_done());
  TestIo in(Op::Read, 8, plain.size() / shape_.block_size, plain.size());
  in.cut(random, 9);
  in.submit(**channel);
  EXPECT_FALSE(in.is_done());
  while (engine.complete_one()) {
  }
  ASSERT_TRUE(in.is_done());
  EXPECT_TRUE(std::ranges::equal(in.data(), plain));
  TestIo failing(Op::Read, 8, 1, shape_.block_size);
  failing.submit(**channel);
  ASSERT_TRUE(engine.complete_one(accel::Status::Failed));
  EXPECT_EQ(failing.status(), Status::IoError);
}

TEST_P(Crypto, the_key_is_replaced_only_while_nobody_uses_it) {
  const Bytes other = key_of(XtsCipher::Aes256, 77);
  EXPECT_TRUE(crypto_->has_key(shape_.cipher, key_of(shape_.cipher)));
  const auto refused = crypto_->replace_key(XtsCipher::Aes256, other);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
  core::Random random(11);
  const Bytes plain = random_bytes(random, 4096);
  ASSERT_EQ(write(0, plain), Status::Ok);
  channel_.reset();
  EXPECT_FALSE(crypto_->replace_key(XtsCipher::Aes256, Bytes(64)).has_value());  // equal halves
  EXPECT_TRUE(crypto_->has_key(shape_.cipher, key_of(shape_.cipher)));
  ASSERT_TRUE(crypto_->replace_key(XtsCipher::Aes256, other).has_value());
  EXPECT_TRUE(crypto_->has_key(XtsCipher::Aes256, other));
  channel_ = std::move(*crypto_->open_channel(core_.reactor()));
  EXPECT_NE(read(*channel_, 0, 4096), plain);
  ASSERT_EQ(write(0, plain), Status::Ok);
  EXPECT_EQ(read(*channel_, 0, 4096), plain);
}

TEST_P(Crypto, geometry_and_size_follow_the_device_below) {
  const block::Geometry geometry = crypto_->geometry();
  EXPECT_EQ(geometry.block_size, shape_.block_size);
  EXPECT_TRUE(geometry.can_write_zeroes);
  EXPECT_TRUE(geometry.can_discard);
  EXPECT_FALSE(geometry.can_compare_and_write);
  EXPECT_FALSE(geometry.can_copy);
  ASSERT_TRUE(memory_->resize(99).has_value());
  EXPECT_EQ(crypto_->block_count(), 99U);
  TestIo discard(Op::Discard, 0, 1);
  EXPECT_EQ(discard.run(*channel_, core_.reactor()), Status::Ok);
}

TEST(CryptoDevice, zeroes_of_any_size_leave_the_core_to_others_in_every_turn) {
  core::ManualClock clock;
  TestCore core(clock, {.uring_entries = 0, .buffer_bytes = 4U << 20});
  block::Geometry geometry;
  geometry.block_size = 4096;
  geometry.block_count = 1ULL << 40;
  block::NullDevice below("null", geometry);
  auto crypto = std::move(*CryptoDevice::create("secret", below, XtsCipher::Aes256, key_of(XtsCipher::Aes256)));
  auto channel = std::move(*crypto->open_channel(core.reactor()));
  const auto bytes_below = [&] {
    return below.counter_sums().by_class[static_cast<size_t>(block::OpClass::Write)].bytes;
  };

  constexpr uint64_t zeroes_bytes = 64ULL << 20;
  TestIo huge(Op::WriteZeroes, 0, zeroes_bytes / 4096);
  TestIo huge_too(Op::WriteZeroes, 0, zeroes_bytes / 4096);
  huge.submit(*channel);
  huge_too.submit(*channel);
  constexpr uint64_t job_bytes = crypto_job_pages_max * core::PageSource::page_bytes;
  EXPECT_LE(bytes_below(), crypto_zeroes_bytes_per_turn_max + job_bytes);
  TestIo read(Op::Read, 0, 1, 4096);
  read.submit(*channel);
  EXPECT_TRUE(read.is_done()) << "the neighbour does not wait for the zeroes";

  uint64_t turns = 0;
  while (!huge.is_done() || !huge_too.is_done()) {
    const uint64_t before = bytes_below();
    clock.advance(1000);
    core.reactor().run_turn();
    ASSERT_LE(bytes_below() - before, crypto_zeroes_bytes_per_turn_max + job_bytes);
    ASSERT_LT(++turns, 1000U);
  }
  EXPECT_EQ(bytes_below(), 2 * zeroes_bytes);
}

// Its jobs wait at a rate limit below, and more of it waits for their pages.
TEST(CryptoDevice, what_nobody_wants_any_more_begins_nothing_below) {
  core::ManualClock clock;
  TestCore core(clock, {.uring_entries = 0, .buffer_bytes = 64U << 10});
  auto memory = std::move(*MemoryDevice::create("memory", {.block_size = 4096, .block_count = 1024}));
  auto limited = std::move(*QosDevice::create("limited", *memory, {.write_bytes_per_s = 4096}, clock));
  auto crypto = std::move(*CryptoDevice::create("secret", *limited, XtsCipher::Aes256, key_of(XtsCipher::Aes256)));
  auto channel = std::move(*crypto->open_channel(core.reactor()));
  std::deque<TestIo> ios;
  for (uint64_t i = 0; i < 8; ++i) {
    ios.emplace_back(Op::Write, 64 * i, 64, 64U * 4096).submit(*channel);
  }
  ASSERT_FALSE(ios.front().is_done());
  const auto bytes_below = [&] {
    return memory->counter_sums().by_class[static_cast<size_t>(block::OpClass::Write)].bytes;
  };
  const uint64_t before = bytes_below();
  for (TestIo& io : ios) {
    io.request().flags = block::flag::Abandoned;
  }
  channel->abandon();
  for (const TestIo& io : ios) {
    EXPECT_TRUE(io.is_done());
    EXPECT_EQ(io.status(), Status::Aborted);
  }
  EXPECT_EQ(bytes_below(), before);
  // Nothing of it holds pages, or a place at the limit.
  TestIo wanted(Op::Write, 0, 1, 4096);
  wanted.submit(*channel);
  for (int i = 0; i < 2000 && !wanted.is_done(); ++i) {
    clock.advance(100'000'000);
    core.reactor().run_turn();
  }
  EXPECT_TRUE(wanted.is_done());
  EXPECT_EQ(bytes_below(), before + 4096);
}

TEST(CryptoDevice, refuses_bad_keys_without_showing_them_and_blocks_larger_than_a_page) {
  core::ManualClock clock;
  auto memory = MemoryDevice::create("memory", {.block_size = 8192, .block_count = 16});
  ASSERT_TRUE(memory.has_value());
  const auto large = CryptoDevice::create("secret", **memory, XtsCipher::Aes128, key_of(XtsCipher::Aes128));
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code, Code::FailedPrecondition);
  const Bytes text(31, std::byte{'k'});
  const auto length = CryptoDevice::create("secret", **memory, XtsCipher::Aes128, text);
  ASSERT_FALSE(length.has_value());
  EXPECT_EQ(length.error().code, Code::InvalidArgument);
  EXPECT_EQ(length.error().what.find("kkk"), std::string::npos);
}

}  // namespace
}  // namespace outrigger::volume
