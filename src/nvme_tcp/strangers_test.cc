// Strangers of ports, and of all ports together: who goes for whom, and how many at a time.
#include "nvme_tcp/strangers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::nvme_tcp {
namespace {

class StrangersOfPorts : public ::testing::Test {
 protected:
  // Goes at once where it is told to, and says so as a target does.
  struct Comer final : Stranger {
    Comer(StrangersOfPorts& its_test, Strangers& its_port, uint64_t its_number)
        : test(its_test), port(its_port), number(its_number) {
      port.add(number, *this);
    }
    void displace() noexcept override {
      port.displaced(number);
      test.displaced_.push_back(number);
    }
    StrangersOfPorts& test;
    Strangers& port;
    const uint64_t number;
  };

  uint64_t come(Strangers& port) {
    comers_.push_back(std::make_unique<Comer>(*this, port, comers_.size() + 1));
    return comers_.back()->number;
  }
  // So many times; what the last one said.
  static bool displace(Strangers& strangers, uint32_t times) {
    bool is_displaced = false;
    for (uint32_t i = 0; i < times; ++i) {
      is_displaced = strangers.displace_oldest();
    }
    return is_displaced;
  }

  Strangers all_;
  Strangers one_{&all_};
  Strangers other_{&all_};
  std::vector<std::unique_ptr<Comer>> comers_;
  std::vector<uint64_t> displaced_;
};

TEST_F(StrangersOfPorts, TheOldestGoesOfAPortAndOfAll) {
  for (Strangers* const port : {&one_, &other_, &one_, &other_, &one_}) {
    come(*port);
  }
  EXPECT_TRUE(other_.displace_oldest());
  EXPECT_TRUE(all_.displace_oldest());
  EXPECT_TRUE(all_.displace_oldest());
  EXPECT_TRUE(one_.displace_oldest());
  EXPECT_FALSE(one_.displace_oldest()) << "there is none";
  EXPECT_TRUE(all_.displace_oldest()) << "another port has one";
  EXPECT_FALSE(all_.displace_oldest());
  EXPECT_EQ(displaced_, (std::vector<uint64_t>{2, 1, 3, 5, 4}));
  EXPECT_EQ(one_.displaced_count(), 3U);
  EXPECT_EQ(other_.displaced_count(), 2U);
  EXPECT_EQ(all_.displaced_count(), 5U);
}

TEST_F(StrangersOfPorts, WhoIsReadyOrSparedStays) {
  const uint64_t ready = come(one_);
  const uint64_t spared = come(one_);
  const uint64_t third = come(other_);
  one_.forget(ready);
  EXPECT_EQ(all_.displaceable_count(spared), 1U);
  EXPECT_EQ(all_.displaceable_count(ready), 2U);
  EXPECT_FALSE(one_.displace_oldest(spared));
  EXPECT_TRUE(all_.displace_oldest(spared));
  EXPECT_FALSE(all_.displace_oldest(spared));
  EXPECT_EQ(displaced_, std::vector<uint64_t>{third});
  EXPECT_TRUE(one_.displace_oldest(third));
  EXPECT_EQ(displaced_, (std::vector<uint64_t>{third, spared}));
}

TEST_F(StrangersOfPorts, SoManyAreOnTheirWayOutAtATime) {
  for (uint32_t i = 0; i < displaced_max + 2; ++i) {
    come(one_);
  }
  for (uint32_t i = 0; i < 3; ++i) {
    come(other_);
  }
  EXPECT_EQ(all_.displaceable_count(0), displaced_max);
  EXPECT_TRUE(displace(one_, displaced_max - 1));
  EXPECT_EQ(all_.displaceable_count(0), 1U);
  EXPECT_TRUE(displace(one_, 1));
  EXPECT_FALSE(one_.displace_oldest());
  EXPECT_FALSE(all_.displace_oldest()) << "of all there are as many";
  // A port counts its own.
  EXPECT_TRUE(other_.displace_oldest());
  EXPECT_EQ(all_.displaced_count(), displaced_max + 1);
  EXPECT_EQ(all_.displaceable_count(0), 0U);
  one_.displaced_is_gone();
  EXPECT_FALSE(all_.displace_oldest());
  EXPECT_TRUE(one_.displace_oldest());
  one_.displaced_is_gone();
  other_.displaced_is_gone();
  EXPECT_TRUE(all_.displace_oldest());
  EXPECT_EQ(displaced_.back(), displaced_max + 2);
}

TEST_F(StrangersOfPorts, OneGoesWhereThereIsNoRoom) {
  come(one_);
  come(one_);
  EXPECT_TRUE(one_.make_room(2, 3));
  EXPECT_TRUE(displaced_.empty()) << "there is room";
  EXPECT_TRUE(one_.make_room(3, 3));
  EXPECT_EQ(displaced_.size(), 1U);
  EXPECT_TRUE(one_.make_room(3, 3)) << "one is on its way out";
  EXPECT_TRUE(all_.make_room(3, 3)) << "here, too";
  EXPECT_EQ(displaced_.size(), 1U);
  one_.displaced_is_gone();
  EXPECT_TRUE(all_.make_room(3, 3));
  EXPECT_EQ(displaced_.size(), 2U);
  EXPECT_FALSE(all_.make_room(4, 3)) << "nobody is left to go";
}

}  // namespace
}  // namespace outrigger::nvme_tcp
