// What a controller says of its limits, as numbers of ours.
#include "nvme_host/controller_limits.h"
#include "nvme_host/remote_join.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

TEST(ControllerLimits, identify_is_taken_over) {
  nvme::IdentifyController identity;
  identity.cntlid = uint16_t{7};
  identity.oncs = static_cast<uint16_t>(nvme::oncs::Compare | nvme::oncs::Copy);
  identity.fuses = uint16_t{1};
  identity.kas = uint16_t{10};
  identity.crdt1 = uint16_t{1};
  identity.crdt3 = uint16_t{0xFFFF};
  const PathController made = controller_of(identity, 5'000);
  EXPECT_EQ(made.cntlid, 7U);
  EXPECT_TRUE(made.can_compare_and_write && made.can_copy);
  EXPECT_FALSE(made.can_deallocate || made.can_write_zeroes || made.has_write_cache);
  EXPECT_EQ(made.retry_delay_ms, (std::array<uint32_t, 3>{100, 0, 6'553'500}));
}

// Base 2.0, 5.27.1.12: the controller rounds the time-out up to its granularity.
TEST(ControllerLimits, keep_alive_is_counted_in_the_controllers_steps) {
  nvme::IdentifyController identity;
  const auto counted = [&](uint32_t kas, uint32_t asked_ms) {
    identity.kas = static_cast<uint16_t>(kas);
    return controller_of(identity, asked_ms).keep_alive_ms;
  };
  EXPECT_EQ(counted(10, 5'000), 5'000U);
  EXPECT_EQ(counted(10, 5'001), 6'000U);
  EXPECT_EQ(counted(100, 5'000), 10'000U);
  EXPECT_EQ(counted(0xFFFF, 1), 6'553'500U);
  EXPECT_EQ(counted(0xFFFF, UINT32_MAX), UINT32_MAX) << "no overflow";
  EXPECT_EQ(counted(100, 0), 0U);
  EXPECT_TRUE(controller_of(identity, 5'000).has_keep_alive);
  EXPECT_EQ(counted(0, 5'000), 0U);
  EXPECT_FALSE(controller_of(identity, 5'000).has_keep_alive);
}

TEST(ControllerLimits, those_of_the_nvm_command_set) {
  nvme::IdentifyNvmController limits;
  PathController controller;
  take_limits(limits, controller);
  EXPECT_EQ(zeroes_blocks_max(controller, 512), 65536U);
  EXPECT_EQ(discard_blocks_max(controller), discard_blocks_default);
  controller.transfer_bytes_max = 65536;
  EXPECT_EQ(zeroes_blocks_max(controller, 512), 128U) << "WZSL is not told: as cautious as MDTS";
  limits.wzsl = 8;
  limits.dmrsl = 100U;
  take_limits(limits, controller);
  EXPECT_EQ(zeroes_blocks_max(controller, 512), 2048U);
  EXPECT_EQ(zeroes_blocks_max(controller, 4096), 256U);
  EXPECT_EQ(discard_blocks_max(controller), 100U);
  limits.dmsl = uint64_t{30};
  take_limits(limits, controller);
  EXPECT_EQ(discard_blocks_max(controller), 30U);
  limits.wzsl = 255;
  limits.dmsl = UINT64_MAX;
  limits.dmrsl = 0U;
  take_limits(limits, controller);
  EXPECT_EQ(zeroes_blocks_max(controller, 512), 128U) << "a power that nothing can be is no limit";
  EXPECT_EQ(discard_blocks_max(controller), discard_blocks_default);
}

TEST(ControllerLimits, those_of_a_copy) {
  PathController controller;
  controller.transfer_bytes_max = 1U << 20;
  controller.can_copy = true;
  PathNamespace shown;
  shown.copy_blocks_max = 64;
  EXPECT_EQ(copy_blocks_max(controller, shown), 64U);
  EXPECT_EQ(capabilities_of(controller, shown), capability::Copy);
  shown.block_bytes = 4096;
  shown.copy_blocks_max = UINT32_MAX;
  EXPECT_EQ(copy_blocks_max(controller, shown), 256U);
  shown.copy_blocks_max = 0;
  EXPECT_EQ(capabilities_of(controller, shown), 0U);
}

}  // namespace
}  // namespace outrigger::nvme_host
