// Where a target listens, as people write it.
#include "cli/remote.h"

#include <gtest/gtest.h>

namespace outrigger::cli {
namespace {

TEST(Target, has_a_port_or_the_usual_one) {
  const struct {
    const char* text;
    const char* traddr;
    int64_t trsvcid;
    bool is_ipv6;
  } cases[] = {{"192.0.2.1", "192.0.2.1", 4420, false},
               {"192.0.2.1:8009", "192.0.2.1", 8009, false},
               {"[2001:db8::1]", "2001:db8::1", 4420, true},
               {"[2001:db8::1]:65535", "2001:db8::1", 65535, true},
               {"2001:db8::1", "2001:db8::1", 4420, true}};
  for (const auto& [text, traddr, trsvcid, is_ipv6] : cases) {
    const auto parsed = parse_target(text);
    ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().what;
    EXPECT_EQ(parsed->traddr, traddr) << text;
    EXPECT_EQ(parsed->trsvcid, trsvcid) << text;
    EXPECT_EQ(parsed->is_ipv6, is_ipv6) << text;
  }
}

TEST(Target, is_refused_where_it_is_none) {
  for (const char* text : {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:44x", "192.0.2.1:-1",
                           "[2001:db8::1", "[2001:db8::1]:", "[2001:db8::1]4420"}) {
    const auto parsed = parse_target(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, Code::InvalidArgument) << text;
  }
}

}  // namespace
}  // namespace outrigger::cli
