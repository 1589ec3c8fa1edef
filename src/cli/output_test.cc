// Tables, JSON and YAML of resources.
#include "cli/output.h"

#include "cli/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <inventory/inventory.pb.h>
#include <storage/frontend_virtio_blk.pb.h>
#include <yaml-cpp/yaml.h>

namespace outrigger::cli {
namespace {

using opi_api::storage::v1::VirtioBlk;
using testing::HasSubstr;

VirtioBlk disk() {
  VirtioBlk made;
  made.set_name("volumes/disk0");
  made.set_volume_name_ref("bdev1");
  made.mutable_pcie_id()->mutable_port_id()->set_value(0);
  made.mutable_pcie_id()->mutable_physical_function()->set_value(3);
  made.mutable_max_limit()->set_rw_iops_kiops(100);
  made.mutable_max_limit()->set_rd_bandwidth_mbs(200);
  return made;
}

TEST(Table, columns_line_up) {
  Table table{{{"NAME"}, {"SIZE", true}}, {{"a", "1"}, {"längere", "1000"}}};
  EXPECT_EQ(table.text(), "NAME     SIZE\na           1\nlängere  1000\n");
}

TEST(Output, a_disk_in_every_format) {
  const Kind& kind = kind_of(*VirtioBlk::descriptor());
  EXPECT_EQ(*show_one(kind, disk(), Format::Table),
            "NAME   VOLUME  PORT  FUNCTION  QUEUES  LIMITS\n"
            "disk0  bdev1      0         3       -  100KIOPS 200MB/s-read\n");
  EXPECT_EQ(*show_one(kind, disk(), Format::Name), "disk0\n");
  EXPECT_THAT(*show_one(kind, disk(), Format::Json), HasSubstr("\"physicalFunction\": 3"));
  const YAML::Node yaml = YAML::Load(*show_one(kind, disk(), Format::Yaml));
  EXPECT_EQ(yaml["pcieId"]["physicalFunction"].as<int>(), 3);
  EXPECT_EQ(yaml["maxLimit"]["rwIopsKiops"].as<std::string>(), "100");
  EXPECT_EQ(yaml["name"].as<std::string>(), "volumes/disk0");
}

TEST(Output, many_and_none) {
  const Kind& kind = kind_of(*VirtioBlk::descriptor());
  const VirtioBlk one = disk();
  const google::protobuf::Message* two[] = {&one, &one};
  EXPECT_EQ(YAML::Load(*show_many(kind, two, Format::Yaml))["virtioBlks"].size(), 2U);
  EXPECT_EQ(*show_many(kind, {}, Format::Table), "no virtioBlks\n");
  EXPECT_EQ(*show_many(kind, {}, Format::Name), "");
  EXPECT_EQ(*show_many(kind, {}, Format::Json), "{\n  \"virtioBlks\": []\n}\n");
}

TEST(Output, what_has_no_columns_shows_its_fields) {
  opi_api::inventory::v1::Inventory inventory;
  inventory.mutable_bios()->set_vendor("SeaBIOS");
  inventory.add_pci()->set_address("0000:00:01.0");
  const std::string text = *show_message(inventory, Format::Table);
  EXPECT_THAT(text, HasSubstr("bios.vendor"));
  EXPECT_THAT(text, HasSubstr("pci[0].address"));
}

TEST(Yaml, round_trips_through_a_real_parser) {
  const char* json =
      R"({"a":"true","b":"","c":"x: y","d":["1",2,{"e":null,"f":[]},[],[3]],"g":{},"h":"-",
                         "i":1.5,
                         "j":"line\nbreak","k":" pad ","l":"#c","m":false,"n":"0x10","o":"yes",
                         "p/q":"/a/b.c"})";
  const YAML::Node yaml = YAML::Load(*json_to_yaml(json));
  for (const auto& [key, text] : std::vector<std::pair<std::string, std::string>>{{"a", "true"},
                                                                                  {"b", ""},
                                                                                  {"c", "x: y"},
                                                                                  {"h", "-"},
                                                                                  {"j", "line\nbreak"},
                                                                                  {"k", " pad "},
                                                                                  {"l", "#c"},
                                                                                  {"n", "0x10"},
                                                                                  {"o", "yes"},
                                                                                  {"p/q", "/a/b.c"}}) {
    EXPECT_EQ(yaml[key].as<std::string>(), text) << key;
  }
  EXPECT_EQ(yaml["a"].Tag(), "!") << "quoted, so that it stays a text";
  EXPECT_EQ(yaml["d"].size(), 5U);
  EXPECT_TRUE(yaml["d"][2]["e"].IsNull());
  EXPECT_EQ(yaml["d"][4][0].as<int>(), 3);
  EXPECT_TRUE(yaml["g"].IsMap());
  EXPECT_EQ(*json_to_yaml("{}"), "{}\n");
  EXPECT_FALSE(json_to_yaml("{").has_value());
}

TEST(Kinds, by_the_words_people_use) {
  for (const char* word : {"disk", "virtio-blk", "virtioBlk", "virtioblks", "VirtioBlk"}) {
    EXPECT_EQ((*find_kind(word))->name, "virtioBlk") << word;
  }
  EXPECT_EQ((*find_kind("aio"))->plural, "aioVolumes");
  EXPECT_EQ((*find_kind("hosts"))->name, "host");
  EXPECT_EQ((*find_kind("inventory"))->name, "inventory");
  EXPECT_EQ((*find_kind("virtioBlkOptions"))->full_name("disk0"), "virtioBlks/disk0");
  EXPECT_EQ((*find_kind("volume"))->full_name("volumes/x"), "volumes/x");
  const auto none = find_kind("floppy");
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(none.error().what, HasSubstr("qosVolume"));
}

}  // namespace
}  // namespace outrigger::cli
