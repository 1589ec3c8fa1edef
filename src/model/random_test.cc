// Seeded random operations against a plain map, with refusals, a failing store and restarts at any moment.
// What was acknowledged is there, what was refused is not, and nothing is ever half-made.
#include "model/test_world.h"

#include <cstdlib>

namespace outrigger::model {
namespace {

constexpr int seeds = 40;
constexpr int steps = 250;

// One daemon after another over one store. `expected`: what was acknowledged, id → blocks_count, and → volume
// below.
class RandomRun {
 public:
  explicit RandomRun(uint64_t seed) : random_(seed) { start(); }

  void run() {
    for (int i = 0; i < steps && !::testing::Test::HasFatalFailure(); ++i) {
      roll_faults();
      switch (random_.below(8)) {
        case 0:
        case 1: create_volume(); break;
        case 2: create_layer(); break;
        case 3: resize(); break;
        case 4:
        case 5: remove(); break;
        case 6: check_world(); break;
        default: restart(); break;
      }
    }
    calm();
    restart();
    check_world();
  }

 private:
  void start() {
    world_ = std::make_unique<World>(store_, real_, random_.next());
    OR_ASSERT_OK(world_->restore());
  }
  void calm() {
    world_->faulty.left = -1;
    for (FakeHooks* hooks : {world_->malloc_volume.get(), world_->qos_volume.get()}) {
      hooks->refuse_realise.reset();
      hooks->refuse_withdraw.reset();
    }
  }
  void roll_faults() {
    calm();
    const Error no{Code::Unavailable, "injected"};
    if (random_.chance(6)) {
      world_->faulty.left = static_cast<int>(random_.below(3));
    }
    for (FakeHooks* hooks : {world_->malloc_volume.get(), world_->qos_volume.get()}) {
      if (random_.chance(6)) {
        hooks->refuse_realise = no;
      }
      if (random_.chance(6)) {
        hooks->refuse_withdraw = no;
      }
    }
  }
  std::string some_id(std::string_view prefix) { return fmt::format("{}-{}", prefix, random_.below(6)); }

  void create_volume() {
    const std::string id = some_id("volume");
    const auto blocks = static_cast<int64_t>(1 + random_.below(3));
    const bool was_there = volumes_.contains(id);
    const auto made = world_->create_malloc(id, blocks);
    if (made.has_value()) {
      ASSERT_EQ(made->blocks_count(), was_there ? volumes_[id] : blocks) << "a create never changes what is there";
      volumes_.emplace(id, blocks);
    }
  }
  void create_layer() {
    const std::string id = some_id("layer");
    const std::string below = random_.chance(3) ? some_id("layer") : some_id("volume");
    const auto made = world_->create_qos(id, below);
    if (made.has_value()) {
      ASSERT_TRUE(layers_.contains(id) || volumes_.contains(below) || layers_.contains(below));
      layers_.emplace(id, below);
      ASSERT_EQ(made->volume_name_ref(), layers_[id]) << "a create never changes what is there";
    }
  }
  void resize() {
    const std::string id = some_id("volume");
    opi::UpdateMallocVolumeRequest request;
    request.mutable_malloc_volume()->set_name("volumes/" + id);
    request.mutable_malloc_volume()->set_blocks_count(static_cast<int64_t>(1 + random_.below(3)));
    const auto updated = world_->call<opi::MallocVolume>("UpdateMallocVolume", request);
    if (updated.has_value()) {
      ASSERT_TRUE(volumes_.contains(id));
      ASSERT_TRUE(!is_used(id) || request.malloc_volume().blocks_count() >= volumes_[id]) << "it shrank in use";
      volumes_[id] = request.malloc_volume().blocks_count();
    } else if (!volumes_.contains(id)) {
      ASSERT_EQ(updated.error().code, Code::NotFound);
    }
  }
  [[nodiscard]] bool is_used(const std::string& id) const {
    return std::ranges::any_of(layers_, [&](const auto& layer) { return layer.second == id; });
  }
  void remove() {
    const bool is_layer = random_.chance(2);
    const std::string id = some_id(is_layer ? "layer" : "volume");
    Result<google::protobuf::Empty> gone;
    if (is_layer) {
      opi::DeleteQosVolumeRequest request;
      request.set_name("volumes/" + id);
      gone = world_->call<google::protobuf::Empty>("DeleteQosVolume", request);
    } else {
      gone = world_->delete_malloc("volumes/" + id);
    }
    const bool was_there = is_layer ? layers_.contains(id) : volumes_.contains(id);
    if (gone.has_value()) {
      ASSERT_TRUE(was_there);
      ASSERT_FALSE(is_used(id));
      layers_.erase(id);
      volumes_.erase(id);
    } else if (!was_there) {
      ASSERT_EQ(gone.error().code, Code::NotFound) << gone.error().what;
    } else if (is_used(id)) {
      ASSERT_EQ(gone.error().code, Code::FailedPrecondition) << gone.error().what;
    }
  }
  // The daemon is killed: the store is all that is left. A store that refused a rollback may still hold a
  // change that nobody was told had happened; that is settled before the kill so that the map can say what
  // must be there.
  void restart() {
    calm();
    world_->model->retry_now();
    settle();
    world_.reset();
    real_.clear();
    start();
  }
  void settle() {
    for (int i = 0; i < 20; ++i) {
      world_->clock.advance(60'000'000'000);
      world_->reactor->run_turn();
    }
  }
  void check_world() {
    calm();
    settle();
    for (const auto& [id, blocks] : volumes_) {
      const auto got = world_->get_malloc(id);
      OR_ASSERT_OK(got);
      ASSERT_EQ(got->blocks_count(), blocks) << id;
      opi::MallocVolume made;
      ASSERT_TRUE(real_.contains(id)) << id << " is not real";
      ASSERT_TRUE(made.ParseFromString(real_[id]));
      ASSERT_EQ(made.blocks_count(), blocks) << id << " is real in another size";
    }
    ASSERT_EQ(real_.size(), volumes_.size() + layers_.size()) << "something is real that should not be";
    ASSERT_EQ(store_.load()->size(), volumes_.size() + layers_.size()) << "something is stored that should not be";
    const auto all = world_->call<v1::ListVolumesResponse>("ListVolumes", v1::ListVolumesRequest{});
    OR_ASSERT_OK(all);
    for (const v1::Volume& volume : all->volumes()) {
      ASSERT_EQ(volume.state(), v1::Volume::READY) << volume.name() << ": " << volume.state_reason();
      ASSERT_EQ(volume.users_size() > 0, is_used(std::string(last_segment(volume.name()))));
    }
  }

  core::Random random_;
  MemoryStore store_;
  std::map<std::string, std::string> real_;
  std::map<std::string, int64_t> volumes_;
  std::map<std::string, std::string> layers_;
  std::unique_ptr<World> world_;
};

TEST(RandomOperations, agree_with_a_map) {
  const char* const chosen = std::getenv("OUTRIGGER_TEST_SEED");
  const uint64_t first = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  for (uint64_t seed = first; seed < first + (chosen != nullptr ? 1 : seeds); ++seed) {
    RandomRun(seed).run();
    ASSERT_FALSE(::testing::Test::HasFailure())
        << "replay: OUTRIGGER_TEST_SEED=" << seed << " model_test --gtest_filter=Random*";
  }
}

// A crash after each single write to the store: either the state before the operation or the one asked for is
// there.
TEST(RandomOperations, a_crash_at_every_step_leaves_one_of_two_states) {
  // On a world that holds volume-1 of 64 blocks and layer-1 on it.
  opi::CreateMallocVolumeRequest create;
  create.set_malloc_volume_id("volume-2");
  create.mutable_malloc_volume()->set_block_size(512);
  create.mutable_malloc_volume()->set_blocks_count(1);
  opi::UpdateMallocVolumeRequest update;
  update.mutable_malloc_volume()->set_name("volumes/volume-1");
  update.mutable_malloc_volume()->set_blocks_count(128);
  opi::DeleteQosVolumeRequest remove;
  remove.set_name("volumes/layer-1");
  const std::vector<std::pair<std::string, const Message*>> operations{
      {"CreateMallocVolume", &create}, {"UpdateMallocVolume", &update}, {"DeleteQosVolume", &remove}};
  for (const auto& [method, request] : operations) {
    MemoryStore store;
    std::map<std::string, std::string> real;
    auto world = std::make_unique<World>(store, real);
    OR_ASSERT_OK(world->restore());
    OR_ASSERT_OK(world->create_malloc("volume-1"));
    OR_ASSERT_OK(world->create_qos("layer-1", "volume-1"));
    const std::vector<Record> before = *store.load();
    // In the middle of the job the world is what the store of that moment makes of it.
    core::Event<int> hold;
    world->malloc_volume->hold = world->qos_volume->hold = &hold;
    const auto pending = world->start(method, *request);
    EXPECT_FALSE(pending->reply.has_value());
    const std::vector<Record> middle = *store.load();
    hold.set(1);
    world.reset();
    const std::vector<Record> after = *store.load();
    EXPECT_NE(before, after);
    EXPECT_TRUE(middle == before || middle == after) << method;
    for (const std::vector<Record>& moment : {before, middle, after}) {
      MemoryStore crashed;
      for (const Record& record : moment) {
        OR_ASSERT_OK(crashed.put(record));
      }
      std::map<std::string, std::string> real_again;
      World again(crashed, real_again);
      OR_ASSERT_OK(again.restore());
      EXPECT_EQ(real_again.size(), moment.size());
    }
  }
}

}  // namespace
}  // namespace outrigger::model
