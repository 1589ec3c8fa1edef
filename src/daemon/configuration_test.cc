#include "daemon/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrigger::daemon {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view text) {
  const auto parsed = parse_configuration(text, "test.toml");
  return parsed.has_value() ? "no error" : parsed.error().what;
}

TEST(Configuration, empty_file_gives_the_defaults) {
  const auto parsed = parse_configuration("", "test.toml");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->grpc, std::vector<std::string>{"127.0.0.1:50051"});
  EXPECT_EQ(parsed->idle_spin_us, 50U);
  EXPECT_EQ(parsed->socket_mode, 0600U) << "nobody else may connect unless it is said";
  EXPECT_FALSE(parsed->socket_group.has_value());
}

TEST(Configuration, every_key_is_taken) {
  const auto parsed = parse_configuration(R"(
[daemon]
state_directory = "/s"
run_directory = "/r"
log_level = "debug"
[vhost_user]
socket_mode = "0660"
socket_group = "root"
[cores]
data = [1, 3]
idle_spin_us = 7
buffer_mib = 16
[volumes]
malloc_mib = 512
[nvme_tcp]
connections_per_address = 9
discovery_controllers_per_address = 10
memory_mib = 2048
memory_per_address_mib = 300
[api]
grpc = ["127.0.0.1:1", "unix:/a.sock"]
rest = ""
tls = "c:k:ca"
allow_insecure = true
)",
                                          "test.toml");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  EXPECT_EQ(parsed->state_directory, "/s");
  EXPECT_EQ(parsed->run_directory, "/r");
  EXPECT_EQ(parsed->log_level, log::Level::Debug);
  EXPECT_EQ(parsed->socket_mode, 0660U);
  EXPECT_EQ(parsed->socket_group, 0U);
  EXPECT_EQ(parsed->data_cpus, (std::vector<int>{1, 3}));
  EXPECT_EQ(parsed->idle_spin_us, 7U);
  EXPECT_EQ(parsed->buffer_mib, 16U);
  EXPECT_EQ(parsed->malloc_mib, 512U);
  EXPECT_EQ(parsed->connections_per_address, 9U);
  EXPECT_EQ(parsed->discovery_controllers_per_address, 10U);
  EXPECT_EQ(parsed->nvme_memory_mib, 2048U);
  EXPECT_EQ(parsed->nvme_memory_per_address_mib, 300U);
  EXPECT_EQ(parsed->grpc.size(), 2U);
  EXPECT_TRUE(parsed->rest.empty());
  EXPECT_EQ(parsed->tls, "c:k:ca");
  EXPECT_TRUE(parsed->allow_insecure);
}

TEST(Configuration, typo_in_a_key_names_the_place_and_the_right_word) {
  EXPECT_EQ(error_of("[cores]\nidle_spin = 3\n"),
            "test.toml:2:13: unknown key 'idle_spin' in [cores]; did you mean 'idle_spin_us'?");
  EXPECT_THAT(error_of("[core]\n"), HasSubstr("did you mean 'cores'?"));
}

TEST(Configuration, wrong_values_say_what_is_right) {
  EXPECT_THAT(error_of("[daemon]\nlog_level = \"loud\"\n"), HasSubstr("debug, info, warning or error, got 'loud'"));
  EXPECT_THAT(error_of("[cores]\ndata = [1, 1]\n"), HasSubstr("names CPU 1 twice"));
  EXPECT_THAT(error_of("[cores]\nidle_spin_us = -1\n"), HasSubstr("whole number from 0 to 1000000"));
  EXPECT_THAT(error_of("[daemon]\nstate_directory = \"x\"\n"), HasSubstr("absolute path"));
  EXPECT_THAT(error_of("[api]\ntls = \"a:b\"\n"), HasSubstr("CERTIFICATE:KEY:CA"));
  EXPECT_THAT(error_of("[api]\ngrpc = []\n"), HasSubstr("at least one address"));
  EXPECT_THAT(error_of("[cores]\ndata = [0]\ndata_count = 1\n"), HasSubstr("exclude each other"));
}

TEST(Configuration, what_hosts_may_take) {
  EXPECT_THAT(error_of("[nvme_tcp]\nconnections_per_address = 0\n"), HasSubstr("whole number from 1 to 8192"));
  EXPECT_THAT(error_of("[nvme_tcp]\nconnections_per_address = 8193\n"), HasSubstr("whole number from 1 to 8192"));
  EXPECT_THAT(error_of("[nvme_tcp]\ndiscovery_controllers_per_address = 1025\n"), HasSubstr("from 1 to 1024"));
  EXPECT_THAT(error_of("[nvme_tcp]\nmemory_mib = 100\nmemory_per_address_mib = 101\n"),
              HasSubstr("memory_per_address_mib is 101, more than nvme_tcp.memory_mib, 100"));
  EXPECT_THAT(error_of("[nvme_tcp]\nmemory_mib = 15\n"), HasSubstr("nvme_tcp.memory_mib must be 0 or at least 16"));
  EXPECT_THAT(error_of("[nvme_tcp]\nmemory_per_address_mib = 3\n"),
              HasSubstr("nvme_tcp.memory_per_address_mib must be 0 or at least 4"));
  const auto least = parse_configuration("[nvme_tcp]\nmemory_mib = 16\nmemory_per_address_mib = 4\n", "test.toml");
  ASSERT_TRUE(least.has_value()) << least.error().what;
  EXPECT_EQ(least->nvme_memory_mib, 16U);
  EXPECT_TRUE(parse_configuration("[nvme_tcp]\nmemory_mib = 0\nmemory_per_address_mib = 0\n", "test.toml"));
}

TEST(Configuration, modes_and_groups_of_sockets) {
  for (const char* bad :
       {"\"0777\"", "\"0060\"", "\"rw\"", "\"\"", "\"00660\"", "\"0689\"", "\"-660\"", "432", "0o660"}) {
    EXPECT_THAT(error_of(std::string("[vhost_user]\nsocket_mode = ") + bad + "\n"),
                testing::AnyOf(HasSubstr("test.toml:2:15: vhost_user.socket_mode must be a mode from"),
                               HasSubstr("socket_mode must be a text in quotes")))
        << bad;
  }
  EXPECT_THAT(error_of("[vhost_user]\nsocket_group = \"no-such-group\"\n"),
              HasSubstr("names the group 'no-such-group', which this machine does not have"));
  const auto by_number = parse_configuration("[vhost_user]\nsocket_group = \"4711\"\n", "test.toml");
  ASSERT_TRUE(by_number.has_value()) << by_number.error().what;
  EXPECT_EQ(by_number->socket_group, 4711U);
}

TEST(Configuration, broken_syntax_names_the_place) { EXPECT_THAT(error_of("[daemon\n"), HasSubstr("test.toml:1:")); }

TEST(Configuration, only_plain_text_meets_the_parser) {
  EXPECT_THAT(error_of(std::string_view("[daemon]\n[\x01\0", 12)), HasSubstr("test.toml:2: the character 0x01"));
  EXPECT_THAT(error_of("\xef\xbb\xbd = 1"), HasSubstr("test.toml:1: the character 0xef is not plain ASCII"));
}

TEST(Configuration, other_characters_are_written_with_escapes) {
  const auto parsed = parse_configuration("[daemon]\nstate_directory = \"/caf\\u00e9\"\n", "test.toml");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  EXPECT_EQ(parsed->state_directory, "/caf\xc3\xa9");
}

TEST(Configuration, what_the_parser_asserts_on_is_an_error) {
  EXPECT_THAT(error_of("[\n][gr(pc ="), HasSubstr("test.toml: not valid TOML"));
}

TEST(Configuration, missing_file_is_said) {
  const auto read = read_configuration("/nonexistent/outriggerd.toml");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::NotFound);
  EXPECT_THAT(read.error().what, HasSubstr("/nonexistent/outriggerd.toml"));
}

}  // namespace
}  // namespace outrigger::daemon
