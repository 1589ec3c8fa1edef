#include "cli/remote_keys.h"

#include "cli/key_files.h"

#include <outrigger/v1/nvme_discovery.pb.h>
#include <outrigger/v1/nvme_remote.pb.h>
#include <storage/backend_nvme.pb.h>

#include <algorithm>

namespace outrigger::cli {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

// The key of TLS is OPI's field of the controller, everything else an option of ours.
struct Changes {
  opi::NvmeRemoteController controller{};
  std::vector<std::string> controller_mask{};
  v1::NvmeRemoteControllerOptions options{};
  std::vector<std::string> options_mask{};
};

Result<> add_removed(const HostKeys& keys, Changes& changes) {
  HostKeys others = keys;
  others.removed.clear();
  if (!keys.removed.empty() && others.are_given()) {
    return fail(Code::InvalidArgument, "--remove-key stands alone: remove first, then change");
  }
  for (const std::string& word : keys.removed) {
    if (word == "tls") {
      changes.controller_mask = {"tcp.psk"};
    } else if (word == "dhchap" || word == "controller") {
      changes.options_mask.emplace_back(word == "dhchap" ? "dhchap_key" : "dhchap_controller_key");
    } else {
      return fail(Code::InvalidArgument, "--remove-key: '{}' is none of dhchap, controller, tls", word);
    }
  }
  return {};
}

Result<Changes> read_changes(const HostKeys& keys) {
  if (!(keys.requires_authentication + keys.requires_tls + keys.requires_concatenation).empty()) {
    return fail(Code::InvalidArgument,
                "what is required of hosts belongs to a subsystem or controller of ours; a remote controller or "
                "discovery takes keys, --hash and --dh-group");
  }
  Changes changes;
  OR_TRY(add_removed(keys, changes));
  OR_TRY(check_standard_input(keys));
  OR_ASSIGN(const std::string tls_key, read_key_line("--tls-key-file", keys.tls_key_file));
  if (!tls_key.empty()) {
    changes.controller.mutable_tcp()->set_psk(tls_key);
    changes.controller_mask = {"tcp.psk"};
  }
  OR_ASSIGN(*changes.options.mutable_dhchap_key(), read_key_line("--dhchap-key-file", keys.dhchap_key_file));
  OR_ASSIGN(*changes.options.mutable_dhchap_controller_key(),
            read_key_line("--controller-key-file", keys.controller_key_file));
  OR_ASSIGN(const auto hashes, parse_hashes(keys.hashes));
  changes.options.mutable_hashes()->Assign(hashes.begin(), hashes.end());
  OR_ASSIGN(const auto groups, parse_dh_groups(keys.dh_groups));
  changes.options.mutable_dh_groups()->Assign(groups.begin(), groups.end());
  const std::pair<bool, const char*> given[] = {{!keys.dhchap_key_file.empty(), "dhchap_key"},
                                                {!keys.controller_key_file.empty(), "dhchap_controller_key"},
                                                {!keys.hashes.empty(), "hashes"},
                                                {!keys.dh_groups.empty(), "dh_groups"}};
  for (const auto& [is_given, field] : given) {
    if (is_given) {
      changes.options_mask.emplace_back(field);
    }
  }
  return changes;
}

}  // namespace

bool is_remote(const Kind& kind) {
  const Descriptor* const all[] = {v1::NvmeRemoteState::descriptor(), opi::NvmeRemoteController::descriptor(),
                                   v1::NvmeRemoteControllerOptions::descriptor()};
  return std::ranges::find(all, kind.resource) != std::end(all);
}

Printed update_remote_keys(Client& client, std::string_view id, const HostKeys& keys, Format format) {
  OR_ASSIGN(Changes changes, read_changes(keys));
  // The API has two calls for the two; whoever changes both at a live target may have to change one at a time.
  if (!changes.options_mask.empty()) {
    const Kind& kind = kind_of(*v1::NvmeRemoteControllerOptions::descriptor());
    OR_TRY(update(client, kind, id, changes.options, changes.options_mask));
  }
  if (!changes.controller_mask.empty()) {
    const Kind& kind = kind_of(*opi::NvmeRemoteController::descriptor());
    auto changed = update(client, kind, id, changes.controller, changes.controller_mask);
    if (!changed.has_value()) {
      return changes.options_mask.empty()
                 ? std::unexpected(std::move(changed).error())
                 : with_context(std::move(changed).error(),
                                "the keys of authentication are changed, the key of TLS stays as it was");
    }
  }
  const Kind& shown = kind_of(*v1::NvmeRemoteState::descriptor());
  OR_ASSIGN(const auto state, fetch(client, shown, id));
  return show_one(shown, *state, format);
}

Printed update_discovery_keys(Client& client, std::string_view id, const HostKeys& keys, Format format) {
  OR_ASSIGN(const Changes changes, read_changes(keys));
  v1::NvmeDiscovery wanted;
  wanted.set_tls_key(changes.controller.tcp().psk());
  wanted.set_dhchap_key(changes.options.dhchap_key());
  wanted.set_dhchap_controller_key(changes.options.dhchap_controller_key());
  *wanted.mutable_hashes() = changes.options.hashes();
  *wanted.mutable_dh_groups() = changes.options.dh_groups();
  std::vector<std::string> mask = changes.options_mask;
  if (!changes.controller_mask.empty()) {
    mask.emplace_back("tls_key");
  }
  const Kind& kind = kind_of(*v1::NvmeDiscovery::descriptor());
  OR_ASSIGN(const auto changed, update(client, kind, id, wanted, mask));
  return show_one(kind, *changed, format);
}

Result<> reset_remotes(Client& client, const std::vector<std::string>& ids, std::string& done) {
  const Kind& kind = kind_of(*opi::NvmeRemoteController::descriptor());
  for (const std::string& id : ids) {
    opi::ResetNvmeRemoteControllerRequest request;
    OR_ASSIGN(*request.mutable_name(), kind.full_name(id));
    OR_TRY(client.call(method_of(*kind.resource->file(), "ResetNvmeRemoteController"), request));
    done += fmt::format("{} begins anew; `outrigger list paths` shows how its paths come up\n", id_of(id));
  }
  return {};
}

}  // namespace outrigger::cli
