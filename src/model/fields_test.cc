// Messages by their descriptors: masks, required fields, differences. With OPI's own messages, nested ones
// above all.
#include "model/fields.h"

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
