// Messages by their descriptors: masks, required fields, differences. With OPI's own messages, nested ones
// above all.
#include "model/fields.h"

#include "outrigger/v1/nvme.pb.h"
#include "storage/backend_nvme.pb.h"
#include "storage/frontend_nvme.pb.h"
#include "storage/frontend_virtio_blk.pb.h"
#include "storage/middleend_qos_volume.pb.h"

#include <gtest/gtest.h>

namespace outrigger::model {
namespace {

namespace opi = opi_api::storage::v1;

google::protobuf::FieldMask mask_of(std::initializer_list<const char*> paths) {
  google::protobuf::FieldMask mask;
  for (const char* path : paths) {
    mask.add_paths(path);
  }
  return mask;
}

const FieldRules subsystem_rules{
    .immutable = {"spec.nqn"}, .secrets = {"spec.psk"}, .outputs = {}, .chosen = {"spec.serial_number"}, .sizes = {}};

opi::NvmeSubsystem subsystem() {
  opi::NvmeSubsystem out;
  out.set_name("nvmeSubsystems/s");
  out.mutable_spec()->set_nqn("nqn.2022-09.io.example:s");
  out.mutable_spec()->set_serial_number("serial");
  out.mutable_spec()->set_model_number("model");
  out.mutable_spec()->set_psk("secret");
  out.mutable_status()->set_firmware_revision("1.0");
  return out;
}

opi::NvmeSubsystem merge(const opi::NvmeSubsystem& given, const google::protobuf::FieldMask& mask) {
  opi::NvmeSubsystem merged;
  const auto result = merge_update(subsystem(), given, mask, subsystem_rules, "nvme_subsystem", merged);
  EXPECT_TRUE(result.has_value()) << result.error().what;
  return merged;
}

TEST(Masks, none_changes_what_is_set_down_to_single_fields) {
  opi::NvmeSubsystem given;
  given.set_name("other");
  given.mutable_spec()->set_model_number("new");
  given.mutable_status()->set_firmware_revision("2.0");
  opi::NvmeSubsystem expected = subsystem();
  expected.mutable_spec()->set_model_number("new");
  EXPECT_EQ(first_difference(merge(given, {}), expected), "") << "identifier and outputs stay";
  EXPECT_EQ(first_difference(merge(opi::NvmeSubsystem{}, {}), subsystem()), "");
}

TEST(Masks, star_replaces_but_keeps_what_cannot_be_left_out) {
  opi::NvmeSubsystem given;
  given.mutable_spec()->set_hostnqn("nqn.2022-09.io.example:host");
  const auto merged = merge(given, mask_of({"*"}));
  EXPECT_EQ(merged.spec().nqn(), subsystem().spec().nqn()) << "required";
  EXPECT_EQ(merged.spec().psk(), "secret") << "secret";
  EXPECT_EQ(merged.spec().serial_number(), "serial") << "chosen by the server";
  EXPECT_EQ(merged.spec().model_number(), "") << "replaced";
  EXPECT_EQ(merged.spec().hostnqn(), "nqn.2022-09.io.example:host");
  EXPECT_EQ(merged.status().firmware_revision(), "1.0") << "output";
  EXPECT_EQ(first_difference(merge(opi::NvmeSubsystem{}, mask_of({"*"})), subsystem()), "") << "spec is required";
}

TEST(Masks, paths_change_what_they_name) {
  opi::NvmeSubsystem given;
  given.mutable_spec()->set_model_number("new");
  given.mutable_spec()->set_max_namespaces(5);
  auto merged = merge(given, mask_of({"spec.model_number"}));
  EXPECT_EQ(merged.spec().model_number(), "new");
  EXPECT_EQ(merged.spec().max_namespaces(), 0);
  merged = merge(given, mask_of({"spec"}));
  EXPECT_EQ(merged.spec().max_namespaces(), 5);
  EXPECT_EQ(merged.spec().psk(), "secret");
  merged = merge(given, mask_of({"spec.serialNumber"}));  // as JSON spells it
  EXPECT_EQ(merged.spec().serial_number(), "") << "named and left out: cleared";
  EXPECT_EQ(first_difference(merge(given, mask_of({"status.firmware_revision", "name"})), subsystem()), "");
}

TEST(Masks, paths_that_do_not_exist_are_refused) {
  opi::NvmeSubsystem merged;
  for (const char* path : {"bogus", "spec.bogus", "spec.nqn.x", "", ".", "spec.", "*.x", "status.bogus.x"}) {
    const auto result =
        merge_update(subsystem(), subsystem(), mask_of({path}), subsystem_rules, "nvme_subsystem", merged);
    if (std::string_view(path) == "status.bogus.x") {
      continue;  // inside what the server fills, all is ignored alike
    }
    ASSERT_FALSE(result.has_value()) << path;
    EXPECT_EQ(result.error().code, Code::InvalidArgument);
  }
  const std::string endless(100'000, 'p');
  const auto result = merge_update(subsystem(), subsystem(), mask_of({endless.c_str()}), {}, "x", merged);
  EXPECT_LT(result.error().what.size(), 300U) << "errors do not grow with the request";
}

TEST(Masks, a_path_into_an_absent_part_makes_it_only_when_something_is_given) {
  opi::QosVolume stored, given, merged;
  stored.set_volume_name_ref("a");
  ASSERT_TRUE(merge_update(stored, given, mask_of({"limits.max.rd_iops_kiops"}), {}, "qos_volume", merged).has_value());
  EXPECT_FALSE(merged.has_limits());
  EXPECT_FALSE(merge_update(stored, given, mask_of({"limits.max.bogus"}), {}, "qos_volume", merged).has_value());
  given.mutable_limits()->mutable_max()->set_rd_iops_kiops(3);
  ASSERT_TRUE(merge_update(stored, given, mask_of({"limits.max.rd_iops_kiops"}), {}, "qos_volume", merged).has_value());
  EXPECT_EQ(merged.limits().max().rd_iops_kiops(), 3);
}

TEST(Masks, a_required_field_cannot_be_cleared_by_name) {
  opi::NvmeSubsystem given, merged;
  const auto result = merge_update(subsystem(), given, mask_of({"spec.nqn"}), {}, "nvme_subsystem", merged);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().what, "missing required field: nvme_subsystem.spec.nqn");
}

TEST(Masks, one_of_several_places_replaces_the_other) {
  opi::NvmeController stored, given, merged;
  stored.mutable_spec()->mutable_pcie_id()->mutable_port_id()->set_value(1);
  given.mutable_spec()->mutable_fabrics_id()->set_traddr("127.0.0.1");
  ASSERT_TRUE(merge_update(stored, given, mask_of({"spec.fabrics_id"}), {}, "nvme_controller", merged).has_value());
  EXPECT_FALSE(merged.spec().has_pcie_id());
  EXPECT_EQ(merged.spec().fabrics_id().traddr(), "127.0.0.1");
}

// -- lists whose elements are told apart by a field of theirs

using Options = outrigger::v1::NvmeSubsystemOptions;
using Security = outrigger::v1::NvmeHostSecurity;
const FieldRules options_rules{
    .immutable = {}, .secrets = {}, .outputs = {}, .chosen = {}, .sizes = {}, .lists = {{"host_security", "hostnqn"}}};

Security& add_host(Options& options, const std::string& name, const std::string& key = "") {
  Security& host = *options.add_host_security();
  host.set_hostnqn(name);
  host.set_dhchap_key(key);
  return host;
}

Options two_hosts() {
  Options options;
  add_host(options, "a", "key a").set_tls_key("tls a");
  add_host(options, "b", "key b").set_requires_concatenation(true);
  return options;
}

Result<Options> merge(const Options& stored, const Options& given, const google::protobuf::FieldMask& mask) {
  Options merged;
  OR_TRY(merge_update(stored, given, mask, options_rules, "options", merged));
  return merged;
}

TEST(Lists, elements_keep_the_secrets_that_are_left_out) {
  Options given;
  add_host(given, "b").set_has_dhchap_key(true);
  add_host(given, "c");
  add_host(given, "a").set_tls_key("new");
  for (const auto& mask : {mask_of({}), mask_of({"*"}), mask_of({"host_security"})}) {
    const Result<Options> merged = merge(two_hosts(), given, mask);
    ASSERT_TRUE(merged.has_value());
    ASSERT_EQ(merged->host_security_size(), 3);
    const Security& b = merged->host_security(0);
    EXPECT_EQ(b.dhchap_key(), "key b");
    EXPECT_FALSE(b.requires_concatenation()) << "all but secrets is replaced";
    EXPECT_FALSE(b.has_dhchap_key()) << "the server's to say";
    EXPECT_EQ(merged->host_security(1).dhchap_key(), "");
    EXPECT_EQ(merged->host_security(2).dhchap_key(), "key a");
    EXPECT_EQ(merged->host_security(2).tls_key(), "new");
  }
}

TEST(Lists, an_element_that_is_gone_takes_its_secrets_along) {
  Options none;
  EXPECT_EQ(merge(two_hosts(), none, mask_of({}))->host_security_size(), 2);
  const Result<Options> emptied = merge(two_hosts(), none, mask_of({"host_security"}));
  EXPECT_EQ(emptied->host_security_size(), 0);
  Options given;
  add_host(given, "a");
  EXPECT_EQ(merge(*emptied, given, mask_of({"*"}))->host_security(0).dhchap_key(), "") << "it does not come back";
}

TEST(Lists, a_mask_names_a_field_of_elements) {
  Options given;
  add_host(given, "a");
  auto merged = merge(two_hosts(), given, mask_of({"host_security.*.dhchap_key"}));
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(merged->host_security(0).dhchap_key(), "") << "named and left out: removed";
  EXPECT_EQ(merged->host_security(0).tls_key(), "tls a");
  EXPECT_EQ(merged->host_security(1).dhchap_key(), "key b") << "not among those given";
  given.mutable_host_security(0)->set_dhchap_key("new");
  merged = merge(two_hosts(), given, mask_of({"hostSecurity.*.dhchapKey"}));  // as JSON spells it
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(merged->host_security(0).dhchap_key(), "new");
  EXPECT_EQ(merged->host_security_size(), 2);
}

TEST(Lists, a_mask_names_elements_and_no_others) {
  Options given;
  add_host(given, "b").set_requires_tls(true);
  add_host(given, "c", "key c").set_has_dhchap_key(true);
  const auto merged = merge(two_hosts(), given, mask_of({"host_security.*"}));
  ASSERT_TRUE(merged.has_value()) << merged.error().what;
  ASSERT_EQ(merged->host_security_size(), 3);
  EXPECT_EQ(merged->host_security(0).SerializeAsString(), two_hosts().host_security(0).SerializeAsString());
  const Security& b = merged->host_security(1);
  EXPECT_EQ(b.dhchap_key(), "key b") << "secrets that are left out stay";
  EXPECT_TRUE(b.requires_tls());
  EXPECT_FALSE(b.requires_concatenation()) << "all else is as given";
  EXPECT_EQ(merged->host_security(2).hostnqn(), "c");
  EXPECT_EQ(merged->host_security(2).dhchap_key(), "key c");
  EXPECT_FALSE(merged->host_security(2).has_dhchap_key()) << "the server's to say";
  EXPECT_FALSE(merge(two_hosts(), Options{}, mask_of({"host_security.*"})).has_value()) << "of whom?";
}

TEST(Lists, masks_of_elements_that_cannot_be_are_refused) {
  Options given;
  add_host(given, "a", "secret");
  for (const char* path : {"host_security.dhchap_key", "host_security.**", "host_security.*.", "host_security.*.bogus",
                           "host_security.0.tls_key", "host_security.*.tls_key.x", "hosts.*.x", "host_security."}) {
    const auto refused = merge(two_hosts(), given, mask_of({path}));
    ASSERT_FALSE(refused.has_value()) << path;
    EXPECT_EQ(refused.error().code, Code::InvalidArgument);
    EXPECT_EQ(refused.error().what.find("secret:"), std::string::npos);
  }
  EXPECT_FALSE(merge(two_hosts(), Options{}, mask_of({"host_security.*.tls_key"})).has_value()) << "of whom?";
  add_host(given, "nobody", "secret");
  const auto refused = merge(two_hosts(), given, mask_of({"host_security.*.tls_key"}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().what.find("options.host_security: "), std::string::npos) << refused.error().what;
}

TEST(Fields, secrets_within_elements_are_cleared) {
  Options options = two_hosts();
  clear_secrets(options, options_rules);
  EXPECT_EQ(options.SerializeAsString().find("key"), std::string::npos);
  EXPECT_EQ(options.host_security(1).hostnqn(), "b");
}

// A part that is left out does not take its secrets along.
TEST(Masks, star_keeps_secrets_of_parts_that_are_left_out) {
  opi::NvmeRemoteController stored, given, merged;
  stored.mutable_tcp()->set_psk("secret");
  stored.mutable_tcp()->set_hdgst(true);
  const FieldRules rules{.immutable = {}, .secrets = {"tcp.psk"}, .outputs = {}, .chosen = {}, .sizes = {}};
  ASSERT_TRUE(merge_update(stored, given, mask_of({"*"}), rules, "nvme_remote_controller", merged).has_value());
  EXPECT_EQ(merged.tcp().psk(), "secret");
  EXPECT_FALSE(merged.tcp().hdgst());
  ASSERT_TRUE(merge_update(stored, given, mask_of({"tcp.psk"}), rules, "nvme_remote_controller", merged).has_value());
  EXPECT_EQ(merged.tcp().psk(), "");
}

TEST(Fields, differences_have_a_path) {
  opi::VirtioBlk a, b;
  EXPECT_EQ(first_difference(a, b), "");
  a.mutable_pcie_id()->mutable_port_id()->set_value(0);
  EXPECT_EQ(first_difference(a, b), "pcie_id");
  b.mutable_pcie_id()->mutable_port_id()->set_value(0);
  EXPECT_EQ(first_difference(a, b), "");
  b.mutable_pcie_id()->mutable_port_id()->set_value(1);
  EXPECT_EQ(first_difference(a, b), "pcie_id.port_id");
}

TEST(Fields, fixed_ones_are_found_wherever_they_are) {
  opi::NvmeSubsystem changed = subsystem();
  EXPECT_EQ(changed_immutable(subsystem(), changed, subsystem_rules), "");
  changed.mutable_spec()->set_nqn("nqn.2022-09.io.example:other");
  EXPECT_EQ(changed_immutable(subsystem(), changed, subsystem_rules), "spec.nqn");
  changed.clear_spec();
  EXPECT_EQ(changed_immutable(subsystem(), changed, subsystem_rules), "spec.nqn");
}

TEST(Fields, secrets_and_outputs_are_cleared_at_any_depth) {
  opi::NvmeSubsystem message = subsystem();
  clear_secrets(message, subsystem_rules);
  EXPECT_EQ(message.spec().psk(), "");
  EXPECT_EQ(message.spec().serial_number(), "serial");
  clear_outputs(message, subsystem_rules);
  EXPECT_EQ(message.name(), "");
  EXPECT_FALSE(message.has_status());
}

TEST(Fields, missing_required_ones_are_named_in_field_order) {
  opi::CreateNvmeControllerRequest request;
  EXPECT_EQ(check_required(request).error().what, "missing required field: parent");
  request.set_parent("nvmeSubsystems/s");
  EXPECT_EQ(check_required(request).error().what, "missing required field: nvme_controller");
  request.mutable_nvme_controller();
  EXPECT_EQ(check_required(request).error().what, "missing required field: nvme_controller.spec");
  request.mutable_nvme_controller()->mutable_spec()->set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
  EXPECT_TRUE(check_required(request).has_value());
  request.mutable_nvme_controller()->mutable_spec()->mutable_fabrics_id()->set_traddr("127.0.0.1");
  EXPECT_EQ(check_required(request).error().what, "missing required field: nvme_controller.spec.fabrics_id.trsvcid");
}

}  // namespace
}  // namespace outrigger::model
