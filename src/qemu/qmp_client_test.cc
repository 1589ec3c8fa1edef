// What QmpClient makes of a peer that answers on the socket but is no QEMU, or one that means harm: an error and the
// end of the connection, never the end of the daemon.
#include "qemu/qmp_client.h"
#include "core/kept_job.h"
#include "qemu/fake_qemu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace outrigger::qemu {
namespace {

using testing::HasSubstr;

std::string nested(size_t depth, char open, std::string_view inner, char close) {
  return std::string(depth, open).append(inner).append(std::string(depth, close));
}

TEST(QmpLine, takes_what_qemu_says) {
  const Result<Json> message = parse_line(R"({"return":[{"name":"a"}],"id":7})");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ((*message)["id"], 7);
}

TEST(QmpLine, takes_the_greatest_depth_and_refuses_one_more) {
  const size_t inside = json_depth_max - 1;
  EXPECT_TRUE(parse_line(R"({"return":)" + nested(inside, '[', "1", ']') + "}").has_value());
  const Result<Json> deeper = parse_line(R"({"return":)" + nested(inside + 1, '[', "1", ']') + "}");
  ASSERT_FALSE(deeper.has_value());
  EXPECT_THAT(deeper.error().what, HasSubstr("nested more than 64 deep"));
}

TEST(QmpLine, refuses_depth_whether_it_ends_or_not) {
  const size_t depth = line_bytes_max - 1;
  EXPECT_FALSE(parse_line(std::string(depth, '[')).has_value());
  EXPECT_FALSE(parse_line(nested(depth / 2, '[', "", ']')).has_value());
  std::string objects;
  while (objects.size() < depth) {
    objects += R"({"a":)";
  }
  EXPECT_FALSE(parse_line(objects).has_value());
}

TEST(QmpLine, brackets_in_strings_are_no_depth) {
  EXPECT_TRUE(parse_line(R"({"return":")" + std::string(1000, '[') + R"(\"["})").has_value());
}

TEST(QmpLine, says_what_is_no_object_and_shows_nothing_that_acts) {
  for (const char* line : {"", "[]", "17", "{", "SSH-2.0-\x1b[31m", "{\"a\":1}x"}) {
    const Result<Json> message = parse_line(line);
    ASSERT_FALSE(message.has_value()) << line;
    EXPECT_THAT(message.error().what, HasSubstr("not a JSON object"));
    EXPECT_EQ(message.error().what.find('\x1b'), std::string::npos);
  }
}

class QmpClientTest : public testing::Test {
 protected:
  QmpClientTest() {
    core::ReactorOptions options;
    options.uring_entries = 0;
    auto made = core::Reactor::create(options, clock_);
    reactor_ = std::move(*made);
    reactor_->run_turn();
    client_ = QmpClient::make(*reactor_, qemu_.path());
  }

  template <typename T>
  T run(core::Job<T> job) {
    std::optional<T> outcome;
    core::spawn(core::keep(std::move(job), &outcome));
    const uint64_t end_ns = clock_.now_ns() + 100 * second_ns;
    while (!outcome.has_value() && clock_.now_ns() < end_ns) {
      reactor_->run_turn();
      qemu_.serve();
      clock_.advance(second_ns / 1000);
    }
    EXPECT_TRUE(outcome.has_value()) << "the job hangs";
    return std::move(*outcome);
  }

  core::ManualClock clock_;
  std::unique_ptr<core::Reactor> reactor_;
  FakeQemu qemu_;
  std::shared_ptr<QmpClient> client_;
};

TEST_F(QmpClientTest, deep_nesting_ends_the_connection_and_nothing_else) {
  ASSERT_TRUE(run(client_->open()).has_value());
  qemu_.raw_answer = R"({"id":2,"return":)" + nested(1'900'000, '[', "", ']') + "}";
  qemu_.faults["query-chardev"] = Fault::Raw;
  const Json none;
  const Result<Json> outcome = run(client_->execute("query-chardev", none));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Code::Internal);
  EXPECT_THAT(outcome.error().what, HasSubstr("nested more than 64 deep"));
  EXPECT_FALSE(client_->is_open());
}

TEST_F(QmpClientTest, a_deep_greeting_is_refused) {
  qemu_.greeting = R"({"QMP":)" + nested(100'000, '[', "", ']') + "}";
  const Result<void> outcome = run(client_->open());
  ASSERT_FALSE(outcome.has_value());
  EXPECT_THAT(outcome.error().what, HasSubstr("does not speak QMP"));
}

TEST_F(QmpClientTest, a_line_without_end_is_refused) {
  ASSERT_TRUE(run(client_->open()).has_value());
  qemu_.raw_answer = std::string(line_bytes_max + receive_chunk_bytes, 'x');
  qemu_.faults["query-chardev"] = Fault::Raw;
  const Json none;
  const Result<Json> outcome = run(client_->execute("query-chardev", none));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_THAT(outcome.error().what, HasSubstr("a line of more than"));
}

}  // namespace
}  // namespace outrigger::qemu
