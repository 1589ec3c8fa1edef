// The parser: every request in its right form, and what is said of wrong ones.
#include "vhost_user/message.h"

#include "vhost_user/scripted_front_end.h"

#include <gtest/gtest.h>

namespace outrigger::vhost_user {
namespace {

Header header_of(RequestId id, size_t size, uint32_t flags = header_flag::Version1) {
  return {static_cast<uint32_t>(id), flags, static_cast<uint32_t>(size)};
}
FdList fds(size_t count) {
  FdList list;
  for (size_t i = 0; i < count; ++i) {
    list.fds[list.count++] = event_fd();
  }
  return list;
}
template <typename T>
Result<Message> parse_value(RequestId id, const T& value, size_t fd_count = 0) {
  const auto bytes = ScriptedFrontEnd::bytes_of(value);
  return parse(header_of(id, bytes.size()), bytes, fds(fd_count));
}

TEST(Header, only_version_1_is_accepted) {
  EXPECT_TRUE(check_header(header_of(RequestId::GetFeatures, 0)).has_value());
  for (const uint32_t version : {0U, 2U, 3U}) {
    EXPECT_FALSE(check_header(header_of(RequestId::GetFeatures, 0, version)).has_value()) << version;
  }
}
TEST(Header, a_reply_that_nobody_asked_for_is_refused) {
  EXPECT_FALSE(check_header(header_of(RequestId::GetFeatures, 0, 0x5)).has_value());
}
TEST(Header, need_reply_is_allowed_and_reserved_flags_are_not) {
  EXPECT_TRUE(check_header(header_of(RequestId::SetOwner, 0, 0x9)).has_value());
  EXPECT_FALSE(check_header(header_of(RequestId::SetOwner, 0, 0x11)).has_value());
  EXPECT_FALSE(check_header(header_of(RequestId::SetOwner, 0, 0x80000001)).has_value());
}
TEST(Header, a_payload_longer_than_any_request_is_refused) {
  EXPECT_TRUE(check_header(header_of(RequestId::SetConfig, payload_bytes_max)).has_value());
  EXPECT_FALSE(check_header(header_of(RequestId::SetConfig, payload_bytes_max + 1)).has_value());
  EXPECT_FALSE(check_header(header_of(RequestId::SetConfig, UINT32_MAX)).has_value());
}

TEST(Parse, an_unknown_request_is_unimplemented_and_named_by_number) {
  const auto parsed = parse({.request = 28, .flags = 1, .size = 0}, {}, {});
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, Code::Unimplemented);
  EXPECT_NE(parsed.error().what.find("28"), std::string::npos);
}
TEST(Parse, a_u64_request_takes_eight_bytes) {
  const auto parsed = parse_value(RequestId::SetFeatures, uint64_t{0x123456789});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(std::get<uint64_t>(parsed->payload), 0x123456789U);
  EXPECT_FALSE(parse_value(RequestId::SetFeatures, uint32_t{1}).has_value());
  EXPECT_FALSE(parse_value(RequestId::SetFeatures, VringAddress{}).has_value());
}
TEST(Parse, need_reply_is_reported) {
  EXPECT_FALSE(parse(header_of(RequestId::SetOwner, 0), {}, {})->needs_reply);
  EXPECT_TRUE(parse(header_of(RequestId::SetOwner, 0, 0x9), {}, {})->needs_reply);
}
TEST(Parse, descriptors_where_none_belong_are_refused_and_closed) {
  FdList list = fds(1);
  const int fd = list.fds[0].get();
  EXPECT_FALSE(parse(header_of(RequestId::GetFeatures, 0), {}, std::move(list)).has_value());
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}
TEST(Parse, set_mem_table_needs_a_descriptor_for_each_region) {
  MemoryTableDescription table;
  table.region_count = 2;
  const auto bytes = ScriptedFrontEnd::bytes_of(table).first(8 + 2 * 32);
  const auto header = header_of(RequestId::SetMemTable, bytes.size());
  EXPECT_TRUE(parse(header, bytes, fds(2)).has_value());
  EXPECT_FALSE(parse(header, bytes, fds(1)).has_value());
  EXPECT_FALSE(parse(header, bytes, fds(3)).has_value());
  EXPECT_TRUE(parse_value(RequestId::SetMemTable, table, 2).has_value()) << "all eight places may be sent";
}
TEST(Parse, set_mem_table_with_a_count_that_lies_is_refused) {
  MemoryTableDescription table;
  table.region_count = 9;
  EXPECT_FALSE(parse_value(RequestId::SetMemTable, table, 9).has_value());
  table.region_count = UINT32_MAX;
  EXPECT_FALSE(parse_value(RequestId::SetMemTable, table, 1).has_value());
  table.region_count = 3;
  const auto bytes = ScriptedFrontEnd::bytes_of(table).first(8 + 2 * 32);
  EXPECT_FALSE(parse(header_of(RequestId::SetMemTable, bytes.size()), bytes, fds(3)).has_value());
  EXPECT_FALSE(parse(header_of(RequestId::SetMemTable, 4), bytes.first(4), {}).has_value());
}
TEST(Parse, vring_fd_agrees_with_its_no_fd_flag) {
  const auto with = parse_value(RequestId::SetVringKick, uint64_t{7}, 1);
  ASSERT_TRUE(with.has_value());
  EXPECT_EQ(std::get<VringFd>(with->payload).index, 7);
  EXPECT_TRUE(std::get<VringFd>(with->payload).has_fd);
  const auto without = parse_value(RequestId::SetVringCall, uint64_t{7 | 0x100}, 0);
  ASSERT_TRUE(without.has_value());
  EXPECT_FALSE(std::get<VringFd>(without->payload).has_fd);
  EXPECT_FALSE(parse_value(RequestId::SetVringKick, uint64_t{7}, 0).has_value());
  EXPECT_FALSE(parse_value(RequestId::SetVringErr, uint64_t{7 | 0x100}, 1).has_value());
  EXPECT_FALSE(parse_value(RequestId::SetVringKick, uint64_t{0x200}, 1).has_value());
}
TEST(Parse, get_config_bounds_offset_and_size) {
  ConfigDescription config;
  config.header = {.offset = 0, .size = 256, .flags = 0};
  EXPECT_TRUE(parse_value(RequestId::GetConfig, config).has_value());
  config.header = {.offset = 200, .size = 57, .flags = 0};
  EXPECT_FALSE(parse_value(RequestId::GetConfig, config).has_value());
  config.header = {.offset = UINT32_MAX, .size = 2, .flags = 0};
  EXPECT_FALSE(parse_value(RequestId::GetConfig, config).has_value());
  config.header = {.offset = 0, .size = UINT32_MAX, .flags = 0};
  EXPECT_FALSE(parse_value(RequestId::GetConfig, config).has_value());
  config.header = {.offset = 0, .size = 60, .flags = 0};
  const auto bytes = ScriptedFrontEnd::bytes_of(config);
  EXPECT_TRUE(parse(header_of(RequestId::GetConfig, 72), bytes.first(72), {}).has_value());
  EXPECT_FALSE(parse(header_of(RequestId::GetConfig, 71), bytes.first(71), {}).has_value());
  EXPECT_FALSE(parse(header_of(RequestId::GetConfig, 11), bytes.first(11), {}).has_value());
}
TEST(Parse, inflight_comes_with_or_without_tail_padding) {
  const InflightDescription inflight{.mmap_size = 1, .mmap_offset = 2, .queue_count = 3, .queue_size = 4};
  const auto bytes = ScriptedFrontEnd::bytes_of(inflight);
  for (const size_t size : {20UL, 24UL}) {
    const auto parsed = parse(header_of(RequestId::GetInflightFd, size), bytes.first(size), {});
    ASSERT_TRUE(parsed.has_value()) << size;
    EXPECT_EQ(std::get<InflightDescription>(parsed->payload).queue_size, 4);
  }
  EXPECT_FALSE(parse(header_of(RequestId::GetInflightFd, 22), bytes.first(22), {}).has_value());
  EXPECT_FALSE(parse_value(RequestId::SetInflightFd, inflight, 0).has_value());
  EXPECT_TRUE(parse_value(RequestId::SetInflightFd, inflight, 1).has_value());
}
TEST(Parse, every_request_refuses_every_wrong_length_without_harm) {
  std::array<std::byte, payload_bytes_max> bytes{};
  for (uint32_t request = 0; request < 50; ++request) {
    for (size_t size = 0; size <= bytes.size(); ++size) {
      for (const size_t fd_count : {0UL, 1UL}) {
        const auto parsed =
            parse({request, 1, static_cast<uint32_t>(size)}, std::span(bytes).first(size), fds(fd_count));
        EXPECT_TRUE(parsed.has_value() || !parsed.error().what.empty());
      }
    }
  }
}
TEST(OwnReply, set_log_base_has_one_with_log_shmfd_only) {
  EXPECT_FALSE(has_own_reply(RequestId::SetLogBase, 0));
  EXPECT_TRUE(has_own_reply(RequestId::SetLogBase, bit(ProtocolFeature::LogShmfd)));
  EXPECT_TRUE(has_own_reply(RequestId::GetVringBase, 0));
  EXPECT_FALSE(has_own_reply(RequestId::SetOwner, ~0ULL));
}

}  // namespace
}  // namespace outrigger::vhost_user
