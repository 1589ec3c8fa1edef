// What is kept beside the store of subsystems and namespaces: it goes with a resource that is deleted, but not before
// the store has said so, and nobody else inherits it.
#include "apply/nvme_hooks.h"
#include "apply/nvme_tcp_plane.h"
#include "apply/small_file.h"
#include "block/test_rig.h"
#include "core/kept_job.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace outrigger::apply {
namespace {

constexpr const char* name = "nvmeSubsystems/sub1";

// A daemon as far as subsystems go.
class World {
 public:
  explicit World(const std::string& state)
      : plane_(Cores{.control = control_.reactor(), .data = {&data_.reactor()}}, state, {}) {}
  ~World() { run(closing(&table)); }

  Result<void> make(bool is_restore) {
    model::Intent wanted = subsystem();
    wanted.is_restore = is_restore;
    return run(subsystems_.realise(std::move(wanted)));
  }
  Result<void> withdraw() { return run(subsystems_.withdraw(subsystem())); }

 private:
  static model::Intent subsystem() {
    auto resource = std::make_shared<opi_api::storage::v1::NvmeSubsystem>();
    resource->mutable_spec()->set_nqn("nqn.2022-09.io.example:sub1");
    resource->mutable_spec()->set_max_namespaces(4);
    model::Intent made;
    made.id = "sub1";
    made.name = name;
    made.resource = resource;
    made.options = std::make_shared<outrigger::v1::NvmeSubsystemOptions>();
    return made;
  }
  static core::Job<Result<void>> closing(NvmeTable* table) {
    auto job = table->close_all();
    co_await job;
    co_return Result<void>{};
  }
  Result<void> run(core::Job<Result<void>> job) {
    std::optional<Result<void>> outcome;
    core::spawn(core::keep(std::move(job), &outcome));
    for (int i = 0; i < 1000 && !outcome.has_value(); ++i) {
      control_.reactor().run_turn();
      data_.reactor().run_turn();
      clock_.advance(1'000'000);
    }
    check(outcome.has_value(), "the job ends");
    return *outcome;
  }

  core::ManualClock clock_;
  block::TestCore control_{clock_};
  block::TestCore data_{clock_};
  NvmeTcpPlane plane_;

 public:
  NvmeTable table{plane_};

 private:
  NvmeSubsystemHooks subsystems_{table, "1.0"};
};

class NvmeKeptTest : public testing::Test {
 protected:
  NvmeKeptTest() {
    std::string pattern = testing::TempDir() + "/keptXXXXXX";
    check(::mkdtemp(pattern.data()) != nullptr, "a directory for the test");
    state = pattern;
  }
  ~NvmeKeptTest() override { std::filesystem::remove_all(state); }
  [[nodiscard]] std::string health() const { return *read_small_file_or_nothing(state + "/health", "sub1"); }
  std::string state;
};

TEST_F(NvmeKeptTest, smart_goes_when_the_store_has_said_yes) {
  World world(state);
  ASSERT_TRUE(world.make(false).has_value());
  ASSERT_NE(health(), "");
  ASSERT_TRUE(world.withdraw().has_value());
  const std::string kept = health();
  EXPECT_NE(kept, "") << "it may come back";
  // The store could not: it is there again, with what it had, and goes the next time.
  ASSERT_TRUE(world.make(false).has_value());
  EXPECT_FALSE(world.table.is_withdrawn(name));
  world.table.deleted(name);
  EXPECT_NE(health(), "") << "of what is there nothing goes";
  ASSERT_TRUE(world.withdraw().has_value());
  world.table.deleted(name);
  EXPECT_EQ(health(), "");
}

TEST_F(NvmeKeptTest, nobody_inherits_what_a_deleted_one_left_behind) {
  std::string first;
  {
    World world(state);
    ASSERT_TRUE(world.make(false).has_value());
    first = health();
    ASSERT_TRUE(world.withdraw().has_value());
    // Here the daemon ends.
  }
  ASSERT_NE(health(), "");
  {
    World world(state);
    ASSERT_TRUE(world.make(true).has_value());
    EXPECT_NE(health(), first) << "the one from the store goes on counting";
  }
  World world(state);
  ASSERT_TRUE(world.make(false).has_value());
  EXPECT_EQ(health(), first) << "a new one begins at nothing";
}

}  // namespace
}  // namespace outrigger::apply
