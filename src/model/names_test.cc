#include "model/names.h"

#include "model/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace outrigger::model {
namespace {

TEST(Names, are_split_at_slashes) {
  EXPECT_THAT(segments_of("volumes/a"), ::testing::ElementsAre("volumes", "a"));
  EXPECT_THAT(segments_of("a"), ::testing::ElementsAre("a"));
  EXPECT_THAT(segments_of("//service.example/volumes/a"), ::testing::ElementsAre("volumes", "a"));
  EXPECT_THAT(segments_of("//service.example"), ::testing::ElementsAre(""));
  EXPECT_THAT(segments_of(""), ::testing::ElementsAre(""));
  EXPECT_EQ(last_segment("volumes/a"), "a");
  EXPECT_EQ(last_segment("a"), "a");
  EXPECT_EQ(last_segment("a/"), "");
}

TEST(Names, uuids_are_known_by_their_form) {
  EXPECT_TRUE(is_uuid("1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"));
  EXPECT_TRUE(is_uuid("1B4E28BA-2FA1-11D2-883F-B9A761BDE3FB"));
  for (const char* text : {"", "1b4e28ba2fa111d2883fb9a761bde3fb", "1b4e28ba-2fa1-11d2-883f-b9a761bde3f",
                           "1b4e28ba-2fa1-11d2-883f-b9a761bde3fg", "1b4e28ba-2fa1-11d2-883fab9a761bde3fb"}) {
    EXPECT_FALSE(is_uuid(text)) << text;
  }
}

TEST(Names, made_uuids_are_of_version_4_and_differ) {
  core::Random random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = make_uuid(random);
    ASSERT_TRUE(is_uuid(uuid)) << uuid;
    ASSERT_EQ(uuid[14], '4');
    ASSERT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    ASSERT_TRUE(seen.insert(uuid).second);
  }
}

TEST(Names, odd_texts_are_refused_and_quoted_safely) {
  for (const std::string& name : {std::string("a\nb"), std::string("\xFF"), std::string("a b"), std::string("\0", 1)}) {
    const auto result = check_name(name, "name");
    ASSERT_FALSE(result.has_value());
    for (const char c : result.error().what) {
      EXPECT_GE(c, ' ') << "no control characters in what is logged";
    }
  }
  EXPECT_TRUE(check_name("-", "name").has_value());
  EXPECT_TRUE(check_name("//host/a/b_c.d-e", "name").has_value());
  EXPECT_FALSE(check_name("a/", "name").has_value());
  EXPECT_FALSE(check_name("/a", "name").has_value());
}

TEST(Pages, tokens_are_read_back_and_nothing_else_is) {
  const std::string token = make_page_token("list", "key-1");
  EXPECT_EQ(*read_page_token("list", token), "key-1");
  EXPECT_EQ(*read_page_token("list", ""), "");
  EXPECT_FALSE(read_page_token("other", token).has_value());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(read_page_token("list", changed).has_value()) << i;
    EXPECT_FALSE(read_page_token("list", token.substr(0, i + (i == 0 ? 1 : 0))).has_value()) << i;
  }
  EXPECT_FALSE(read_page_token("list", std::string(100'000, 'a')).has_value());
}

}  // namespace
}  // namespace outrigger::model
