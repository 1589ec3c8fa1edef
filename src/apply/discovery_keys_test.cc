// Discoveries with keys: for the discovery controllers, and for what is found.
#include "apply/discovery_rig.h"

#include <gmock/gmock.h>

namespace outrigger::apply {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* tls_key = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";
constexpr const char* dhchap_key = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
constexpr const char* other_key = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:";

class DiscoveryKeys : public DiscoveryHooks {
 protected:
  static v1::NvmeDiscovery with_all() {
    v1::NvmeDiscovery wanted;
    wanted.set_tls_key(tls_key);
    wanted.set_dhchap_key(dhchap_key);
    wanted.set_dhchap_controller_key(other_key);
    wanted.add_hashes(v1::NvmeHostSecurity::SHA_384);
    wanted.add_dh_groups(v1::NvmeHostSecurity::FFDHE3072);
    wanted.set_tls_identity_version(1);
    return wanted;
  }
  Result<v1::NvmeDiscovery> update(v1::NvmeDiscovery wanted, const std::vector<std::string>& paths) {
    v1::UpdateNvmeDiscoveryRequest request;
    wanted.set_name("nvmeDiscoveries/fabric0");
    *request.mutable_nvme_discovery() = std::move(wanted);
    request.mutable_update_mask()->mutable_paths()->Add(paths.begin(), paths.end());
    auto updated = world->call<v1::NvmeDiscovery>("UpdateNvmeDiscovery", request);
    world->pass();
    return updated;
  }
  const nvme_host::PathSecurity* security() const { return world->feeds.front()->options().security.get(); }
  opi::NvmeRemoteController controller(const std::string& id) const {
    const auto all = world->model->found_below(*opi::NvmeRemoteController::descriptor(), "");
    return all.contains(id) ? static_cast<const opi::NvmeRemoteController&>(*all.at(id)) : opi::NvmeRemoteController();
  }
  v1::NvmeRemoteControllerOptions options(const std::string& id) const {
    const auto stored = world->model->found_options(*opi::NvmeRemoteController::descriptor(), id);
    return stored == nullptr ? v1::NvmeRemoteControllerOptions()
                             : static_cast<const v1::NvmeRemoteControllerOptions&>(*stored);
  }
  const std::string made_ = model::nvme_discovered_controller_id("fabric0", disks);
};

void expect_no_key(const v1::NvmeDiscovery& shown) {
  EXPECT_EQ(shown.tls_key() + shown.dhchap_key() + shown.dhchap_controller_key(), "");
}

TEST_F(DiscoveryKeys, are_for_discovery_controllers_and_what_is_found) {
  const auto followed = follow(with_all());
  ASSERT_TRUE(followed.has_value()) << followed.error().what;
  for (const v1::NvmeDiscovery& shown : {*followed, get()}) {
    expect_no_key(shown);
    EXPECT_TRUE(shown.has_tls_key() && shown.has_dhchap_key() && shown.has_dhchap_controller_key());
  }
  ASSERT_NE(security(), nullptr);
  EXPECT_TRUE(security()->host_key && security()->controller_key && security()->tls_psk);
  EXPECT_FALSE(security()->demands_authentication) << "most discovery services do not ask";
  EXPECT_THAT(security()->algorithms.hashes, ElementsAre(nvme_auth::HashId::Sha384));
  EXPECT_THAT(security()->algorithms.dh_groups, ElementsAre(nvme_auth::DhGroup::Ffdhe3072));
  EXPECT_EQ(security()->psk_version, nvme_auth::PskVersion::V1);
  EXPECT_NE(world->feeds.front()->options().pace, nullptr) << "that of all paths";
  auto secure = subsystem(disks, "192.0.2.9");
  auto beyond = referral("192.0.2.2");
  secure.requires_secure_channel = beyond.requires_secure_channel = true;
  show({secure, beyond});
  ASSERT_THAT(world->feeds, SizeIs(2));
  ASSERT_NE(world->feeds.back()->options().security, nullptr);
  EXPECT_TRUE(world->feeds.back()->options().security->tls_psk.has_value());
  ASSERT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-9-4420")));
  EXPECT_EQ(controller(made_).tcp().psk(), tls_key);
  EXPECT_EQ(options(made_).dhchap_key(), dhchap_key);
  EXPECT_EQ(options(made_).dhchap_controller_key(), other_key);
  EXPECT_THAT(options(made_).hashes(), ElementsAre(v1::NvmeHostSecurity::SHA_384));
  EXPECT_EQ(options(made_).tls_identity_version(), 1);
  // All of it is there after a restart.
  restart();
  world->pass();
  EXPECT_TRUE(security()->host_key && security()->controller_key && security()->tls_psk);
  EXPECT_TRUE(get().has_tls_key());
  EXPECT_EQ(options(made_).dhchap_key(), dhchap_key);
  EXPECT_THAT(paths(), SizeIs(1));
}

TEST_F(DiscoveryKeys, that_change_are_used_at_once) {
  ASSERT_TRUE(follow().has_value());
  EXPECT_EQ(security(), nullptr);
  auto secure = subsystem(tapes, "192.0.2.1");
  secure.requires_secure_channel = true;
  show({subsystem(disks, "192.0.2.1"), secure, referral("192.0.2.2")});
  show({}, "192.0.2.2:8009");
  EXPECT_THAT(paths(), SizeIs(1));
  EXPECT_THAT(get().entries(1).state_reason(), HasSubstr("requires TLS, for which the discovery has no key (tls_key)"));
  v1::NvmeDiscovery wanted;
  wanted.set_tls_key(tls_key);
  const auto updated = update(wanted, {"tls_key"});
  ASSERT_TRUE(updated.has_value()) << updated.error().what;
  expect_no_key(*updated);
  EXPECT_TRUE(updated->has_tls_key());
  // Connected to anew; until there is a list nothing comes or goes, for a wrong key would go with what comes.
  ASSERT_THAT(world->feeds, SizeIs(2));
  for (const FakeFeed* const feed : world->feeds) {
    ASSERT_NE(feed->options().security, nullptr);
    EXPECT_TRUE(feed->options().security->tls_psk.has_value());
  }
  world->pass(60'000);
  EXPECT_THAT(paths(), SizeIs(1));
  EXPECT_EQ(get().state(), v1::NvmeDiscovery::CONNECTING);
  ASSERT_EQ(get().entries_size(), 2) << "the last list holds";
  EXPECT_EQ(get().entries(0).state(), v1::NvmeDiscoveryEntry::MADE);
  EXPECT_EQ(get().entries(1).state(), v1::NvmeDiscoveryEntry::WAITING);
  EXPECT_THAT(get().entries(1).state_reason(), HasSubstr("has not been heard again"));
  show({subsystem(disks, "192.0.2.1"), secure, referral("192.0.2.2")});
  EXPECT_THAT(paths(), SizeIs(2));
  EXPECT_EQ(controller(made_).tcp().psk(), "") << "what was there has its own";
  EXPECT_EQ(controller(model::nvme_discovered_controller_id("fabric0", tapes)).tcp().psk(), tls_key);
  // Not by a change of something else.
  wanted.set_queue_size(64);
  ASSERT_TRUE(update(wanted, {"queue_size"}).has_value());
  EXPECT_TRUE(world->feeds.front()->has_log()) << "the same connection";
  EXPECT_TRUE(get().has_tls_key());
  // And taken away by its name.
  ASSERT_TRUE(update({}, {"tls_key"}).has_value());
  EXPECT_FALSE(get().has_tls_key());
  EXPECT_EQ(security(), nullptr);
  show({subsystem(disks, "192.0.2.1"), secure});
  EXPECT_THAT(paths(), SizeIs(2)) << "what was found with it has it";
  auto another = subsystem(disks, "192.0.2.2");
  another.requires_secure_channel = true;
  show({subsystem(disks, "192.0.2.1"), another, secure});
  EXPECT_THAT(paths(), SizeIs(2));
  EXPECT_THAT(get().entries(1).state_reason(), HasSubstr("for which its remote controller has no key"));
}

// Sixteen that say nothing: each is waited for, but not one after the other, and what they showed is known meanwhile.
TEST_F(DiscoveryKeys, that_change_stop_all_connections_at_once) {
  constexpr uint64_t goodbye_ns = 5'000'000'000;
  ASSERT_TRUE(follow().has_value());
  std::vector<DiscoveryRecord> log{subsystem(disks, "192.0.2.1")};
  for (size_t i = 1; i < discovery_sources_max; ++i) {
    log.push_back(referral(fmt::format("198.51.100.{}", i)));
  }
  show(log);
  show({subsystem(tapes, "192.0.2.1")}, "198.51.100.7:8009");
  ASSERT_THAT(world->feeds, SizeIs(discovery_sources_max));
  for (FakeFeed* const feed : world->feeds) {
    feed->goodbye_ns = goodbye_ns;
  }
  v1::NvmeDiscovery wanted;
  wanted.set_dhchap_key(dhchap_key);
  const uint64_t begin_ns = clock.now_ns();
  ASSERT_TRUE(update(wanted, {"dhchap_key"}).has_value());
  EXPECT_LT(clock.now_ns() - begin_ns, 2 * goodbye_ns);
  EXPECT_THAT(world->feeds, SizeIs(discovery_sources_max));
  const auto shown = get();
  EXPECT_EQ(shown.state(), v1::NvmeDiscovery::CONNECTING);
  ASSERT_EQ(shown.entries_size(), 2);
  EXPECT_EQ(shown.entries(0).state(), v1::NvmeDiscoveryEntry::MADE);
  EXPECT_EQ(shown.entries(1).state(), v1::NvmeDiscoveryEntry::MADE);
  // The same of those that are referred to no more, for which a change waits, and at the end.
  for (FakeFeed* const feed : world->feeds) {
    feed->goodbye_ns = goodbye_ns;
  }
  show({subsystem(disks, "192.0.2.1")});
  wanted.set_queue_size(64);
  const uint64_t again_ns = clock.now_ns();
  ASSERT_TRUE(update(wanted, {"queue_size"}).has_value());
  EXPECT_LT(clock.now_ns() - again_ns, 2 * goodbye_ns);
  EXPECT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-1-4420"))) << "all that is followed was heard";
}

TEST_F(DiscoveryKeys, that_a_referral_lacks_leave_what_it_showed) {
  v1::NvmeDiscovery wanted;
  wanted.set_tls_key(tls_key);
  ASSERT_TRUE(follow(wanted).has_value());
  auto secure = referral("192.0.2.2");
  secure.requires_secure_channel = true;
  show({subsystem(disks, "192.0.2.1"), secure});
  show({subsystem(tapes, "192.0.2.2"), referral("192.0.2.3")}, "192.0.2.2:8009");
  show({}, "192.0.2.3:8009");
  ASSERT_THAT(paths(), SizeIs(2));
  ASSERT_EQ(get().state(), v1::NvmeDiscovery::FOLLOWING);
  ASSERT_TRUE(update({}, {"tls_key"}).has_value());
  const auto expect_kept = [this] {
    EXPECT_THAT(paths(), SizeIs(2));
    const auto shown = get();
    EXPECT_EQ(shown.state(), v1::NvmeDiscovery::CONNECTING);
    EXPECT_EQ(shown.state_reason(), "192.0.2.2:8009: it requires TLS, for which the discovery has no key (tls_key)");
    EXPECT_EQ(world->feed("192.0.2.2:8009"), nullptr) << "it is not asked in the clear";
    ASSERT_GE(shown.sources_size(), 2);
    EXPECT_EQ(shown.sources(1).state(), v1::NvmeDiscovery::CONNECTING);
  };
  show({subsystem(disks, "192.0.2.1"), secure});
  show({}, "192.0.2.3:8009");
  expect_kept();
  EXPECT_EQ(get().entries_size(), 2) << "its last list holds";
  // Nobody has heard it since the start.
  restart();
  world->pass();
  show({subsystem(disks, "192.0.2.1"), secure});
  expect_kept();
  // One that is asked in the clear until it is said to require TLS.
  show({subsystem(disks, "192.0.2.1"), referral("192.0.2.2")});
  show({subsystem(tapes, "192.0.2.2")}, "192.0.2.2:8009");
  EXPECT_EQ(get().state(), v1::NvmeDiscovery::FOLLOWING);
  show({subsystem(disks, "192.0.2.1"), secure});
  expect_kept();
  // And with the key again.
  ASSERT_TRUE(update(wanted, {"tls_key"}).has_value());
  show({subsystem(disks, "192.0.2.1"), secure});
  show({}, "192.0.2.2:8009");
  EXPECT_EQ(get().state(), v1::NvmeDiscovery::FOLLOWING);
  EXPECT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-1-4420")));
}

TEST_F(DiscoveryKeys, that_many_referrals_lack_displace_no_others) {
  ASSERT_TRUE(follow().has_value());
  std::vector<DiscoveryRecord> log;
  for (int i = 1; i <= 200; ++i) {
    log.push_back(referral(fmt::format("198.51.100.{}", i)));
    log.back().requires_secure_channel = true;
  }
  for (int i = 1; i <= 200; ++i) {
    log.push_back(referral(fmt::format("203.0.113.{}", i)));
  }
  show(log);
  EXPECT_THAT(world->feeds, SizeIs(discovery_sources_max));
  EXPECT_NE(world->feed("203.0.113.1:8009"), nullptr);
  EXPECT_EQ(get().sources_size(), 2 * static_cast<int>(discovery_sources_max));
  // With the key all are alike, and the first come first.
  v1::NvmeDiscovery wanted;
  wanted.set_tls_key(tls_key);
  ASSERT_TRUE(update(wanted, {"tls_key"}).has_value());
  EXPECT_THAT(world->feeds, SizeIs(discovery_sources_max));
  EXPECT_NE(world->feed("198.51.100.1:8009"), nullptr);
  EXPECT_EQ(world->feed("203.0.113.1:8009"), nullptr);
  EXPECT_EQ(get().sources_size(), static_cast<int>(discovery_sources_max));
}

// An identity of version 0 has room for some 200 characters of names.
TEST_F(DiscoveryKeys, that_do_not_fit_long_names_say_so) {
  const auto nqn_of = [](size_t length) {
    const std::string prefix = "nqn.2026-11.org.example:";
    return prefix + std::string(length - prefix.size(), 'h');
  };
  v1::NvmeDiscovery wanted;
  wanted.set_hostnqn(nqn_of(210));
  wanted.set_tls_key(tls_key);
  const auto refused = follow(wanted);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::InvalidArgument);
  EXPECT_THAT(refused.error().what, HasSubstr("nvme_discovery.tls_identity_version: the NQNs are too long"));
  wanted.set_tls_identity_version(1);
  ASSERT_TRUE(follow(wanted).has_value());
  EXPECT_THAT(world->feeds, SizeIs(1));
  EXPECT_FALSE(update({}, {"tls_identity_version"}).has_value());
  ASSERT_TRUE(stop_following().has_value());
  // One that is referred to has a name of its own.
  wanted.set_hostnqn(nqn_of(180));
  wanted.set_tls_identity_version(0);
  ASSERT_TRUE(follow(wanted).has_value());
  auto far = referral("192.0.2.2");
  far.subnqn = nqn_of(120);
  show({subsystem(disks, "192.0.2.1"), far});
  ASSERT_THAT(paths(), SizeIs(1));
  show({far});
  EXPECT_THAT(paths(), SizeIs(1)) << "it may show what is there";
  const auto shown = get();
  EXPECT_EQ(shown.state(), v1::NvmeDiscovery::CONNECTING);
  EXPECT_THAT(shown.state_reason(), HasSubstr("192.0.2.2:8009: the NQNs are too long"));
  ASSERT_EQ(shown.sources_size(), 2);
  EXPECT_EQ(shown.sources(1).state_reason(), shown.state_reason());
  show({});
  EXPECT_THAT(paths(), IsEmpty());
}

// What was made before the discovery had keys stays as it is; nothing more is made that is less than they promise.
TEST_F(DiscoveryKeys, make_no_path_of_a_controller_that_has_none) {
  v1::NvmeDiscovery with_tls;
  with_tls.set_tls_key(tls_key);
  v1::NvmeDiscovery with_proof;
  with_proof.set_dhchap_key(dhchap_key);
  with_proof.set_dhchap_controller_key(other_key);
  v1::NvmeDiscovery with_concatenation;
  with_concatenation.set_dhchap_key(dhchap_key);
  with_concatenation.set_secure_channel_concatenation(true);
  const std::vector<DiscoveryRecord> two{subsystem(disks, "192.0.2.1"), subsystem(disks, "192.0.2.2")};
  for (const v1::NvmeDiscovery& wanted : {with_tls, with_proof, with_concatenation}) {
    ASSERT_TRUE(follow().has_value());
    show({two.front()});
    ASSERT_TRUE(update(wanted, {}).has_value());
    show(two);
    EXPECT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-1-4420")));
    ASSERT_EQ(get().entries_size(), 2);
    EXPECT_EQ(get().entries(0).state(), v1::NvmeDiscoveryEntry::MADE);
    EXPECT_EQ(get().entries(1).state(), v1::NvmeDiscoveryEntry::IGNORED);
    EXPECT_THAT(get().entries(1).state_reason(),
                HasSubstr(fmt::format("`outrigger update {} {} ",
                                      wanted.secure_channel_concatenation() ? "nvmeRemoteControllerOptions" : "remote",
                                      made_)));
    // Other keys than the discovery's are its own affair.
    v1::UpdateNvmeRemoteControllerOptionsRequest request;
    auto& changed = *request.mutable_nvme_remote_controller_options();
    changed.set_name(fmt::format("nvmeRemoteControllers/{}", made_));
    changed.set_dhchap_key(other_key);
    changed.set_dhchap_controller_key(dhchap_key);
    changed.set_secure_channel_concatenation(true);
    ASSERT_TRUE(world->call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request).has_value());
    world->pass();
    EXPECT_THAT(paths(), SizeIs(2));
    ASSERT_TRUE(stop_following().has_value());
  }
}

TEST_F(DiscoveryKeys, concatenation_is_for_what_is_found) {
  v1::NvmeDiscovery wanted;
  wanted.set_dhchap_key(dhchap_key);
  wanted.set_secure_channel_concatenation(true);
  ASSERT_TRUE(follow(wanted).has_value());
  EXPECT_TRUE(security()->host_key.has_value());
  EXPECT_FALSE(security()->concatenates);
  auto secure = subsystem(disks, "192.0.2.9");
  secure.requires_secure_channel = true;
  show({secure});
  EXPECT_TRUE(options(made_).secure_channel_concatenation());
}

TEST_F(DiscoveryKeys, that_cannot_be_are_refused_and_not_told) {
  const auto refused = [this](const auto& set) {
    v1::NvmeDiscovery wanted;
    set(wanted);
    const auto followed = follow(wanted);
    v1::DiscoverNvmeRequest question;
    question.set_traddr("192.0.2.1");
    question.set_tls_key(wanted.tls_key());
    question.set_dhchap_key(wanted.dhchap_key());
    question.set_dhchap_controller_key(wanted.dhchap_controller_key());
    question.set_tls_identity_version(wanted.tls_identity_version());
    *question.mutable_hashes() = wanted.hashes();
    const Result<void> asked = model::check_discover_request(question);
    EXPECT_TRUE(asked.has_value() == wanted.secure_channel_concatenation());
    if (followed.has_value() || followed.error().code != Code::InvalidArgument) {
      return std::string("it was not refused");
    }
    EXPECT_THAT(followed.error().what, testing::Not(HasSubstr("+secret")));
    return followed.error().what + " / " + (asked.has_value() ? "" : asked.error().what);
  };
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_tls_key("NVMeTLSkey-1:01:very+secret:"); }),
              testing::AllOf(HasSubstr("nvme_discovery.tls_key"), HasSubstr("discover_nvme_request.tls_key")));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_dhchap_key("DHHC-1:00:very+secret:"); }),
              HasSubstr("nvme_discovery.dhchap_key"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_dhchap_controller_key(other_key); }),
              HasSubstr("nvme_discovery.dhchap_controller_key: it goes with dhchap_key"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_tls_identity_version(2); }), HasSubstr("neither 0 nor 1"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.add_hashes(static_cast<v1::NvmeHostSecurity::Hash>(9)); }),
              HasSubstr("nvme_discovery.hashes"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_secure_channel_concatenation(true); }),
              HasSubstr("a TLS key is made by authenticating: give dhchap_key"));
  EXPECT_THAT(refused([](auto& wanted) {
                wanted.set_secure_channel_concatenation(true);
                wanted.set_dhchap_key(dhchap_key);
                wanted.set_tls_key(tls_key);
              }),
              HasSubstr("there is one in tls_key"));
  ASSERT_TRUE(follow(with_all()).has_value());
  const auto alone = update({}, {"dhchap_key"});
  ASSERT_FALSE(alone.has_value());
  EXPECT_THAT(alone.error().what, HasSubstr("it goes with dhchap_key"));
}

}  // namespace
}  // namespace outrigger::apply
