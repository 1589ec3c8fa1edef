// Requests of a virtio-blk driver (virtio 1.2, §5.2.6), through rings of both formats.
#include "virtio/blk_rig.h"

#include "block/memory_device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace outrigger::virtio {
namespace {

using block::Op;
using model::Arena;
using model::Buffer;
using Seen = model::RecordingDevice::Seen;

constexpr uint8_t status_ok = 0;
constexpr uint8_t status_ioerr = 1;
constexpr uint8_t status_unsupp = 2;

template <typename Driver>
class BlkRequests : public testing::Test {
 protected:
  ~BlkRequests() override { stop(); }
  // Also at the end of tests whose block device goes away first.
  void stop() {
    if (blk_ && blk_->is_queue_running(0)) {
      rig_.run(blk_->stop_queue(0));
    }
    blk_.reset();
  }
  void start(block::Device& device, BlkOptions options = {}, uint64_t without_features = 0) {
    blk_.emplace("disk", device, *rig_.reactor, std::vector<core::Reactor*>{rig_.reactor.get()}, std::move(options));
    const uint64_t features =
        (blk_->features() & ~feature::RingPacked & ~without_features) | Driver::format_features;
    blk_->set_features(features);
    ASSERT_TRUE(rig_.run(blk_->set_memory({arena_.memory(), nullptr})).has_value());
    driver_.emplace(arena_, features);
    const auto started = rig_.run(blk_->start_queue(0, driver_->setup()));
    ASSERT_TRUE(started.has_value()) << started.error().what;
  }
  typename model::BlkDriver<Driver>::Answer run(uint16_t id) {
    for (int i = 0; i < 100; ++i) {
      rig_.turn();
      if (const auto answer = driver_->answer(id)) {
        return *answer;
      }
    }
    ADD_FAILURE() << "no answer";
    return {0xff, 0};
  }
  auto request(uint32_t type, uint64_t sector, std::span<const Buffer> data, bool is_indirect = false) {
    return run(driver_->submit(type, sector, data, is_indirect));
  }
  uint8_t status_of(uint32_t type, uint64_t sector, std::initializer_list<Buffer> data) {
    return request(type, sector, std::span(data.begin(), data.size())).status;
  }
  // A discard or write-zeroes request with these ranges.
  uint8_t ranges(uint32_t type, std::initializer_list<BlkRange> list, uint32_t extra_bytes = 0) {
    const uint64_t at = arena_.allocate(list.size() * 16 + 64);
    uint64_t next = at;
    for (const BlkRange& range : list) {
      arena_.at<BlkRange>(next) = range;
      next += 16;
    }
    return status_of(type, 0, {{at, static_cast<uint32_t>(list.size() * 16) + extra_bytes, false}});
  }

  model::Rig rig_;
  Arena arena_;
  model::RecordingDevice recording_{model::full_geometry()};
  std::optional<Blk> blk_;
  std::optional<model::BlkDriver<Driver>> driver_;
};

using Drivers = testing::Types<model::SplitDriver, model::PackedDriver>;
TYPED_TEST_SUITE(BlkRequests, Drivers);

TYPED_TEST(BlkRequests, S5_2_6_what_was_written_is_read_back) {
  auto device = block::MemoryDevice::create("memory", {.block_size = 512, .block_count = 4096});
  ASSERT_TRUE(device.has_value());
  this->start(**device);
  Arena& arena = this->arena_;
  for (const bool is_indirect : {false, true}) {
    const uint64_t out = arena.allocate(8192, 512);
    const uint64_t in = arena.allocate(8192, 512);
    for (uint64_t i = 0; i < 8192; ++i) {
      arena.at<uint8_t>(out + i) = static_cast<uint8_t>(i * 7 + (is_indirect ? 1 : 0));
    }
    const std::array write{Buffer{out, 4096, false}, Buffer{out + 4096, 1024, false}, Buffer{out + 5120, 3072, false}};
    const auto written = this->request(blk_type::Out, 100, write, is_indirect);
    EXPECT_EQ(written.status, status_ok);
    EXPECT_EQ(written.used_length, 1U);
    // §2.7.4.1: the same bytes, cut differently, across no block boundary.
    const std::array read{Buffer{in, 100, true}, Buffer{in + 100, 8092, true}};
    const auto got = this->request(blk_type::In, 100, read, is_indirect);
    EXPECT_EQ(got.status, status_ok);
    EXPECT_EQ(got.used_length, 8193U);
    EXPECT_TRUE(std::equal(arena.host(out), arena.host(out) + 8192, arena.host(in)));
  }
  const QueueCounters& counters = this->blk_->queue_counters(0);
  EXPECT_EQ(counters.requests.load(), 4U);
  EXPECT_EQ(counters.bytes_read.load(), 16384U);
  EXPECT_EQ(counters.bytes_written.load(), 16384U);
  EXPECT_EQ(counters.errors.load(), 0U);
  this->stop();
}

TYPED_TEST(BlkRequests, S2_7_4_1_header_and_status_may_be_cut_anywhere) {
  auto device = block::MemoryDevice::create("memory", {.block_size = 512, .block_count = 4096});
  ASSERT_TRUE(device.has_value());
  this->start(**device);
  Arena& arena = this->arena_;
  const uint64_t at = arena.allocate(2048, 16);
  arena.at<BlkRequestHeader>(at) = {blk_type::Out, 0, 5};
  std::fill_n(arena.host(at + 16), 512, std::byte{0x5a});
  const uint64_t status = arena.allocate(1, 1);
  // The header in three pieces, the last one with the first data byte.
  const std::array write{Buffer{at, 3, false}, Buffer{at + 3, 9, false}, Buffer{at + 12, 5, false},
                         Buffer{at + 17, 511, false}, Buffer{status, 1, true}};
  EXPECT_EQ(this->run(this->driver_->submit_buffers(write, status)).status, status_ok);
  // Header and nothing else readable; data and status in one buffer.
  arena.at<BlkRequestHeader>(at) = {blk_type::In, 0, 5};
  const uint64_t in = arena.allocate(513);
  const std::array read{Buffer{at, 16, false}, Buffer{in, 513, true}};
  const auto answer = this->run(this->driver_->submit_buffers(read, in + 512));
  EXPECT_EQ(answer.status, status_ok);
  EXPECT_EQ(answer.used_length, 513U);
  EXPECT_TRUE(std::all_of(arena.host(in), arena.host(in) + 512, [](std::byte b) { return b == std::byte{0x5a}; }));
  // Everything the driver reads in one buffer: header and data.
  arena.at<BlkRequestHeader>(at) = {blk_type::Out, 0, 6};
  const std::array one{Buffer{at, 528, false}, Buffer{status, 1, true}};
  EXPECT_EQ(this->run(this->driver_->submit_buffers(one, status)).status, status_ok);
  this->stop();
}

TYPED_TEST(BlkRequests, S5_2_6_many_segments) {
  auto device = block::MemoryDevice::create("memory", {.block_size = 512, .block_count = 4096});
  ASSERT_TRUE(device.has_value());
  this->start(**device);
  std::vector<Buffer> write;
  std::vector<Buffer> read;
  for (uint32_t i = 0; i < 126; ++i) {
    const uint64_t from = this->arena_.allocate(512);
    std::fill_n(this->arena_.host(from), 512, static_cast<std::byte>(i));
    write.push_back({from, 512, false});
    read.push_back({this->arena_.allocate(512), 512, true});
  }
  EXPECT_EQ(this->request(blk_type::Out, 0, write, true).status, status_ok);
  EXPECT_EQ(this->request(blk_type::In, 0, read, false).status, status_ok);
  for (uint32_t i = 0; i < 126; ++i) {
    EXPECT_EQ(*this->arena_.host(read[i].address + 511), static_cast<std::byte>(i));
  }
  this->stop();
}

TYPED_TEST(BlkRequests, S5_2_6_get_id) {
  this->start(this->recording_, {.serial = "an-id-of-exactly-20b"});
  const uint64_t at = this->arena_.allocate(64);
  const std::array whole{Buffer{at, 5, true}, Buffer{at + 5, 15, true}};
  const auto answer = this->request(blk_type::GetId, 0, whole);
  EXPECT_EQ(answer.status, status_ok);
  EXPECT_EQ(answer.used_length, 21U);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(this->arena_.host(at)), 20), "an-id-of-exactly-20b");
  // A larger buffer keeps its end; a smaller one gets what fits.
  this->arena_.template at<uint8_t>(at + 40 + 4) = 0x77;
  EXPECT_EQ(this->status_of(blk_type::GetId, 0, {{at + 40, 4, true}}), status_ok);
  EXPECT_EQ(this->arena_.template at<uint8_t>(at + 40 + 4), 0x77);
}

TYPED_TEST(BlkRequests, S5_2_6_id_is_the_volumes_name_padded_with_zeroes) {
  this->start(this->recording_);
  const uint64_t at = this->arena_.allocate(20);
  std::fill_n(this->arena_.host(at), 20, std::byte{0xee});
  EXPECT_EQ(this->status_of(blk_type::GetId, 0, {{at, 20, true}}), status_ok);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(this->arena_.host(at)), 20),
            std::string("recording").append(11, '\0'));
}

TYPED_TEST(BlkRequests, S5_2_6_unknown_types_are_unsupported) {
  this->start(this->recording_);
  const uint64_t at = this->arena_.allocate(512);
  for (const uint32_t type : {2U, 3U, 6U, 7U, 10U, 12U, 14U, 15U, 26U, 0x80000000U, UINT32_MAX}) {
    EXPECT_EQ(this->status_of(type, 0, {{at, 512, true}}), status_unsupp) << type;
  }
  EXPECT_TRUE(this->recording_.seen.empty());
  EXPECT_EQ(this->blk_->queue_counters(0).errors.load(), 11U);
}

TYPED_TEST(BlkRequests, malformed_requests_get_an_error) {
  this->start(this->recording_);
  const uint64_t at = this->arena_.allocate(1024);
  const uint64_t last = this->recording_.block_count();
  EXPECT_EQ(this->status_of(blk_type::In, 0, {}), status_ioerr) << "no data";
  EXPECT_EQ(this->status_of(blk_type::Out, 0, {}), status_ioerr) << "no data";
  EXPECT_EQ(this->status_of(blk_type::In, 0, {{at, 511, true}}), status_ioerr) << "half a sector";
  EXPECT_EQ(this->status_of(blk_type::Out, 0, {{at, 513, false}}), status_ioerr);
  EXPECT_EQ(this->status_of(blk_type::In, last, {{at, 512, true}}), status_ioerr) << "past the end";
  EXPECT_EQ(this->status_of(blk_type::Out, last - 1, {{at, 1024, false}}), status_ioerr) << "over the end";
  EXPECT_EQ(this->status_of(blk_type::In, UINT64_MAX, {{at, 512, true}}), status_ioerr);
  EXPECT_EQ(this->status_of(blk_type::In, 1ULL << 55, {{at, 512, true}}), status_ioerr) << "wraps as bytes";
  EXPECT_EQ(this->status_of(blk_type::In, 0, {{Arena::hole_address, 512, true}}), status_ioerr) << "no such memory";
  EXPECT_EQ(this->status_of(blk_type::Out, 0, {{at, 512, true}}), status_ioerr) << "a write without data to read";
  EXPECT_TRUE(this->recording_.seen.empty());
}

TYPED_TEST(BlkRequests, a_request_without_a_status_byte_comes_back_empty) {
  this->start(this->recording_);
  const uint64_t header = this->arena_.allocate(16);
  const uint64_t elsewhere = this->arena_.allocate(1);
  this->arena_.template at<BlkRequestHeader>(header) = {blk_type::Flush, 0, 0};
  const std::array only_readable{Buffer{header, 16, false}};
  EXPECT_EQ(this->run(this->driver_->submit_buffers(only_readable, elsewhere)).used_length, 0U);
  const std::array short_header{Buffer{header, 15, false}, Buffer{elsewhere, 1, true}};
  EXPECT_EQ(this->run(this->driver_->submit_buffers(short_header, elsewhere)).status, status_ioerr);
  const std::array only_status{Buffer{elsewhere, 1, true}};
  EXPECT_EQ(this->run(this->driver_->submit_buffers(only_status, elsewhere)).status, status_ioerr);
  EXPECT_TRUE(this->recording_.seen.empty());
}

TYPED_TEST(BlkRequests, S2_7_8_2_a_failed_read_counts_no_bytes) {
  this->recording_.answer = block::Status::IoError;
  this->start(this->recording_);
  const std::array data{Buffer{this->arena_.allocate(512), 512, true}};
  const auto answer = this->request(blk_type::In, 0, data);
  EXPECT_EQ(answer.status, status_ioerr);
  EXPECT_EQ(answer.used_length, 0U);
  const std::array write{Buffer{data[0].address, 512, false}};
  EXPECT_EQ(this->request(blk_type::Out, 0, write).used_length, 1U);
}

TYPED_TEST(BlkRequests, sectors_smaller_than_a_block_are_refused) {
  model::RecordingDevice device(model::full_geometry(4096));
  this->start(device);
  const uint64_t at = this->arena_.allocate(8192);
  EXPECT_EQ(this->status_of(blk_type::In, 0, {{at, 512, true}}), status_ioerr);
  EXPECT_EQ(this->status_of(blk_type::In, 1, {{at, 4096, true}}), status_ioerr);
  EXPECT_EQ(this->status_of(blk_type::Out, 8, {{at, 4608, false}}), status_ioerr);
  EXPECT_TRUE(device.seen.empty());
  EXPECT_EQ(this->status_of(blk_type::In, 16, {{at, 8192, true}}), status_ok);
  EXPECT_EQ(device.seen, (std::vector<Seen>{{Op::Read, 0, 2, 2}}));
  EXPECT_EQ(this->ranges(blk_type::Discard, {{4, 8, 0}}), status_ioerr);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{8, 4, 0}}), status_ioerr);
  this->stop();
}

TYPED_TEST(BlkRequests, S5_2_6_2_read_only_devices_write_nothing) {
  this->start(this->recording_, {.is_read_only = true});
  const uint64_t at = this->arena_.allocate(512);
  EXPECT_EQ(this->status_of(blk_type::Out, 0, {{at, 512, false}}), status_ioerr);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{0, 8, 0}}), status_ioerr);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 0}}), status_ioerr);
  EXPECT_TRUE(this->recording_.seen.empty());
  EXPECT_EQ(this->status_of(blk_type::In, 0, {{at, 512, true}}), status_ok);
}

TYPED_TEST(BlkRequests, S5_2_6_2_flushes_reach_a_device_with_a_cache) {
  this->start(this->recording_);
  EXPECT_EQ(this->status_of(blk_type::Flush, 0, {}), status_ok);
  EXPECT_EQ(this->status_of(blk_type::FlushOut, 0, {}), status_ok);
  EXPECT_EQ(this->recording_.seen, (std::vector<Seen>{{Op::Flush, 0, 0, 0}, {Op::Flush, 0, 0, 0}}));
}

TYPED_TEST(BlkRequests, S5_2_6_2_writes_are_stable_when_the_driver_cannot_flush) {
  this->start(this->recording_, {}, blk_feature::Flush | blk_feature::ConfigWce);
  const uint64_t at = this->arena_.allocate(512);
  EXPECT_EQ(this->status_of(blk_type::Out, 3, {{at, 512, false}}), status_ok);
  EXPECT_EQ(this->status_of(blk_type::In, 3, {{at, 512, true}}), status_ok);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{0, 8, 0}, {16, 8, 0}}), status_ok);
  EXPECT_EQ(this->recording_.seen,
            (std::vector<Seen>{{Op::Write, block::flag::Fua, 3, 1},
                               {Op::Read, 0, 3, 1},
                               {Op::WriteZeroes, 0, 0, 8},
                               {Op::WriteZeroes, 0, 16, 8},
                               {Op::Flush, 0, 0, 0}}));
}

TYPED_TEST(BlkRequests, S5_2_6_2_writeback_toggles_while_requests_run) {
  this->start(this->recording_);
  const uint64_t at = this->arena_.allocate(512);
  const auto set_writeback = [this](uint8_t value) {
    const auto byte = static_cast<std::byte>(value);
    return this->blk_->write_config(offsetof(BlkConfigSpace, writeback), std::span(&byte, 1)).has_value();
  };
  EXPECT_EQ(this->status_of(blk_type::Out, 0, {{at, 512, false}}), status_ok);
  EXPECT_TRUE(set_writeback(0));
  EXPECT_EQ(this->status_of(blk_type::Out, 0, {{at, 512, false}}), status_ok);
  EXPECT_TRUE(set_writeback(1));
  EXPECT_EQ(this->status_of(blk_type::Out, 0, {{at, 512, false}}), status_ok);
  EXPECT_FALSE(set_writeback(2));
  EXPECT_EQ(this->recording_.seen, (std::vector<Seen>{{Op::Write, 0, 0, 1},
                                                      {Op::Write, block::flag::Fua, 0, 1},
                                                      {Op::Write, 0, 0, 1}}));
}

TYPED_TEST(BlkRequests, S5_2_6_discard_and_write_zeroes_with_many_ranges) {
  this->start(this->recording_);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 0}, {100, 1, 0}, {64, 0, 0}, {200, 16, 0}}), status_ok);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{8, 8, 1}, {16, 8, 0}}), status_ok);
  EXPECT_EQ(this->recording_.seen, (std::vector<Seen>{{Op::Discard, 0, 0, 8},
                                                      {Op::Discard, 0, 100, 1},
                                                      {Op::Discard, 0, 200, 16},
                                                      {Op::WriteZeroes, block::flag::MayUnmap, 8, 8},
                                                      {Op::WriteZeroes, 0, 16, 8}}));
}

TYPED_TEST(BlkRequests, S5_2_6_ranges_that_finish_later) {
  this->recording_.holds = true;
  this->start(this->recording_);
  const uint64_t at = this->arena_.allocate(48);
  for (uint64_t i = 0; i < 3; ++i) {
    this->arena_.template at<BlkRange>(at + 16 * i) = {i * 8, 8, 0};
  }
  const std::array data{Buffer{at, 48, false}};
  const uint16_t id = this->driver_->submit(blk_type::Discard, 0, data);
  for (size_t i = 1; i <= 3; ++i) {
    this->rig_.turn(2);
    EXPECT_EQ(this->recording_.seen.size(), i) << "one after the other";
    EXPECT_FALSE(this->driver_->answer(id).has_value());
    this->recording_.complete_one();
  }
  EXPECT_EQ(this->run(id).status, status_ok);
  // The first error ends it.
  const uint16_t failing = this->driver_->submit(blk_type::Discard, 0, data);
  this->rig_.turn(2);
  this->recording_.complete_one(block::Status::NoSpace);
  EXPECT_EQ(this->run(failing).status, status_ioerr);
  EXPECT_EQ(this->recording_.seen.size(), 4U);
}

TYPED_TEST(BlkRequests, S5_2_6_2_flags_of_ranges) {
  this->start(this->recording_);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 1}}), status_unsupp) << "unmap is for write zeroes";
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 2}}), status_unsupp);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{0, 8, 0}, {8, 8, 3}}), status_unsupp);
  EXPECT_TRUE(this->recording_.seen.empty()) << "nothing is done of a request that is refused";
}

TYPED_TEST(BlkRequests, S5_2_6_malformed_ranges) {
  this->start(this->recording_);
  EXPECT_EQ(this->ranges(blk_type::Discard, {}), status_ioerr) << "none";
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 0}}, 8), status_ioerr) << "one and a half";
  const uint64_t at = this->arena_.allocate(16 * (blk_ranges_max + 1));
  EXPECT_EQ(this->status_of(blk_type::Discard, 0, {{at, 16 * (blk_ranges_max + 1), false}}), status_ioerr)
      << "more than max_discard_seg";
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{UINT64_MAX, 8, 0}}), status_ioerr);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{2047, 8, 0}}), status_ioerr) << "over the end";
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, UINT32_MAX, 0}}), status_ioerr);
  EXPECT_TRUE(this->recording_.seen.empty());
}

TYPED_TEST(BlkRequests, large_ranges_are_cut_for_the_device) {
  block::Geometry geometry = model::full_geometry();
  geometry.discard_blocks_max = 100;
  model::RecordingDevice device(geometry);
  this->start(device);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{10, 250, 0}, {400, 100, 0}}), status_ok);
  EXPECT_EQ(device.seen, (std::vector<Seen>{{Op::Discard, 0, 10, 100},
                                            {Op::Discard, 0, 110, 100},
                                            {Op::Discard, 0, 210, 50},
                                            {Op::Discard, 0, 400, 100}}));
  this->stop();
}

TYPED_TEST(BlkRequests, S5_2_6_2_what_was_not_negotiated_is_unsupported) {
  this->start(this->recording_, {}, blk_feature::Discard);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 0}}), status_unsupp);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{0, 8, 0}}), status_ok);
  this->stop();
  this->start(this->recording_, {}, blk_feature::WriteZeroes | blk_feature::Flush);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 0}}), status_ok);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{0, 8, 0}}), status_unsupp);
  EXPECT_EQ(this->status_of(blk_type::Flush, 0, {}), status_ok) << "a flush harms nobody";
}

TYPED_TEST(BlkRequests, what_is_not_offered_is_unsupported) {
  block::Geometry geometry = model::full_geometry();
  geometry.can_discard = false;
  geometry.can_write_zeroes = false;
  model::RecordingDevice device(geometry);
  this->start(device);
  EXPECT_EQ(this->ranges(blk_type::Discard, {{0, 8, 0}}), status_unsupp);
  EXPECT_EQ(this->ranges(blk_type::WriteZeroes, {{0, 8, 0}}), status_unsupp);
  this->stop();
}

}  // namespace
}  // namespace outrigger::virtio
