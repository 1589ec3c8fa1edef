// The verbs in front of a daemon that answers as scripted: what is asked of it, and what a person reads.
#include "cli/completion.h"
#include "cli/disks.h"
#include "cli/fake_client.h"
#include "cli/key_files.h"
#include "cli/limits.h"
#include "cli/nvme.h"
#include "cli/top.h"
#include "cli/update.h"
#include "cli/volumes.h"

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>
#include <outrigger/v1/device.pb.h>
#include <outrigger/v1/host.pb.h>
#include <outrigger/v1/nvme.pb.h>
#include <outrigger/v1/volume.pb.h>
#include <storage/backend_malloc.pb.h>
#include <storage/frontend_nvme.pb.h>
#include <storage/frontend_virtio_blk.pb.h>
#include <storage/middleend_encryption.pb.h>
#include <storage/middleend_qos_volume.pb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace outrigger::cli {
namespace {

using testing::HasSubstr;
namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

class CommandsTest : public testing::Test {
 protected:
  CommandsTest() {
    client_.on<v1::GetHostRequest>("GetHost", [](const auto& request) -> Result<v1::Host> {
      if (request.name() != "hosts/host1") {
        return fail(Code::NotFound, "unable to find key");
      }
      v1::Host host;
      host.set_name("hosts/host1");
      host.mutable_port_id()->set_value(2);
      return host;
    });
    client_.on<opi::ListVirtioBlksRequest>("ListVirtioBlks", [](const auto&) -> Result<opi::ListVirtioBlksResponse> {
      opi::ListVirtioBlksResponse list;
      for (const auto& [port, function] : {std::pair{2, 0}, {2, 1}, {2, 3}, {0, 2}}) {
        auto* place = list.add_virtio_blks()->mutable_pcie_id();
        place->mutable_port_id()->set_value(port);
        place->mutable_physical_function()->set_value(function);
      }
      return list;
    });
    client_.on<opi::CreateVirtioBlkRequest>("CreateVirtioBlk", [](const auto& request) -> Result<opi::VirtioBlk> {
      opi::VirtioBlk disk = request.virtio_blk();
      disk.set_name("volumes/" + request.virtio_blk_id());
      return disk;
    });
  }
  DiskRequest disk(std::vector<std::string> tokens) {
    DiskRequest request;
    request.host = "host1";
    request.type = "virtio-blk";
    request.tokens = std::move(tokens);
    return request;
  }

  FakeClient client_;
};

TEST_F(CommandsTest, the_demo_s_own_words) {
  const auto printed = create_disk(client_, disk({"100KIOPS", "bdev1"}), Format::Table);
  ASSERT_TRUE(printed.has_value()) << printed.error().what;
  EXPECT_EQ(*printed, "disk host1-bdev1 created: volume bdev1 at host host1, port 2, function 2, at most 100KIOPS\n");
  const auto& request = client_.request<opi::CreateVirtioBlkRequest>("CreateVirtioBlk");
  EXPECT_EQ(request.virtio_blk_id(), "host1-bdev1");
  EXPECT_EQ(request.virtio_blk().volume_name_ref(), "bdev1");
  EXPECT_EQ(request.virtio_blk().max_limit().rw_iops_kiops(), 100);
  EXPECT_EQ(request.virtio_blk().pcie_id().physical_function().value(), 2) << "the lowest free one";
  EXPECT_TRUE(request.virtio_blk().pcie_id().has_virtual_function());
}

TEST_F(CommandsTest, a_disk_without_limits_and_with_all_its_options) {
  DiskRequest request = disk({"bdev1"});
  request.name = "boot";
  request.function = 7;
  request.queues = 4;
  EXPECT_THAT(*create_disk(client_, request, Format::Table), HasSubstr("function 7, no limit"));
  const auto& sent = client_.request<opi::CreateVirtioBlkRequest>("CreateVirtioBlk");
  EXPECT_FALSE(sent.virtio_blk().has_max_limit());
  EXPECT_EQ(sent.virtio_blk().max_io_qps(), 4);
  EXPECT_EQ(sent.virtio_blk_id(), "boot");
}

TEST_F(CommandsTest, a_disk_is_made_with_its_options) {
  client_.on<v1::CreateVirtioBlkWithOptionsRequest>("CreateVirtioBlkWithOptions", [](const auto& request) {
    opi::VirtioBlk made = request.virtio_blk();
    made.set_name("volumes/" + request.virtio_blk_id());
    return Result<opi::VirtioBlk>(made);
  });
  DiskRequest request = disk({"bdev1"});
  request.is_read_only = true;
  request.queue_size = 64;
  EXPECT_THAT(*create_disk(client_, request, Format::Table), HasSubstr("disk host1-bdev1 created"));
  const auto& sent = client_.request<v1::CreateVirtioBlkWithOptionsRequest>("CreateVirtioBlkWithOptions");
  EXPECT_EQ(sent.virtio_blk_id(), "host1-bdev1");
  EXPECT_EQ(sent.virtio_blk().pcie_id().physical_function().value(), 2);
  EXPECT_TRUE(sent.virtio_blk_options().read_only());
  EXPECT_FALSE(sent.virtio_blk_options().packed());
  EXPECT_EQ(sent.virtio_blk_options().queue_size(), 64);

  // It is there: the same again is fine, other options are not.
  client_.on<opi::GetVirtioBlkRequest>("GetVirtioBlk", [&](const auto&) {
    opi::VirtioBlk there = sent.virtio_blk();
    there.set_name("volumes/host1-bdev1");
    return Result<opi::VirtioBlk>(there);
  });
  client_.on<v1::GetVirtioBlkOptionsRequest>("GetVirtioBlkOptions", [&](const auto&) {
    v1::VirtioBlkOptions there = sent.virtio_blk_options();
    there.set_name("volumes/host1-bdev1");
    return Result<v1::VirtioBlkOptions>(there);
  });
  EXPECT_THAT(*create_disk(client_, request, Format::Table), HasSubstr("exists already"));
  request.is_packed = true;
  EXPECT_THAT(create_disk(client_, request, Format::Table).error().what, HasSubstr("with other options"));
}

TEST_F(CommandsTest, mistakes_in_creating_a_disk) {
  DiskRequest other = disk({"bdev1"});
  other.host = "host2";
  EXPECT_THAT(create_disk(client_, other, Format::Table).error().what, HasSubstr("outrigger add host host2"));
  EXPECT_THAT(create_disk(client_, disk({"100KIOPS"}), Format::Table).error().what, HasSubstr("the volume is missing"));
  EXPECT_THAT(create_disk(client_, disk({"100KIOPS", "50KIOPS", "bdev1"}), Format::Table).error().what,
              HasSubstr("given twice"));
  EXPECT_THAT(create_disk(client_, disk({"fast", "bdev1"}), Format::Table).error().what, HasSubstr("'fast'"));
  other = disk({"bdev1"});
  other.type = "nvme";
  EXPECT_THAT(create_disk(client_, other, Format::Table).error().what, HasSubstr("there is virtio-blk"));
}

TEST_F(CommandsTest, the_same_disk_again_and_another_of_its_name) {
  client_.on<opi::GetVirtioBlkRequest>("GetVirtioBlk", [](const auto& request) -> Result<opi::VirtioBlk> {
    opi::VirtioBlk there;
    there.set_name(request.name());
    there.set_volume_name_ref("volumes/bdev1");
    there.mutable_pcie_id()->mutable_port_id()->set_value(2);
    return there;
  });
  EXPECT_THAT(*create_disk(client_, disk({"bdev1"}), Format::Table), HasSubstr("exists already"));
  EXPECT_THAT(*create_disk(client_, disk({"Bdev1"}), Format::Table), HasSubstr("exists already"));
  const auto other = create_disk(client_, disk({"5KIOPS", "bdev1"}), Format::Table);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, Code::AlreadyExists);
  EXPECT_THAT(other.error().what, HasSubstr("outrigger update disk"));
}

TEST_F(CommandsTest, limits_in_opi_s_units) {
  const auto limit = to_qos_limit({"50KIOPS-read", "60kiops-write", "10Gbps", "200MB/s-read"});
  ASSERT_TRUE(limit.has_value()) << limit.error().what;
  EXPECT_EQ(limit->rd_iops_kiops(), 50);
  EXPECT_EQ(limit->wr_iops_kiops(), 60);
  EXPECT_EQ(limit->rw_bandwidth_mbs(), 1250);
  EXPECT_EQ(limit->rd_bandwidth_mbs(), 200);
  EXPECT_THAT(to_qos_limit({"1500IOPS"}).error().what, HasSubstr("take 1KIOPS or 2KIOPS"));
  EXPECT_THAT(to_qos_limit({"500IOPS"}).error().what, HasSubstr("take 1KIOPS"));
  EXPECT_THAT(to_qos_limit({"1MiB/s"}).error().what, HasSubstr("take 1MB/s or 2MB/s"));
}

TEST_F(CommandsTest, hosts_take_the_lowest_free_port) {
  client_.on<v1::ListHostsRequest>("ListHosts", [](const auto&) -> Result<v1::ListHostsResponse> {
    v1::ListHostsResponse list;
    list.add_hosts()->mutable_port_id()->set_value(0);
    list.add_hosts()->mutable_port_id()->set_value(2);
    return list;
  });
  client_.on<v1::CreateHostRequest>("CreateHost",
                                    [](const auto& request) -> Result<v1::Host> { return request.host(); });
  HostRequest request;
  request.name = "host3";
  request.qmp_socket = "/run/qmp";
  request.buses = {"rp0", "rp1"};
  ASSERT_TRUE(add_host(client_, request, Format::Table).has_value());
  const auto& sent = client_.request<v1::CreateHostRequest>("CreateHost");
  EXPECT_EQ(sent.host().port_id().value(), 1);
  EXPECT_EQ(sent.host().buses_size(), 2);
  EXPECT_EQ(sent.host_id(), "host3");
}

TEST_F(CommandsTest, volumes_by_kind) {
  client_.on<opi::CreateMallocVolumeRequest>(
      "CreateMallocVolume", [](const auto& request) -> Result<opi::MallocVolume> { return request.malloc_volume(); });
  VolumeRequest request;
  request.name = "bdev1";
  request.kind = "malloc";
  request.size = "1GiB";
  request.block_size = "4KiB";
  ASSERT_TRUE(create_volume(client_, request, Format::Json).has_value());
  const auto& sent = client_.request<opi::CreateMallocVolumeRequest>("CreateMallocVolume");
  EXPECT_EQ(sent.malloc_volume_id(), "bdev1");
  EXPECT_EQ(sent.malloc_volume().block_size(), 4096);
  EXPECT_EQ(sent.malloc_volume().blocks_count(), 1 << 18);
  request.size = "1000";
  EXPECT_THAT(create_volume(client_, request, Format::Json).error().what, HasSubstr("blocks of 4096 bytes"));
  request.size.clear();
  EXPECT_THAT(create_volume(client_, request, Format::Json).error().what, HasSubstr("needs --size"));
  request.size = "1GiB";
  request.file = "/x";
  EXPECT_THAT(create_volume(client_, request, Format::Json).error().what, HasSubstr("--file does not belong"));
  request.kind = "tape";
  EXPECT_THAT(create_volume(client_, request, Format::Json).error().what, HasSubstr("there are malloc"));
}

TEST_F(CommandsTest, keys_come_from_files_raw_or_hexadecimal) {
  const std::string path = testing::TempDir() + "key_" + std::to_string(::getpid());
  const auto write = [&](const std::string& text) { std::ofstream(path, std::ios::binary) << text; };
  write(std::string(64, 'z'));
  EXPECT_EQ(read_key(path)->size(), 64U);
  write(std::string(64, 'a') + "\n");
  EXPECT_EQ(*read_key(path), std::string(32, '\xaa'));
  write("short");
  EXPECT_THAT(read_key(path).error().what, HasSubstr("openssl rand"));
  EXPECT_THAT(read_key(path).error().what, testing::Not(HasSubstr("short")));
  write(std::string(64, 'z'));
  client_.on<opi::CreateEncryptedVolumeRequest>(
      "CreateEncryptedVolume",
      [](const auto& request) -> Result<opi::EncryptedVolume> { return request.encrypted_volume(); });
  VolumeRequest request;
  request.name = "safe";
  request.kind = "encrypted";
  request.on = "bdev1";
  request.key_file = path;
  ASSERT_TRUE(create_volume(client_, request, Format::Name).has_value());
  EXPECT_EQ(client_.request<opi::CreateEncryptedVolumeRequest>("CreateEncryptedVolume").encrypted_volume().cipher(),
            opi::ENCRYPTION_TYPE_AES_XTS_256);
  std::filesystem::remove(path);
  EXPECT_THAT(read_key(path).error().what, HasSubstr(path));
}

TEST_F(CommandsTest, update_takes_fields_and_refuses_secrets) {
  client_.on<v1::UpdateHostRequest>("UpdateHost",
                                    [](const auto& request) -> Result<v1::Host> { return request.host(); });
  const Kind& host = kind_of(*v1::Host::descriptor());
  ASSERT_TRUE(update_resource(client_, host, "host1", {"qmpSocket=/run/q", "buses=rp0", "buses=rp1", "queue_count="},
                              Format::Table)
                  .has_value());
  const auto& sent = client_.request<v1::UpdateHostRequest>("UpdateHost");
  EXPECT_EQ(sent.host().name(), "hosts/host1");
  EXPECT_EQ(sent.host().buses_size(), 2);
  EXPECT_THAT(sent.update_mask().paths(), testing::ElementsAre("qmp_socket", "buses", "queue_count"));
  EXPECT_THAT(update_resource(client_, host, "host1", {"colour=red"}, Format::Table).error().what,
              HasSubstr("there are name, port_id"));
  EXPECT_THAT(update_resource(client_, host, "host1", {}, Format::Table).error().what, HasSubstr("field=value"));
  EXPECT_THAT(update_resource(client_, host, "host1", {"red"}, Format::Table).error().what, HasSubstr("'red'"));
  const Kind& encrypted = kind_of(*opi::EncryptedVolume::descriptor());
  EXPECT_THAT(update_resource(client_, encrypted, "safe", {"key=abc"}, Format::Table).error().what,
              HasSubstr("--key-file"));
}

TEST_F(CommandsTest, a_volume_is_updated_and_deleted_as_what_it_is) {
  client_.on<v1::GetVolumeRequest>("GetVolume", [](const auto&) -> Result<v1::Volume> {
    v1::Volume view;
    view.set_name("volumes/limited");
    view.set_kind("qos");
    view.set_resource_name("qosVolumes/limited");
    return view;
  });
  client_.on<opi::UpdateQosVolumeRequest>(
      "UpdateQosVolume", [](const auto& request) -> Result<opi::QosVolume> { return request.qos_volume(); });
  client_.on<opi::DeleteQosVolumeRequest>(
      "DeleteQosVolume", [](const auto&) -> Result<google::protobuf::Empty> { return google::protobuf::Empty(); });
  VolumeRequest request;
  request.name = "limited";
  request.limits = {"7KIOPS"};
  ASSERT_TRUE(update_volume(client_, request, Format::Table).has_value());
  const auto& sent = client_.request<opi::UpdateQosVolumeRequest>("UpdateQosVolume");
  EXPECT_EQ(sent.qos_volume().name(), "qosVolumes/limited");
  EXPECT_EQ(sent.qos_volume().limits().max().rw_iops_kiops(), 7);
  EXPECT_THAT(sent.update_mask().paths(), testing::ElementsAre("limits.max"));
  std::string deleted;
  EXPECT_TRUE(delete_resources(client_, kind_of(*v1::Volume::descriptor()), {"limited"}, false, deleted).has_value());
  EXPECT_EQ(deleted, "qosVolume limited deleted\n");
  EXPECT_EQ(client_.request<opi::DeleteQosVolumeRequest>("DeleteQosVolume").name(), "qosVolumes/limited");
}

TEST_F(CommandsTest, what_was_deleted_before_an_error_is_told) {
  client_.on<v1::DeleteHostRequest>("DeleteHost", [](const auto& request) -> Result<google::protobuf::Empty> {
    return request.name() == "hosts/b" ? Result<google::protobuf::Empty>(fail(Code::FailedPrecondition, "in use"))
                                       : google::protobuf::Empty();
  });
  std::string deleted;
  const auto done = delete_resources(client_, kind_of(*v1::Host::descriptor()), {"a", "b", "c"}, false, deleted);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().what, "in use");
  EXPECT_EQ(deleted, "host a deleted\n");
}

TEST_F(CommandsTest, limits_of_a_disk_go_only_when_that_is_said) {
  client_.on<opi::UpdateVirtioBlkRequest>(
      "UpdateVirtioBlk", [](const auto& request) -> Result<opi::VirtioBlk> { return request.virtio_blk(); });
  const auto update = [&](std::vector<std::string> words, VolumeRequest options = {}) {
    return update_any(client_,
                      {.kind = "disk", .name = "disk0", .words = std::move(words), .options = std::move(options)},
                      Format::Table);
  };
  EXPECT_THAT(update({}).error().what, HasSubstr("`none` to remove"));
  EXPECT_EQ(update({}).error().code, Code::InvalidArgument);
  VolumeRequest limited;
  limited.limits = {"7KIOPS"};
  ASSERT_TRUE(update({}, limited).has_value());
  const auto& request = client_.request<opi::UpdateVirtioBlkRequest>("UpdateVirtioBlk");
  EXPECT_EQ(request.virtio_blk().max_limit().rw_iops_kiops(), 7);
  EXPECT_THAT(request.update_mask().paths(), testing::ElementsAre("max_limit"));
  ASSERT_TRUE(update({"5MB/s-read"}, limited).has_value());
  EXPECT_EQ(client_.request<opi::UpdateVirtioBlkRequest>("UpdateVirtioBlk").virtio_blk().max_limit().rd_bandwidth_mbs(),
            5);
  ASSERT_TRUE(update({"none"}).has_value());
  EXPECT_FALSE(client_.request<opi::UpdateVirtioBlkRequest>("UpdateVirtioBlk").virtio_blk().has_max_limit());
  EXPECT_THAT(update({"none"}, limited).error().what, HasSubstr("stands alone"));
  VolumeRequest other;
  other.size = "1GiB";
  EXPECT_THAT(update({}, other).error().what, HasSubstr("--size does not belong to a disk"));
  other = {};
  other.key_file = "/key";
  EXPECT_THAT(update({"7KIOPS"}, other).error().what, HasSubstr("--key-file does not belong to a disk"));
  other = {};
  other.cipher = "aes-xts-128";
  EXPECT_THAT(update({"max_io_qps=2"}, other).error().what, HasSubstr("--cipher does not belong to a disk"));
  EXPECT_THAT(update({"max_io_qps=2"}, limited).error().what, HasSubstr("either options or field=value"));
}

TEST_F(CommandsTest, options_that_a_kind_has_not_are_refused) {
  VolumeRequest options;
  options.limits = {"7KIOPS"};
  const auto update = [&](const std::string& kind, std::vector<std::string> words) {
    return update_any(client_, {.kind = kind, .name = "name", .words = std::move(words), .options = options},
                      Format::Table);
  };
  EXPECT_THAT(update("host", {}).error().what, HasSubstr("--limit does not belong to hosts"));
  EXPECT_THAT(update("host", {"queue_count=1"}).error().what, HasSubstr("either options or field=value"));
  EXPECT_THAT(update("volume", {"7KIOPS"}).error().what, HasSubstr("--limit"));
  client_.on<v1::GetVolumeRequest>("GetVolume", [](const auto&) -> Result<v1::Volume> {
    v1::Volume view;
    view.set_kind("malloc");
    view.set_resource_name("mallocVolumes/name");
    return view;
  });
  EXPECT_THAT(update("qosVolume", {}).error().what, HasSubstr("name is no qosVolume but a mallocVolume"));
  EXPECT_THAT(update("volume", {}).error().what, HasSubstr("--limit does not belong to a volume of kind malloc"));
}

TEST_F(CommandsTest, a_create_that_finds_something_else_says_so) {
  client_.on<opi::CreateMallocVolumeRequest>("CreateMallocVolume", [](const auto&) -> Result<opi::MallocVolume> {
    opi::MallocVolume there;
    there.set_name("volumes/bdev1");
    there.set_block_size(512);
    there.set_blocks_count(2048);
    return there;
  });
  VolumeRequest request;
  request.name = "bdev1";
  request.kind = "malloc";
  request.size = "1MiB";
  EXPECT_TRUE(create_volume(client_, request, Format::Json).has_value());
  request.size = "2MiB";
  const auto other = create_volume(client_, request, Format::Json);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, Code::AlreadyExists);
  EXPECT_THAT(other.error().what, HasSubstr("with another blocks_count"));
}

TEST_F(CommandsTest, kinds_without_a_list_want_a_name) {
  for (const char* word : {"qosBurst", "virtioBlkOptions"}) {
    const auto listed = list_resources(client_, **find_kind(word), Format::Table);
    ASSERT_FALSE(listed.has_value());
    EXPECT_THAT(listed.error().what, HasSubstr("name one: `outrigger get ")) << word;
  }
}

TEST_F(CommandsTest, lists_go_on_to_the_last_page) {
  int pages = 0;
  client_.on<v1::ListHostsRequest>("ListHosts", [&pages](const auto& request) -> Result<v1::ListHostsResponse> {
    v1::ListHostsResponse list;
    list.add_hosts()->set_name("hosts/h" + std::to_string(pages));
    EXPECT_EQ(request.page_token(), pages == 0 ? "" : "more");
    list.set_next_page_token(++pages < 3 ? "more" : "");
    return list;
  });
  EXPECT_EQ(*list_resources(client_, kind_of(*v1::Host::descriptor()), Format::Name), "h0\nh1\nh2\n");
}

v1::Telemetry telemetry(uint64_t time_s, uint64_t reads) {
  v1::Telemetry made;
  made.set_time_ns(time_s * 1'000'000'000);
  for (const uint64_t bound : {1000U, 10'000U, 100'000U}) {
    made.add_latency_bounds_ns(bound);
  }
  auto* subject = made.add_subjects();
  subject->set_name("volumes/bdev1");
  subject->set_kind("malloc");
  subject->mutable_reads()->set_operations(reads);
  subject->mutable_reads()->set_bytes(reads * 4096);
  subject->mutable_reads()->set_latency_ns(reads * 5000);
  for (const uint64_t count : {reads - reads / 100, uint64_t{0}, reads / 100}) {
    subject->mutable_reads()->add_latency_counts(count);
  }
  made.add_subjects()->set_name("volumes/lazy");
  auto* core = made.add_cores();
  core->set_name("data0");
  core->set_cpu(-1);
  core->set_busy_ns(time_s * 250'000'000);
  core->set_sleep_ns(time_s * 750'000'000);
  return made;
}

TEST(Top, shows_rates_latencies_and_cores) {
  const std::string text = render_top(telemetry(10, 1000), telemetry(12, 201'000), false);
  EXPECT_THAT(text, HasSubstr("bdev1"));
  EXPECT_THAT(text, HasSubstr("100k"));
  EXPECT_THAT(text, HasSubstr("410MB"));
  EXPECT_THAT(text, HasSubstr("5.00 us"));
  EXPECT_THAT(text, HasSubstr("25.0 %"));
  EXPECT_THAT(text, HasSubstr("1 idle; --all shows them"));
  EXPECT_THAT(render_top(telemetry(10, 1000), telemetry(12, 1000), true), HasSubstr("lazy"));
}

TEST(Top, quantiles_and_counters_that_began_anew) {
  const auto after = telemetry(12, 201'000);
  const v1::OperationCounters none;
  EXPECT_EQ(latency_quantile(after, none, after.subjects(0).reads(), 0.5), 1000);
  EXPECT_EQ(latency_quantile(after, none, after.subjects(0).reads(), 0.999), 100'000);
  EXPECT_EQ(latency_quantile(after, after.subjects(0).reads(), after.subjects(0).reads(), 0.5), 0);
  EXPECT_THAT(render_top(telemetry(10, 5000), telemetry(12, 200), false), HasSubstr("100 "))
      << "200 since it was made anew, in two seconds";
}

TEST(Completion, names_every_kind) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_THAT(*completion_script(shell), HasSubstr("encryptedVolume")) << shell;
  }
  EXPECT_FALSE(completion_script("csh").has_value());
}

// -- NVMe

TEST_F(CommandsTest, names_of_what_belongs_to_another) {
  const Kind& space = **find_kind("namespace");
  EXPECT_EQ(space.name, "nvmeNamespace");
  EXPECT_EQ(*space.full_name("sub1/ns1"), "nvmeSubsystems/sub1/nvmeNamespaces/ns1");
  EXPECT_EQ(*space.full_name("nvmeSubsystems/sub1/nvmeNamespaces/ns1"), "nvmeSubsystems/sub1/nvmeNamespaces/ns1");
  EXPECT_THAT(space.full_name("ns1").error().what, HasSubstr("write nvmeSubsystems/ns1"));
  EXPECT_EQ(space.parent_name("sub1/ns1"), "nvmeSubsystems/sub1");
  EXPECT_EQ(space.parent_name(""), "nvmeSubsystems/-");
  EXPECT_EQ((*find_kind("subsystem"))->parent_name("sub1"), "");
  EXPECT_EQ((*find_kind("nvmeControllerOptions"))->full_name("sub1/ctrl1").value(),
            "nvmeSubsystems/sub1/nvmeControllers/ctrl1");
  EXPECT_EQ(short_name("nvmeSubsystems/sub1/nvmeNamespaces/ns1"), "sub1/ns1");
  EXPECT_EQ(short_name("nvmeSubsystems/sub1"), "sub1");
  EXPECT_EQ(short_name("volumes/bdev1"), "bdev1");
}

TEST_F(CommandsTest, a_subsystem_with_one_host_is_opi_s_and_with_several_ours) {
  client_.on<opi::CreateNvmeSubsystemRequest>("CreateNvmeSubsystem", [](const auto& request) {
    opi::NvmeSubsystem made = request.nvme_subsystem();
    made.set_name("nvmeSubsystems/" + request.nvme_subsystem_id());
    return Result<opi::NvmeSubsystem>(made);
  });
  v1::NvmeSubsystemOptions stored;
  client_.on<v1::CreateNvmeSubsystemWithOptionsRequest>("CreateNvmeSubsystemWithOptions", [&](const auto& request) {
    stored = request.nvme_subsystem_options();
    stored.set_name("nvmeSubsystems/sub1");
    opi::NvmeSubsystem made = request.nvme_subsystem();
    made.set_name("nvmeSubsystems/sub1");
    return Result<opi::NvmeSubsystem>(made);
  });
  client_.on<v1::GetNvmeSubsystemOptionsRequest>("GetNvmeSubsystemOptions",
                                                 [&](const auto&) { return Result<v1::NvmeSubsystemOptions>(stored); });
  SubsystemRequest request;
  request.name = "sub1";
  request.nqn = "nqn.2022-09.io.example:a";
  request.hosts = {"nqn:h1"};
  EXPECT_THAT(*create_subsystem(client_, request, Format::Table), HasSubstr("nqn.2022-09.io.example:a"));
  EXPECT_EQ(client_.request<opi::CreateNvmeSubsystemRequest>("CreateNvmeSubsystem").nvme_subsystem().spec().hostnqn(),
            "nqn:h1");
  request.hosts.emplace_back("nqn:h2");
  EXPECT_TRUE(create_subsystem(client_, request, Format::Table).has_value());
  EXPECT_EQ(stored.hosts_size(), 2);
  client_.on<v1::CreateNvmeSubsystemWithOptionsRequest>("CreateNvmeSubsystemWithOptions", [](const auto&) {
    opi::NvmeSubsystem there;
    there.set_name("nvmeSubsystems/sub1");
    return Result<opi::NvmeSubsystem>(there);
  });
  request.hosts.emplace_back("nqn:h3");
  EXPECT_THAT(create_subsystem(client_, request, Format::Table).error().what, HasSubstr("other options"));
}

TEST_F(CommandsTest, controllers_and_namespaces_go_below_their_subsystem) {
  client_.on<opi::CreateNvmeControllerRequest>("CreateNvmeController", [](const auto& request) {
    opi::NvmeController made = request.nvme_controller();
    made.set_name(request.parent() + "/nvmeControllers/" + request.nvme_controller_id());
    return Result<opi::NvmeController>(made);
  });
  ControllerRequest controller;
  controller.name = "ctrl1";
  controller.subsystem = "nvmeSubsystems/sub1";
  controller.address = "2001:db8::1";
  EXPECT_THAT(*create_controller(client_, controller, Format::Table),
              AllOf(HasSubstr("sub1/ctrl1"), HasSubstr("[2001:db8::1]:4420")));
  EXPECT_EQ(client_.request<opi::CreateNvmeControllerRequest>("CreateNvmeController").parent(), "nvmeSubsystems/sub1");

  client_.on<opi::CreateNvmeNamespaceRequest>("CreateNvmeNamespace", [](const auto& request) {
    opi::NvmeNamespace made = request.nvme_namespace();
    made.set_name(request.parent() + "/nvmeNamespaces/" + request.nvme_namespace_id());
    return Result<opi::NvmeNamespace>(made);
  });
  NamespaceRequest space;
  space.name = "ns1";
  space.subsystem = "sub1";
  space.volume = "bdev1";
  space.nsid = 4;
  EXPECT_THAT(*create_namespace(client_, space, Format::Name), "sub1/ns1\n");
  EXPECT_EQ(client_.request<opi::CreateNvmeNamespaceRequest>("CreateNvmeNamespace").nvme_namespace().spec().host_nsid(),
            4);
  space.limits = {"1500IOPS"};
  EXPECT_FALSE(create_namespace(client_, space, Format::Name).has_value());

  client_.on<v1::UpdateNvmeNamespaceOptionsRequest>("UpdateNvmeNamespaceOptions", [](const auto& request) {
    return Result<v1::NvmeNamespaceOptions>(request.nvme_namespace_options());
  });
  EXPECT_TRUE(
      update_any(client_, {.kind = "namespace", .name = "sub1/ns1", .words = {"5KIOPS"}, .options = {}}, Format::Json)
          .has_value());
  const auto& sent = client_.request<v1::UpdateNvmeNamespaceOptionsRequest>("UpdateNvmeNamespaceOptions");
  EXPECT_EQ(sent.nvme_namespace_options().name(), "nvmeSubsystems/sub1/nvmeNamespaces/ns1");
  EXPECT_EQ(sent.nvme_namespace_options().max_limit().rw_iops_kiops(), 5);
  EXPECT_THAT(sent.update_mask().paths(), testing::ElementsAre("max_limit"));
}

TEST_F(CommandsTest, keys_of_hosts_are_files_and_stay_with_their_host) {
  const std::string path = testing::TempDir() + "host_key_" + std::to_string(::getpid());
  std::ofstream(path) << "DHHC-1:00:secret:\n";
  v1::NvmeSubsystemOptions stored;
  client_.on<v1::CreateNvmeSubsystemWithOptionsRequest>("CreateNvmeSubsystemWithOptions", [&](const auto& request) {
    stored = request.nvme_subsystem_options();
    stored.set_name("nvmeSubsystems/sub1");
    opi::NvmeSubsystem made = request.nvme_subsystem();
    made.set_name("nvmeSubsystems/sub1");
    return Result<opi::NvmeSubsystem>(made);
  });
  // As the server: no keys, but whether they are there.
  client_.on<v1::GetNvmeSubsystemOptionsRequest>("GetNvmeSubsystemOptions", [&](const auto&) {
    v1::NvmeSubsystemOptions shown = stored;
    for (auto& host : *shown.mutable_host_security()) {
      host.set_has_dhchap_key(!host.dhchap_key().empty());
      host.clear_dhchap_key();
    }
    return Result<v1::NvmeSubsystemOptions>(shown);
  });
  client_.on<v1::UpdateNvmeSubsystemOptionsRequest>("UpdateNvmeSubsystemOptions", [](const auto& request) {
    return Result<v1::NvmeSubsystemOptions>(request.nvme_subsystem_options());
  });
  SubsystemRequest request;
  request.name = "sub1";
  request.nqn = "nqn.2022-09.io.example:a";
  request.keys.dhchap_key_file = path;
  request.keys.hashes = {"sha384"};
  request.keys.dh_groups = {"null", "ffdhe8192"};
  EXPECT_THAT(create_subsystem(client_, request, Format::Name).error().what, HasSubstr("one --host"));
  request.hosts = {"nqn:h1"};
  const auto made = create_subsystem(client_, request, Format::Name);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  ASSERT_EQ(stored.host_security_size(), 1);
  EXPECT_EQ(stored.host_security(0).dhchap_key(), "DHHC-1:00:secret:") << "without the end of its line";
  EXPECT_THAT(stored.host_security(0).hashes(), testing::ElementsAre(v1::NvmeHostSecurity::SHA_384));
  EXPECT_THAT(stored.host_security(0).dh_groups(),
              testing::ElementsAre(v1::NvmeHostSecurity::DH_NULL, v1::NvmeHostSecurity::FFDHE8192));

  UpdateRequest update{.kind = "subsystem", .name = "sub1", .words = {}, .options = {}, .host = "nqn:h2"};
  update.keys.tls_key_file = path;
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& sent = client_.request<v1::UpdateNvmeSubsystemOptionsRequest>("UpdateNvmeSubsystemOptions");
  // Only what changes is sent, so that nobody else's change is undone.
  EXPECT_THAT(sent.update_mask().paths(), testing::ElementsAre("host_security.*")) << "a host that is new";
  ASSERT_EQ(sent.nvme_subsystem_options().host_security_size(), 1);
  EXPECT_EQ(sent.nvme_subsystem_options().host_security(0).hostnqn(), "nqn:h2");
  EXPECT_EQ(sent.nvme_subsystem_options().host_security(0).tls_key(), "DHHC-1:00:secret:");
  update.host = "nqn:h1";
  update.keys.requires_tls = "no";
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& of_known = client_.request<v1::UpdateNvmeSubsystemOptionsRequest>("UpdateNvmeSubsystemOptions");
  EXPECT_THAT(of_known.update_mask().paths(), testing::ElementsAre("host_security.*.hostnqn", "host_security.*.tls_key",
                                                                   "host_security.*.requires_tls"));
  ASSERT_EQ(of_known.nvme_subsystem_options().host_security_size(), 1);
  EXPECT_EQ(of_known.nvme_subsystem_options().host_security(0).hostnqn(), "nqn:h1");
  update.host = "nqn:h2";
  update.keys = {};
  update.keys.removed = {"tls", "dhchap"};
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& removing = client_.request<v1::UpdateNvmeSubsystemOptionsRequest>("UpdateNvmeSubsystemOptions");
  EXPECT_THAT(removing.update_mask().paths(),
              testing::ElementsAre("host_security.*.tls_key", "host_security.*.dhchap_key"));
  EXPECT_EQ(removing.nvme_subsystem_options().host_security(0).hostnqn(), "nqn:h2");
  std::filesystem::remove(path);
}

TEST_F(CommandsTest, keys_are_made_for_both_sides) {
  EXPECT_THAT(*make_key("dhchap", "none"), testing::StartsWith("DHHC-1:00:"));
  EXPECT_THAT(*make_key("dhchap", "sha512"), testing::StartsWith("DHHC-1:03:"));
  EXPECT_THAT(*make_key("tls", "sha384"), testing::StartsWith("NVMeTLSkey-1:02:"));
  EXPECT_NE(*make_key("tls", "sha256"), *make_key("tls", "sha256"));
  EXPECT_FALSE(make_key("tls", "sha512").has_value());
  EXPECT_FALSE(make_key("tls", "none").has_value());
  EXPECT_FALSE(make_key("dhchap", "md5").has_value());
}

TEST_F(CommandsTest, a_key_file_is_its_owner_s_alone) {
  namespace fs = std::filesystem;
  const fs::path path = testing::TempDir() + "made_key_" + std::to_string(::getpid());
  const mode_t before = ::umask(0);
  const auto made = make_key_file("dhchap", "sha256", path);
  ::umask(before);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_THAT(*made, testing::Not(HasSubstr("DHHC")));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  testing::internal::CaptureStderr();
  const auto key = read_key_line("--dhchap-key-file", path);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(key.has_value()) << key.error().what;
  EXPECT_THAT(*key, testing::StartsWith("DHHC-1:01:"));
  // What is there stays, whatever it is.
  EXPECT_EQ(make_key_file("tls", "sha256", path).error().code, Code::AlreadyExists);
  EXPECT_EQ(*read_key_line("--dhchap-key-file", path), *key);
  EXPECT_FALSE(make_key_file("tls", "sha256", "/nonexistent/key").has_value());
  EXPECT_THAT(*make_key_file("tls", "sha256", "-"), testing::StartsWith("NVMeTLSkey-1:01:")) << "standard output";
  EXPECT_FALSE(fs::exists("-"));
  // A file that others may read is said to be so, and taken.
  fs::permissions(path, fs::perms::group_read, fs::perm_options::add);
  testing::internal::CaptureStderr();
  EXPECT_EQ(*read_key_line("--dhchap-key-file", path), *key);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("--dhchap-key-file: " + path.string() + " can be read by others (mode 0640)"));
  EXPECT_THAT(said, testing::Not(HasSubstr("DHHC")));
  std::ofstream(path) << "two\nlines\n";
  EXPECT_THAT(read_key_line("--tls-key-file", path).error().what, HasSubstr("one key, in one line"));
  fs::remove(path);
}

TEST_F(CommandsTest, an_address_is_closed_to_connections_in_the_clear) {
  client_.on<v1::UpdateNvmeControllerOptionsRequest>("UpdateNvmeControllerOptions", [](const auto& request) {
    return Result<v1::NvmeControllerOptions>(request.nvme_controller_options());
  });
  UpdateRequest update{.kind = "controller", .name = "sub1/ctrl1", .words = {}, .options = {}};
  update.keys.requires_tls = "yes";
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& sent = client_.request<v1::UpdateNvmeControllerOptionsRequest>("UpdateNvmeControllerOptions");
  EXPECT_TRUE(sent.nvme_controller_options().requires_tls());
  EXPECT_THAT(sent.update_mask().paths(), testing::ElementsAre("requires_tls"));
}

TEST_F(CommandsTest, ana_groups_are_moved_one_by_one) {
  client_.on<v1::UpdateNvmeControllerOptionsRequest>("UpdateNvmeControllerOptions", [](const auto& request) {
    return Result<v1::NvmeControllerOptions>(request.nvme_controller_options());
  });
  UpdateRequest update{.kind = "controller", .name = "sub1/ctrl1", .words = {}, .options = {}};
  update.ana = {"1=inaccessible", "7=non-optimized"};
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& sent = client_.request<v1::UpdateNvmeControllerOptionsRequest>("UpdateNvmeControllerOptions");
  ASSERT_EQ(sent.nvme_controller_options().ana_states_size(), 2);
  EXPECT_EQ(sent.nvme_controller_options().ana_states(0).state(), v1::NvmeAnaState::INACCESSIBLE);
  EXPECT_EQ(sent.nvme_controller_options().ana_states(1).group(), 7);
  EXPECT_THAT(sent.update_mask().paths(), testing::ElementsAre("ana_states.*"));
  for (const char* wrong : {"1", "=inaccessible", "x=change", "1=", "1=gone", "1x=change"}) {
    update.ana = {wrong};
    const auto refused = update_any(client_, update, Format::Json);
    ASSERT_FALSE(refused.has_value()) << wrong;
    EXPECT_THAT(refused.error().what, HasSubstr("GROUP=STATE"));
  }
  update.ana = {"1=change"};
  update.words = {"ana_states=1"};
  EXPECT_FALSE(update_any(client_, update, Format::Json).has_value()) << "it stands alone";
  update.words.clear();
  update.kind = "subsystem";
  EXPECT_FALSE(update_any(client_, update, Format::Json).has_value());
}

TEST_F(CommandsTest, mistakes_with_keys) {
  const auto refused = [&](auto set) {
    UpdateRequest update{.kind = "subsystem", .name = "sub1", .words = {}, .options = {}, .host = "nqn:h1"};
    client_.on<v1::GetNvmeSubsystemOptionsRequest>("GetNvmeSubsystemOptions", [](const auto&) {
      return Result<v1::NvmeSubsystemOptions>(v1::NvmeSubsystemOptions{});
    });
    set(update);
    const auto result = update_any(client_, update, Format::Json);
    return result.has_value() ? std::string("it was not refused") : result.error().what;
  };
  EXPECT_THAT(refused([](auto& update) { update.keys.hashes = {"md5"}; }), HasSubstr("--hash: 'md5'"));
  EXPECT_THAT(refused([](auto& update) { update.keys.dh_groups = {"dh_group_unspecified"}; }), HasSubstr("--dh-group"));
  EXPECT_THAT(refused([](auto& update) { update.keys.requires_tls = "maybe"; }), HasSubstr("neither yes nor no"));
  EXPECT_THAT(refused([](auto& update) { update.keys.removed = {"all"}; }), HasSubstr("--remove-key: 'all'"));
  EXPECT_THAT(refused([](auto& update) { update.keys.tls_key_file = "/nonexistent"; }), HasSubstr("--tls-key-file"));
  EXPECT_THAT(refused([](auto& update) {
                update.keys.tls_key_file = "-";
                update.keys.dhchap_key_file = "-";
              }),
              HasSubstr("standard input holds one key"));
  EXPECT_THAT(refused([](auto& update) {
                update.host.clear();
                update.keys.requires_tls = "yes";
              }),
              HasSubstr("--host"));
  EXPECT_THAT(refused([](auto& update) { update.kind = "volume"; }), HasSubstr("keys belong to the hosts"));
}

}  // namespace
}  // namespace outrigger::cli
