#include "apply/small_file.h"

#include "apply/health_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace outrigger::apply {
namespace {

class SmallFile : public ::testing::Test {
 protected:
  SmallFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "outrigger-small-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    directory = root_ + "/made";
  }
  ~SmallFile() override { std::filesystem::remove_all(root_); }
  std::string directory;

 private:
  std::string root_;
};

TEST_F(SmallFile, is_there_whole_and_replaced_whole) {
  EXPECT_EQ(read_small_file(directory, "one").error().code, Code::NotFound);
  EXPECT_EQ(read_small_file_or_nothing(directory, "one").value(), "");
  ASSERT_TRUE(write_small_file(directory, "one", "first").has_value());
  EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms::owner_all);
  EXPECT_EQ(std::filesystem::status(directory + "/one").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_TRUE(write_small_file(directory, "one", "2").has_value());
  EXPECT_EQ(read_small_file(directory, "one").value(), "2");
  EXPECT_FALSE(std::filesystem::exists(directory + "/one.new"));
}

TEST_F(SmallFile, what_cannot_be_written_leaves_what_was_there) {
  ASSERT_TRUE(write_small_file(directory, "one", "first").has_value());
  std::filesystem::create_directory(directory + "/one.new");  // nothing can be written beside
  EXPECT_FALSE(write_small_file(directory, "one", "second").has_value());
  EXPECT_EQ(read_small_file(directory, "one").value(), "first");
}

TEST_F(SmallFile, is_removed_once_and_again) {
  EXPECT_TRUE(remove_small_file(directory, "one").has_value());
  ASSERT_TRUE(write_small_file(directory, "one", "first").has_value());
  EXPECT_TRUE(remove_small_file(directory, "one").has_value());
  EXPECT_TRUE(remove_small_file(directory, "one").has_value());
  EXPECT_EQ(read_small_file(directory, "one").error().code, Code::NotFound);
}

TEST_F(SmallFile, has_a_limit) {
  ASSERT_TRUE(write_small_file(directory, "one", std::string(small_file_bytes_max + 1, 'x')).has_value());
  EXPECT_EQ(read_small_file(directory, "one").error().code, Code::DataLoss);
}

TEST_F(SmallFile, keeps_the_health_of_a_subsystem) {
  HealthFile file(directory, "subsystem1");
  EXPECT_EQ(file.load().value(), "") << "nothing yet";
  ASSERT_TRUE(file.save("figures").has_value());
  EXPECT_EQ(HealthFile(directory, "subsystem1").load().value(), "figures");
  EXPECT_EQ(HealthFile(directory, "subsystem2").load().value(), "");
  ASSERT_TRUE(file.remove().has_value());
  EXPECT_EQ(file.load().value(), "");
}

}  // namespace
}  // namespace outrigger::apply
