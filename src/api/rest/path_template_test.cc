// Path templates against google/api/http.proto's grammar, and against what clients really send.
#include "api/rest/path_template.h"

#include <gtest/gtest.h>

namespace outrigger::api::rest {
namespace {

std::vector<Binding> match(std::string_view pattern, std::string_view path) {
  const auto made = PathTemplate::parse(pattern);
  EXPECT_TRUE(made.has_value()) << pattern;
  const auto parsed = parse_request_path(path);
  if (!parsed.has_value()) {
    return {{"unparsable", parsed.error().what}};
  }
  auto found = made->match(*parsed);
  return found.has_value() ? *found : std::vector<Binding>{{"no match", ""}};
}

const std::vector<Binding> no_match = {{"no match", ""}};

TEST(PathTemplate, literals_match_themselves_only) {
  EXPECT_EQ(match("/v1/aioVolumes", "/v1/aioVolumes"), std::vector<Binding>{});
  EXPECT_EQ(match("/v1/aioVolumes", "/v1/aioVolume"), no_match);
  EXPECT_EQ(match("/v1/aioVolumes", "/v1/aioVolumes/x"), no_match);
  EXPECT_EQ(match("/v1/aioVolumes", "/v1"), no_match);
}

TEST(PathTemplate, a_variable_keeps_its_literal_part) {
  EXPECT_EQ(match("/v1/{name=aioVolumes/*}", "/v1/aioVolumes/disk0"),
            (std::vector<Binding>{{"name", "aioVolumes/disk0"}}));
  EXPECT_EQ(match("/v1/{virtio_blk.name=virtioBlks/*}", "/v1/virtioBlks/a.b"),
            (std::vector<Binding>{{"virtio_blk.name", "virtioBlks/a.b"}}));
  EXPECT_EQ(match("/v1/{name=aioVolumes/*}", "/v1/nullVolumes/disk0"), no_match);
}

TEST(PathTemplate, several_variables_and_what_follows_them) {
  EXPECT_EQ(match("/v1/{parent=nvmeSubsystems/*}/nvmeControllers", "/v1/nvmeSubsystems/s0/nvmeControllers"),
            (std::vector<Binding>{{"parent", "nvmeSubsystems/s0"}}));
  EXPECT_EQ(match("/v1/{a}/x/{b=y/*/z}", "/v1/1/x/y/2/z"), (std::vector<Binding>{{"a", "1"}, {"b", "y/2/z"}}));
}

TEST(PathTemplate, a_constant_variable) {
  EXPECT_EQ(match("/v1/{parent=volumes}", "/v1/volumes"), (std::vector<Binding>{{"parent", "volumes"}}));
  EXPECT_TRUE(PathTemplate::parse("/v1/{parent=volumes}")->has_constant_variable());
  EXPECT_FALSE(PathTemplate::parse("/v1/{name=volumes/*}")->has_constant_variable());
  EXPECT_FALSE(PathTemplate::parse("/v1/volumes")->has_constant_variable());
}

TEST(PathTemplate, two_stars_take_the_rest) {
  EXPECT_EQ(match("/v1/{name=a/**}", "/v1/a/b/c/d"), (std::vector<Binding>{{"name", "a/b/c/d"}}));
  EXPECT_EQ(match("/v1/{name=a/**}", "/v1/a"), (std::vector<Binding>{{"name", "a"}}));
  EXPECT_EQ(match("/v1/**", "/v1/x/y"), std::vector<Binding>{});
}

TEST(PathTemplate, verbs_must_agree) {
  EXPECT_EQ(match("/v1/{name=aioVolumes/*}:stats", "/v1/aioVolumes/d:stats"),
            (std::vector<Binding>{{"name", "aioVolumes/d"}}));
  EXPECT_EQ(match("/v1/{name=aioVolumes/*}:stats", "/v1/aioVolumes/d"), no_match);
  EXPECT_EQ(match("/v1/{name=aioVolumes/*}", "/v1/aioVolumes/d:stats"), no_match);
  EXPECT_EQ(match("/v1/{name=aioVolumes/*}:stats", "/v1/aioVolumes/d:reset"), no_match);
  EXPECT_EQ(match("/v1/{name=aioVolumes/*}", "/v1/aioVolumes/d%3Astats"),
            (std::vector<Binding>{{"name", "aioVolumes/d:stats"}}));
}

TEST(PathTemplate, refuses_what_the_grammar_refuses) {
  for (const char* bad : {"", "v1", "/v1/{name", "/v1/name}", "/v1/{=a}", "/v1/{}", "/v1/{name=}", "/v1//a", "/v1/**/a",
                          "/v1/{n=**}/a", "/v1/a*", "/v1/a:", "/v1/a:b/c", "/v1/{a={b}}", "/v1/{a}b"}) {
    EXPECT_FALSE(PathTemplate::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(PathTemplate::parse(std::string(100, '/')).has_value());
  std::string deep;
  for (int i = 0; i < 40; ++i) {
    deep += "/a";
  }
  EXPECT_FALSE(PathTemplate::parse(deep).has_value());
}

TEST(RequestPath, escapes) {
  EXPECT_EQ(parse_request_path("/v1/a%62c")->segments[1], "abc");
  for (const char* bad : {"/v1/a%", "/v1/a%2", "/v1/a%zz", "/v1/a%2Fb", "/v1/%00", "/v1/%7f", "/v1/a%0a", "v1", "", "/",
                          "/v1/", "/v1//x", "/v1/x:", "//"}) {
    EXPECT_FALSE(parse_request_path(bad).has_value()) << bad;
  }
  std::string deep;
  for (int i = 0; i < 33; ++i) {
    deep += "/a";
  }
  EXPECT_FALSE(parse_request_path(deep).has_value());
  EXPECT_EQ(*percent_decode("a+b%20c", true), "a b c");
  EXPECT_EQ(*percent_decode("a+b", false), "a+b");
}

}  // namespace
}  // namespace outrigger::api::rest
