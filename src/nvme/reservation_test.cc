// Conformance of reservations, by section of the NVM Express Base Specification 2.0.
#include "nvme/reservation.h"
#include "core/random.h"
#include "nvme/host_controllers.h"
#include "nvme/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace outrigger::nvme {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Type = ReservationType;
using Notice = ReservationNotice;

constexpr HostId host_of(uint8_t number) { return {number}; }
const HostId a = host_of(1);
const HostId b = host_of(2);
const HostId c = host_of(3);

constexpr Status ok;
constexpr Status conflict = Status::final(StatusCode::ReservationConflict);
constexpr Status invalid = Status::final(StatusCode::InvalidField);

constexpr Type all_types[] = {Type::WriteExclusive,
                              Type::ExclusiveAccess,
                              Type::WriteExclusiveRegistrantsOnly,
                              Type::ExclusiveAccessRegistrantsOnly,
                              Type::WriteExclusiveAllRegistrants,
                              Type::ExclusiveAccessAllRegistrants};

class Reservations : public testing::Test {
 protected:
  Status add(const HostId& host, uint64_t key) {
    return reservation.register_host(host, RegisterAction::Register, false, PersistChange::None, {0, key}).status;
  }
  Reservation::Outcome remove(const HostId& host, uint64_t key, bool ignores_key = false) {
    return reservation.register_host(host, RegisterAction::Unregister, ignores_key, PersistChange::None, {key, 0});
  }
  Status take(const HostId& host, uint64_t key, Type type) {
    return reservation.acquire(host, AcquireAction::Acquire, type, {key, 0}).status;
  }
  Reservation::Outcome preempt(const HostId& host, uint64_t key, Type type, uint64_t prkey,
                               AcquireAction action = AcquireAction::Preempt) {
    return reservation.acquire(host, action, type, {key, prkey});
  }
  Reservation::Outcome release(const HostId& host, uint64_t key, Type type,
                               ReleaseAction action = ReleaseAction::Release) {
    return reservation.release(host, action, type, {key});
  }
  Reservation reservation;
};

TEST_F(Reservations, S7_3_registering_needs_no_key_and_keeps_the_first) {
  EXPECT_EQ(add(a, 11), ok);
  EXPECT_EQ(add(a, 11), ok);
  EXPECT_EQ(add(a, 12), conflict);
  EXPECT_EQ(reservation.registrants().at(a).key, 11U);
  EXPECT_EQ(reservation.generation(), 2U);
}

TEST_F(Reservations, S7_3_replacing_needs_the_key_unless_told_to_ignore_it) {
  const auto replace = [&](const HostId& host, bool ignores, uint64_t crkey, uint64_t nrkey) {
    return reservation.register_host(host, RegisterAction::Replace, ignores, PersistChange::None, {crkey, nrkey})
        .status;
  };
  EXPECT_EQ(replace(a, false, 0, 5), conflict);
  EXPECT_EQ(add(a, 11), ok);
  EXPECT_EQ(replace(a, false, 12, 5), conflict);
  EXPECT_EQ(replace(a, false, 11, 5), ok);
  EXPECT_EQ(replace(a, true, 99, 6), ok);
  EXPECT_EQ(replace(b, true, 99, 7), ok);
  EXPECT_EQ(reservation.registrants().at(a).key, 6U);
  EXPECT_EQ(reservation.registrants().at(b).key, 7U);
}

TEST_F(Reservations, S7_3_unregistering) {
  EXPECT_EQ(remove(a, 11).status, conflict);
  EXPECT_EQ(remove(a, 0, true).status, ok);
  EXPECT_EQ(add(a, 11), ok);
  EXPECT_EQ(remove(a, 12).status, conflict);
  EXPECT_EQ(remove(a, 11).status, ok);
  EXPECT_TRUE(reservation.registrants().empty());
}

TEST_F(Reservations, S7_3_values_that_are_reserved) {
  EXPECT_EQ(reservation.register_host(a, static_cast<RegisterAction>(3), false, PersistChange::None, {}).status,
            invalid);
  EXPECT_EQ(reservation.register_host(a, RegisterAction::Register, false, PersistChange::Reserved, {}).status, invalid);
  ASSERT_EQ(add(a, 1), ok);
  EXPECT_EQ(take(a, 1, Type::None), invalid);
  EXPECT_EQ(take(a, 1, static_cast<Type>(7)), invalid);
  EXPECT_EQ(reservation.acquire(a, static_cast<AcquireAction>(3), Type::WriteExclusive, {}).status, invalid);
  EXPECT_EQ(reservation.release(a, static_cast<ReleaseAction>(2), Type::WriteExclusive, {}).status, invalid);
}

TEST_F(Reservations, S7_3_persistence_through_power_loss_changes_only_when_asked) {
  EXPECT_FALSE(reservation.persists());
  const auto change = [&](PersistChange persist) {
    return reservation.register_host(a, RegisterAction::Register, false, persist, {0, 1}).status;
  };
  EXPECT_EQ(change(PersistChange::Enable), ok);
  EXPECT_TRUE(reservation.persists());
  EXPECT_EQ(change(PersistChange::None), ok);
  EXPECT_TRUE(reservation.persists());
  EXPECT_EQ(change(PersistChange::Disable), ok);
  EXPECT_FALSE(reservation.persists());
}

// The figure "Command Behavior in the Presence of a Reservation", row by row.
TEST_F(Reservations, S8_19_verdicts) {
  struct Row {
    Type type;
    Reservation::Verdict holder, registrant, other;
  };
  constexpr Reservation::Verdict all{true, true};
  constexpr Reservation::Verdict reads{true, false};
  constexpr Reservation::Verdict none{false, false};
  const Row rows[] = {
      {Type::WriteExclusive, all, reads, reads},
      {Type::ExclusiveAccess, all, none, none},
      {Type::WriteExclusiveRegistrantsOnly, all, all, reads},
      {Type::ExclusiveAccessRegistrantsOnly, all, all, none},
      {Type::WriteExclusiveAllRegistrants, all, all, reads},
      {Type::ExclusiveAccessAllRegistrants, all, all, none},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(static_cast<int>(row.type));
    reservation = {};
    EXPECT_EQ(reservation.verdict(c), all);
    ASSERT_EQ(add(a, 1), ok);
    ASSERT_EQ(add(b, 2), ok);
    EXPECT_EQ(reservation.verdict(c), all) << "registrations alone keep nobody out";
    ASSERT_EQ(take(a, 1, row.type), ok);
    EXPECT_EQ(reservation.verdict(a), row.holder);
    EXPECT_EQ(reservation.verdict(b), row.registrant);
    EXPECT_EQ(reservation.verdict(c), row.other);
  }
}

TEST_F(Reservations, S7_2_acquiring) {
  EXPECT_EQ(take(a, 1, Type::WriteExclusive), conflict) << "not registered";
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  EXPECT_EQ(take(a, 9, Type::WriteExclusive), conflict) << "wrong key";
  EXPECT_EQ(take(a, 1, Type::WriteExclusive), ok);
  EXPECT_EQ(take(a, 1, Type::WriteExclusive), ok) << "the holder asks again";
  EXPECT_EQ(take(a, 1, Type::ExclusiveAccess), conflict) << "another type";
  EXPECT_EQ(take(b, 2, Type::WriteExclusive), conflict);
  EXPECT_EQ(reservation.generation(), 2U) << "acquiring does not count";
}

TEST_F(Reservations, S7_2_every_registrant_holds_a_reservation_for_all) {
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  ASSERT_EQ(take(a, 1, Type::WriteExclusiveAllRegistrants), ok);
  EXPECT_EQ(take(b, 2, Type::WriteExclusiveAllRegistrants), ok);
  EXPECT_TRUE(reservation.registrants().at(b).is_holder);
  EXPECT_EQ(remove(a, 1).status, ok);
  EXPECT_EQ(reservation.type(), Type::WriteExclusiveAllRegistrants);
  EXPECT_EQ(remove(b, 2).status, ok);
  EXPECT_EQ(reservation.type(), Type::None) << "it ends with the last registrant";
}

TEST_F(Reservations, S8_19_5_a_holder_that_unregisters_releases) {
  for (const Type type : {Type::WriteExclusive, Type::WriteExclusiveRegistrantsOnly}) {
    reservation = {};
    ASSERT_EQ(add(a, 1), ok);
    ASSERT_EQ(add(b, 2), ok);
    ASSERT_EQ(take(a, 1, type), ok);
    const auto outcome = remove(a, 1);
    EXPECT_EQ(reservation.type(), Type::None);
    if (type == Type::WriteExclusive) {
      EXPECT_THAT(outcome.notices, IsEmpty());
    } else {
      EXPECT_THAT(outcome.notices, ElementsAre(Reservation::Notice{b, Notice::ReservationReleased}));
    }
  }
}

TEST_F(Reservations, S8_19_6_releasing) {
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  EXPECT_EQ(release(c, 1, Type::WriteExclusive).status, conflict) << "not registered";
  EXPECT_EQ(release(a, 1, Type::WriteExclusive).status, ok) << "there is none";
  ASSERT_EQ(take(a, 1, Type::ExclusiveAccessRegistrantsOnly), ok);
  EXPECT_EQ(release(b, 2, Type::ExclusiveAccessRegistrantsOnly).status, ok) << "not its holder: without effect";
  EXPECT_EQ(reservation.type(), Type::ExclusiveAccessRegistrantsOnly);
  EXPECT_EQ(release(a, 2, Type::ExclusiveAccessRegistrantsOnly).status, conflict) << "wrong key";
  EXPECT_EQ(release(a, 1, Type::WriteExclusive).status, invalid) << "another type";
  const auto outcome = release(a, 1, Type::ExclusiveAccessRegistrantsOnly);
  EXPECT_EQ(outcome.status, ok);
  EXPECT_THAT(outcome.notices, ElementsAre(Reservation::Notice{b, Notice::ReservationReleased}));
  EXPECT_EQ(reservation.type(), Type::None);
  EXPECT_EQ(reservation.registrants().size(), 2U);
}

TEST_F(Reservations, S8_19_8_clearing) {
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  ASSERT_EQ(take(a, 1, Type::ExclusiveAccess), ok);
  const uint32_t before = reservation.generation();
  const auto outcome = release(b, 2, Type::None, ReleaseAction::Clear);
  EXPECT_EQ(outcome.status, ok);
  EXPECT_THAT(outcome.notices, ElementsAre(Reservation::Notice{a, Notice::ReservationPreempted}));
  EXPECT_TRUE(reservation.registrants().empty());
  EXPECT_EQ(reservation.type(), Type::None);
  EXPECT_EQ(reservation.generation(), before + 1);
}

TEST_F(Reservations, S8_19_7_preempting_the_holder) {
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  ASSERT_EQ(add(c, 1), ok) << "keys need not differ";
  ASSERT_EQ(take(a, 1, Type::WriteExclusive), ok);
  const auto outcome = preempt(b, 2, Type::ExclusiveAccess, 1, AcquireAction::PreemptAndAbort);
  EXPECT_EQ(outcome.status, ok);
  EXPECT_THAT(outcome.aborted, UnorderedElementsAre(a, c));
  EXPECT_THAT(outcome.notices, UnorderedElementsAre(Reservation::Notice{a, Notice::ReservationPreempted},
                                                    Reservation::Notice{a, Notice::RegistrationPreempted},
                                                    Reservation::Notice{c, Notice::RegistrationPreempted}));
  EXPECT_EQ(reservation.type(), Type::ExclusiveAccess);
  EXPECT_EQ(reservation.registrants().size(), 1U);
  EXPECT_TRUE(reservation.registrants().at(b).is_holder);
}

TEST_F(Reservations, S8_19_7_preempting_registrations_leaves_the_reservation) {
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  ASSERT_EQ(add(c, 3), ok);
  ASSERT_EQ(take(a, 1, Type::WriteExclusiveRegistrantsOnly), ok);
  EXPECT_EQ(preempt(b, 2, Type::WriteExclusive, 0).status, invalid);
  EXPECT_EQ(preempt(b, 2, Type::WriteExclusive, 77).status, conflict) << "nobody has this key";
  const auto outcome = preempt(b, 2, Type::WriteExclusive, 3);
  EXPECT_EQ(outcome.status, ok);
  EXPECT_THAT(outcome.aborted, IsEmpty());
  EXPECT_THAT(outcome.notices, ElementsAre(Reservation::Notice{c, Notice::RegistrationPreempted}));
  EXPECT_EQ(reservation.type(), Type::WriteExclusiveRegistrantsOnly);
  EXPECT_TRUE(reservation.registrants().at(a).is_holder);
}

TEST_F(Reservations, S8_19_7_a_holder_may_preempt_itself_to_change_the_type) {
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  ASSERT_EQ(take(a, 1, Type::WriteExclusiveRegistrantsOnly), ok);
  const auto outcome = preempt(a, 1, Type::ExclusiveAccess, 1);
  EXPECT_EQ(outcome.status, ok);
  EXPECT_THAT(outcome.notices, ElementsAre(Reservation::Notice{b, Notice::ReservationReleased}));
  EXPECT_EQ(reservation.type(), Type::ExclusiveAccess);
  EXPECT_TRUE(reservation.registrants().at(a).is_holder);
  EXPECT_FALSE(reservation.registrants().at(b).is_holder);
}

TEST_F(Reservations, S8_19_7_key_zero_preempts_all_registrants) {
  ASSERT_EQ(add(a, 1), ok);
  ASSERT_EQ(add(b, 2), ok);
  ASSERT_EQ(add(c, 3), ok);
  ASSERT_EQ(take(a, 1, Type::ExclusiveAccessAllRegistrants), ok);
  const auto some = preempt(a, 1, Type::WriteExclusive, 2);
  EXPECT_EQ(some.status, ok);
  EXPECT_EQ(reservation.type(), Type::ExclusiveAccessAllRegistrants) << "a key only takes registrations";
  const auto outcome = preempt(c, 3, Type::WriteExclusive, 0);
  EXPECT_EQ(outcome.status, ok);
  EXPECT_EQ(reservation.type(), Type::WriteExclusive);
  EXPECT_EQ(reservation.registrants().size(), 1U);
  EXPECT_TRUE(reservation.registrants().at(c).is_holder);
}

TEST_F(Reservations, registrants_have_a_limit_of_ours) {
  for (uint32_t i = 0; i < reservation_registrants_max; ++i) {
    HostId host{};
    host[14] = static_cast<uint8_t>(i >> 8U);
    host[15] = static_cast<uint8_t>(i);
    ASSERT_EQ(add(host, i), ok);
  }
  EXPECT_EQ(add(host_of(0xEE), 1), Status::retryable(StatusCode::InternalError));
  EXPECT_EQ(reservation.registrants().size(), reservation_registrants_max);
}

// What is stored gives the same back; damaged bytes are refused or give a state that holds together.
TEST(StoredReservation, survives_and_is_checked) {
  core::Random random(7);
  for (int round = 0; round < 300; ++round) {
    Reservation reservation;
    for (int step = 0; step < 12; ++step) {
      const HostId host = host_of(static_cast<uint8_t>(random.below(4)));
      const uint64_t key = random.below(3);
      const auto type = all_types[random.below(6)];
      switch (random.below(4)) {
        case 0:
          (void)reservation.register_host(host, static_cast<RegisterAction>(random.below(3)), random.below(2) == 0,
                                          random.below(2) == 0 ? PersistChange::Enable : PersistChange::None,
                                          {key, key});
          break;
        case 1: (void)reservation.release(host, static_cast<ReleaseAction>(random.below(2)), type, {key}); break;
        default:
          (void)reservation.acquire(host, static_cast<AcquireAction>(random.below(3)), type, {key, random.below(3)});
          break;
      }
      // A reservation for one has a holder that is registered; one for all has registrants.
      uint32_t holders = 0;
      for (const auto& [id, registrant] : reservation.registrants()) {
        holders += registrant.is_holder ? 1 : 0;
      }
      ASSERT_EQ(holders != 0, reservation.type() != Type::None) << "round " << round;
    }
    std::string bytes = reservation.stored();
    const auto again = Reservation::restored(bytes);
    ASSERT_TRUE(again.has_value()) << again.error().what;
    EXPECT_EQ(again->stored(), bytes);
    EXPECT_EQ(again->generation(), reservation.generation());
    for (uint8_t number = 0; number < 5; ++number) {
      EXPECT_EQ(again->verdict(host_of(number)), reservation.verdict(host_of(number)));
    }
    if (!bytes.empty()) {
      EXPECT_FALSE(Reservation::restored(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
      bytes[random.below(bytes.size())] ^= static_cast<char>(1U << random.below(8));
      (void)Reservation::restored(bytes);  // whatever it says, it does not fall over
    }
  }
}

// -- which controllers a host has, for reports and notices

TEST(HostControllers, finds_those_of_each_host_in_order) {
  core::Random random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<HostController> controllers;
    std::map<HostId, std::vector<uint16_t>> expected;
    for (uint16_t i = 0; i < random.below(30); ++i) {
      const HostId host = host_of(static_cast<uint8_t>(random.below(8)));
      controllers.push_back({.host = host, .cntlid = i});
      expected[host].push_back(i);
    }
    const HostControllers<> by_host(controllers);
    for (uint8_t number = 0; number < 9; ++number) {
      std::vector<uint16_t> found;
      for (const HostController& each : by_host.of(host_of(number))) {
        found.push_back(each.cntlid);
      }
      EXPECT_EQ(found, expected[host_of(number)]) << "round " << round;
    }
  }
}

// Counted, not timed: how often two host identifiers are compared. All hosts with all controllers would be 16 million.
TEST(HostControllers, are_not_walked_for_each_host) {
  static_assert(reservation_registrants_max == 4096 && controllers_max == 4096);
  core::Random random(7);
  std::vector<HostController> controllers;
  for (uint16_t i = 0; i < controllers_max; ++i) {
    HostId host{};
    for (uint8_t& byte : host) {
      byte = static_cast<uint8_t>(random.next());
    }
    controllers.push_back({.host = host, .cntlid = i});
  }
  uint64_t comparisons = 0;
  const auto less = [&comparisons](const HostId& one, const HostId& other) {
    ++comparisons;
    return one < other;
  };
  const HostControllers by_host(controllers, less);
  for (const HostController& each : controllers) {
    ASSERT_EQ(by_host.of(each.host).size(), 1U);
  }
  EXPECT_LE(comparisons, uint64_t{controllers_max} * 5 * 12)
      << "log n for each to sort them and to find them, a few times";
}

}  // namespace
}  // namespace outrigger::nvme
