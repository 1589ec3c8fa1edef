// Keys of NVMe hosts: which are accepted, that they stay, and that they are never given back.
#include "model/limits.h"
#include "model/test_world.h"
#include "nvme_auth/dhchap_key.h"
#include "nvme_auth/tls_psk.h"

namespace outrigger::model {
namespace {

using Security = v1::NvmeHostSecurity;

const std::string host_a = "nqn.2022-09.io.example:a";
const std::string host_b = "nqn.2022-09.io.example:b";

std::string dhchap_key(size_t size_bytes = 32) {
  return nvme_auth::DhchapKey::generate(size_bytes, nvme_auth::HashId::Sha256)->format();
}
std::string tls_key() { return nvme_auth::ConfiguredPsk::generate(nvme_auth::HashId::Sha256)->format(); }

class NvmeKeys : public ModelTest {
 protected:
  static opi::NvmeSubsystem subsystem(const std::string& psk = "", const std::string& hostnqn = "") {
    opi::NvmeSubsystem made;
    made.mutable_spec()->set_nqn("nqn.2022-09.io.example:sub1");
    made.mutable_spec()->set_psk(psk);
    made.mutable_spec()->set_hostnqn(hostnqn);
    return made;
  }
  Result<opi::NvmeSubsystem> create(const opi::NvmeSubsystem& wanted, const v1::NvmeSubsystemOptions& with = {}) {
    v1::CreateNvmeSubsystemWithOptionsRequest request;
    request.set_nvme_subsystem_id("sub1");
    *request.mutable_nvme_subsystem() = wanted;
    *request.mutable_nvme_subsystem_options() = with;
    return world.call<opi::NvmeSubsystem>("CreateNvmeSubsystemWithOptions", request);
  }
  Result<opi::NvmeSubsystem> update(opi::NvmeSubsystem wanted, const std::string& path) {
    opi::UpdateNvmeSubsystemRequest request;
    wanted.set_name("nvmeSubsystems/sub1");
    *request.mutable_nvme_subsystem() = wanted;
    request.mutable_update_mask()->add_paths(path);
    return world.call<opi::NvmeSubsystem>("UpdateNvmeSubsystem", request);
  }
  Result<v1::NvmeSubsystemOptions> update(v1::NvmeSubsystemOptions wanted, std::initializer_list<const char*> paths) {
    v1::UpdateNvmeSubsystemOptionsRequest request;
    wanted.set_name("nvmeSubsystems/sub1");
    *request.mutable_nvme_subsystem_options() = wanted;
    for (const char* path : paths) {
      request.mutable_update_mask()->add_paths(path);
    }
    return world.call<v1::NvmeSubsystemOptions>("UpdateNvmeSubsystemOptions", request);
  }
  Result<v1::NvmeSubsystemOptions> get_options() {
    v1::GetNvmeSubsystemOptionsRequest request;
    request.set_name("nvmeSubsystems/sub1");
    return world.call<v1::NvmeSubsystemOptions>("GetNvmeSubsystemOptions", request);
  }
  // What the hooks were given last, keys and all.
  v1::NvmeSubsystemOptions realised() {
    v1::NvmeSubsystemOptions made;
    EXPECT_TRUE(made.ParseFromString(world.nvme_subsystem->options["sub1"]));
    return made;
  }
  static Security& add(v1::NvmeSubsystemOptions& options, const std::string& hostnqn) {
    Security& host = *options.add_host_security();
    host.set_hostnqn(hostnqn);
    return host;
  }
};

TEST_F(NvmeKeys, the_key_of_a_subsystem_is_never_given_back) {
  const std::string psk = tls_key();
  const auto made = create(subsystem(psk, host_a));
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->spec().psk(), "");
  const auto listed =
      world.call<opi::ListNvmeSubsystemsResponse>("ListNvmeSubsystems", opi::ListNvmeSubsystemsRequest{});
  EXPECT_EQ(listed->SerializeAsString().find(psk), std::string::npos);
  opi::NvmeSubsystem other = *made;
  other.mutable_spec()->set_model_number("other");
  OR_EXPECT_OK(update(other, "*"));
  EXPECT_NE(world.devices_real["sub1"].find(psk), std::string::npos) << "what is left out stays";
}

TEST_F(NvmeKeys, the_key_of_a_subsystem_is_one_for_tls_and_has_a_host) {
  expect_error(create(subsystem("very-secret", host_a)), Code::InvalidArgument,
               "nvme_subsystem.spec.psk: the key does");
  expect_error(create(subsystem(tls_key())), Code::InvalidArgument,
               "nvme_subsystem.spec.psk: it is the key of nvme_subsystem.spec.hostnqn, which is empty");
}

TEST_F(NvmeKeys, the_key_of_a_host_does_not_become_anothers) {
  const std::string psk = tls_key();
  OR_ASSERT_OK(create(subsystem(psk, host_a)));
  const std::string why = "nvme_subsystem.spec.psk: the stored key was agreed with host \"" + host_a + "\": give";
  expect_error(update(subsystem("", host_b), "spec.hostnqn"), Code::InvalidArgument, why);
  expect_error(update(subsystem("", host_b), "*"), Code::InvalidArgument, why);
  const auto refused = update(subsystem(tls_key(), host_b), "spec.hostnqn");  // the mask leaves the new key out
  expect_error(refused, Code::InvalidArgument, why);
  EXPECT_EQ(refused.error().what.find(psk), std::string::npos);
  OR_EXPECT_OK(update(subsystem("", host_a), "spec.hostnqn"));
  expect_error(update(subsystem(psk, host_b), "spec"), Code::InvalidArgument, why);
  OR_EXPECT_OK(update(subsystem(tls_key(), host_b), "spec"));
  OR_EXPECT_OK(update(subsystem("", host_b), "spec.psk"));
  OR_EXPECT_OK(update(subsystem("", host_a), "spec.hostnqn")) << "there is no key";
}

TEST_F(NvmeKeys, keys_of_hosts_are_kept_and_never_given_back) {
  v1::NvmeSubsystemOptions options;
  Security& a = add(options, host_a);
  a.set_dhchap_key(dhchap_key());
  a.set_dhchap_controller_key(dhchap_key(48));
  a.set_tls_key(tls_key());
  a.set_has_tls_key(false);
  add(options, host_b).set_has_dhchap_key(true);
  OR_ASSERT_OK(create(subsystem(), options));
  EXPECT_EQ(realised().host_security(0).dhchap_key(), a.dhchap_key());
  EXPECT_FALSE(realised().host_security(1).has_dhchap_key()) << "no client says so";
  const auto got = get_options();
  OR_ASSERT_OK(got);
  for (const std::string& key : {a.dhchap_key(), a.dhchap_controller_key(), a.tls_key()}) {
    EXPECT_EQ(got->SerializeAsString().find(key), std::string::npos);
  }
  EXPECT_EQ(got->name(), "nvmeSubsystems/sub1");
  EXPECT_TRUE(got->host_security(0).has_dhchap_key() && got->host_security(0).has_dhchap_controller_key() &&
              got->host_security(0).has_tls_key());
  EXPECT_FALSE(got->host_security(1).has_dhchap_key() || got->host_security(1).has_tls_key());

  // Read, modify, write.
  v1::NvmeSubsystemOptions changed = *got;
  changed.add_hosts("nqn.2022-09.io.example:c");
  const auto answered = update(changed, {"*"});
  OR_ASSERT_OK(answered);
  EXPECT_TRUE(answered->host_security(0).has_tls_key());
  EXPECT_EQ(answered->SerializeAsString().find(a.tls_key()), std::string::npos);
  EXPECT_EQ(realised().host_security(0).tls_key(), a.tls_key());
  EXPECT_EQ(realised().host_security(0).dhchap_key(), a.dhchap_key());

  // One goes, by name.
  v1::NvmeSubsystemOptions removed;
  add(removed, host_a);
  const auto without = update(removed, {"host_security.*.tls_key"});
  OR_ASSERT_OK(without);
  EXPECT_FALSE(without->host_security(0).has_tls_key());
  EXPECT_TRUE(without->host_security(0).has_dhchap_key());
}

TEST_F(NvmeKeys, they_outlive_the_daemon) {
  v1::NvmeSubsystemOptions options;
  add(options, host_a).set_dhchap_key(dhchap_key());
  OR_ASSERT_OK(create(subsystem(), options));
  world.stop();
  World next(store, real);
  OR_ASSERT_OK(next.restore());
  v1::NvmeSubsystemOptions made;
  ASSERT_TRUE(made.ParseFromString(next.nvme_subsystem->options["sub1"]));
  EXPECT_EQ(made.host_security(0).dhchap_key(), options.host_security(0).dhchap_key());
}

TEST_F(NvmeKeys, keys_must_be_keys_and_are_not_told_in_errors) {
  const std::string key = dhchap_key();
  std::string broken = key;
  broken[12] = broken[12] == 'A' ? 'B' : 'A';
  const std::string field = "nvme_subsystem_options.host_security";
  const auto refused = [&](const auto& set, const std::string& message) {
    v1::NvmeSubsystemOptions options;
    set(add(options, host_a));
    const auto result = create(subsystem(), options);
    expect_error(result, Code::InvalidArgument, message);
    EXPECT_EQ(result.error().what.find(key.substr(10, 20)), std::string::npos);
    EXPECT_EQ(result.error().what.find(broken.substr(10, 20)), std::string::npos);
  };
  refused([](Security& host) { host.set_hostnqn("host"); }, field + ".hostnqn: NQN value (host)");
  refused([](Security& host) { host.set_dhchap_key("secret"); }, field + ".dhchap_key: the key does not start");
  refused([&](Security& host) { host.set_dhchap_key(broken); }, field + ".dhchap_key: ");
  refused([&](Security& host) { host.set_tls_key(key); }, field + ".tls_key: the key does not start");
  refused([&](Security& host) { host.set_dhchap_controller_key(key); }, field + ".dhchap_controller_key: it goes with");
  refused(
      [&](Security& host) {
        host.set_dhchap_key(key);
        host.set_dhchap_controller_key(key);
      },
      field + ".dhchap_controller_key: it is the same");
  refused([](Security& host) { host.add_hashes(Security::HASH_UNSPECIFIED); }, field + ".hashes: 0 is none");
  refused([](Security& host) { host.add_dh_groups(static_cast<Security::DhGroup>(77)); }, field + ".dh_groups: 77");
  refused(
      [](Security& host) {
        host.add_hashes(Security::SHA_256);
        host.add_hashes(Security::SHA_256);
      },
      field + ".hashes: one is named twice");
}

TEST_F(NvmeKeys, what_is_required_can_be_done) {
  const auto refused = [&](const auto& set, const std::string& message) {
    v1::NvmeSubsystemOptions options;
    set(add(options, host_a));
    expect_error(create(subsystem(), options), Code::InvalidArgument, "nvme_subsystem_options.host_security" + message);
  };
  refused([](Security& host) { host.set_requires_authentication(true); }, ".requires_authentication: there is nothing");
  refused([](Security& host) { host.set_requires_tls(true); }, ".requires_tls: " + host_a + " has no key");
  refused([](Security& host) { host.set_requires_concatenation(true); }, ".requires_concatenation: a TLS key is made");
  const auto concatenation = [&](Security& host) {
    host.set_dhchap_key(dhchap_key());
    host.set_requires_concatenation(true);
  };
  refused(
      [&](Security& host) {
        concatenation(host);
        host.set_requires_tls(false);
      },
      ".requires_tls: concatenation");
  refused(
      [&](Security& host) {
        concatenation(host);
        host.add_dh_groups(Security::DH_NULL);
      },
      ".dh_groups: concatenation");
  refused(
      [&](Security& host) {
        concatenation(host);
        host.add_hashes(Security::SHA_512);
      },
      ".hashes: concatenation");
  v1::NvmeSubsystemOptions options;
  concatenation(add(options, host_a));
  OR_EXPECT_OK(create(subsystem(), options));
}

TEST_F(NvmeKeys, a_host_has_one_tls_key) {
  v1::NvmeSubsystemOptions options;
  add(options, host_a).set_tls_key(tls_key());
  const std::string why = "nvme_subsystem_options.host_security.tls_key: " + host_a + " has its TLS key in";
  expect_error(create(subsystem(tls_key(), host_a), options), Code::InvalidArgument, why);
  OR_ASSERT_OK(create(subsystem("", host_a), options));
  expect_error(update(subsystem(tls_key(), host_a), "spec.psk"), Code::InvalidArgument, why);
  // The other way round.
  OR_ASSERT_OK(update(v1::NvmeSubsystemOptions{}, {"host_security"}));
  OR_ASSERT_OK(update(subsystem(tls_key(), host_a), "spec.psk"));
  expect_error(update(options, {"host_security"}), Code::InvalidArgument, why);
  // Its psk lets TLS be required.
  v1::NvmeSubsystemOptions requiring;
  add(requiring, host_a).set_requires_tls(true);
  OR_EXPECT_OK(update(requiring, {"host_security"}));
  expect_error(update(subsystem("", host_a), "spec.psk"), Code::InvalidArgument, "has no key for it");
}

TEST_F(NvmeKeys, each_host_is_named_once_and_not_too_many) {
  v1::NvmeSubsystemOptions options;
  add(options, host_a);
  add(options, host_a);
  expect_error(create(subsystem(), options), Code::InvalidArgument,
               "host_security.hostnqn: 'nqn.2022-09.io.example:a'");
  options.mutable_host_security()->RemoveLast();
  options.add_hosts(host_a);  // in both lists it is one host
  for (size_t i = 1; i < nvme_hosts_max; ++i) {
    add(options, fmt::format("nqn.2022-09.io.example:host{}", i));
  }
  OR_ASSERT_OK(create(subsystem(), options));
  options.add_hosts(host_b);
  expect_error(update(options, {}), Code::InvalidArgument, "at most");
}

}  // namespace
}  // namespace outrigger::model
