#include "cli/update.h"

#include "cli/disks.h"
#include "cli/nvme.h"
#include "cli/remote_keys.h"

#include <outrigger/v1/volume.pb.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace outrigger::cli {

namespace v1 = outrigger::v1;

namespace {

bool is_assignment(const std::string& word) { return word.find('=') != std::string::npos; }

// The first option that was given and is not `allowed`; empty: none.
std::string stray_option(const VolumeRequest& options, std::string_view allowed) {
  const std::pair<std::string_view, bool> given[] = {{"--size", !options.size.empty()},
                                                     {"--limit", !options.limits.empty()},
                                                     {"--key-file", !options.key_file.empty()},
                                                     {"--cipher", !options.cipher.empty()}};
  for (const auto& [option, is_given] : given) {
    if (is_given && option != allowed) {
      return std::string(option);
    }
  }
  return "";
}

// Limits of a disk or NVMe namespace, as words or with --limit; the word `none` removes them all.
Printed update_limits(Client& client, const UpdateRequest& request, bool is_disk, Format format) {
  std::vector<std::string> limits = request.words;
  limits.insert(limits.end(), request.options.limits.begin(), request.options.limits.end());
  if (limits.empty()) {
    return fail(Code::InvalidArgument,
                "nothing to change: give the limits, such as `outrigger update {} {} 100KIOPS`, or `none` to remove "
                "them all",
                is_disk ? "disk" : "namespace", short_name(request.name));
  }
  if (std::ranges::find(limits, "none") != limits.end()) {
    if (limits.size() > 1) {
      return fail(Code::InvalidArgument, "'none' stands alone: it removes all limits");
    }
    limits.clear();
  }
  return is_disk ? limit_disk(client, request.name, limits, format)
                 : limit_namespace(client, request.name, limits, format);
}

// --host and what goes with it, of a subsystem; --require-tls of a controller.
Printed update_keys(Client& client, const UpdateRequest& request, const Kind& kind, Format format) {
  if (!request.words.empty() || !stray_option(request.options, "").empty()) {
    return fail(Code::InvalidArgument, "keys and what is asked of hosts are changed by themselves: leave the rest out");
  }
  if (kind.name == "nvmeSubsystem") {
    if (request.host.empty()) {
      return fail(Code::InvalidArgument, "keys are those of a host: name it with --host");
    }
    return update_host_keys(client, request.name, request.host, request.keys, format);
  }
  const bool is_discovery = kind.name == "nvmeDiscovery";
  if (is_discovery || is_remote(kind)) {
    if (!request.host.empty()) {
      return fail(Code::InvalidArgument,
                  "--host: the keys of a remote controller or discovery are those of the host that we are");
    }
    return is_discovery ? update_discovery_keys(client, request.name, request.keys, format)
                        : update_remote_keys(client, request.name, request.keys, format);
  }
  HostKeys others = request.keys;
  others.requires_tls.clear();
  if (kind.name != "nvmeController" || others.are_given() || !request.host.empty()) {
    return fail(Code::InvalidArgument,
                "keys belong to the hosts of a subsystem, `outrigger update subsystem NAME --host NQN ...`, or to a "
                "remote controller or discovery, `outrigger update remote ID ...`; a controller takes --require-tls");
  }
  v1::NvmeControllerOptions wanted;
  OR_ASSIGN(const bool is_required, yes_or_no("--require-tls", request.keys.requires_tls));
  wanted.set_requires_tls(is_required);
  const Kind& options = kind_of(*v1::NvmeControllerOptions::descriptor());
  OR_ASSIGN(const auto changed, update(client, options, request.name, wanted, {"requires_tls"}));
  return show_one(options, *changed, format);
}

// "1=non-optimized"
Result<v1::NvmeAnaState> ana_state(const std::string& word) {
  constexpr std::pair<std::string_view, v1::NvmeAnaState::State> states[] = {
      {"optimized", v1::NvmeAnaState::OPTIMIZED},
      {"non-optimized", v1::NvmeAnaState::NON_OPTIMIZED},
      {"inaccessible", v1::NvmeAnaState::INACCESSIBLE},
      {"persistent-loss", v1::NvmeAnaState::PERSISTENT_LOSS},
      {"change", v1::NvmeAnaState::CHANGE}};
  const size_t equals = word.find('=');
  v1::NvmeAnaState state;
  int32_t group = 0;
  const char* const end = word.data() + std::min(equals, word.size());
  const auto [stop, error] = std::from_chars(word.data(), end, group);
  const auto* const known = equals == std::string::npos
                                ? std::end(states)
                                : std::ranges::find(states, std::string_view(word).substr(equals + 1),
                                                    &std::pair<std::string_view, v1::NvmeAnaState::State>::first);
  if (error != std::errc{} || stop != end || known == std::end(states)) {
    return fail(Code::InvalidArgument,
                "--ana: '{}' is not GROUP=STATE with a state of optimized, non-optimized, inaccessible, "
                "persistent-loss, change",
                word);
  }
  state.set_group(group);
  state.set_state(known->second);
  return state;
}

// --ana of a controller, alone: other groups stay as they are.
Printed update_ana(Client& client, const UpdateRequest& request, const Kind& kind, Format format) {
  const bool has_others = !request.words.empty() || !stray_option(request.options, "").empty() ||
                          request.keys.are_given() || !request.host.empty();
  if (kind.name != "nvmeController" || has_others) {
    return fail(Code::InvalidArgument,
                "--ana stands alone and belongs to a controller: `outrigger update controller SUBSYSTEM/NAME --ana "
                "GROUP=STATE`");
  }
  v1::NvmeControllerOptions wanted;
  for (const std::string& word : request.ana) {
    OR_ASSIGN(*wanted.add_ana_states(), ana_state(word));
  }
  const Kind& options = kind_of(*v1::NvmeControllerOptions::descriptor());
  OR_ASSIGN(const auto changed, update(client, options, request.name, wanted, {"ana_states.*"}));
  return show_one(options, *changed, format);
}

}  // namespace

Printed update_any(Client& client, const UpdateRequest& request, Format format) {
  OR_ASSIGN(const Kind* kind, find_kind(request.kind));
  if (!request.ana.empty()) {
    return update_ana(client, request, *kind, format);
  }
  if (request.keys.are_given() || !request.host.empty()) {
    return update_keys(client, request, *kind, format);
  }
  const bool assigns = std::ranges::any_of(request.words, is_assignment);
  const bool is_disk = kind->name == "virtioBlk";
  const bool has_limits = is_disk || kind->name == "nvmeNamespace";
  const std::string stray = stray_option(request.options, has_limits ? "--limit" : "");
  if (has_limits && !stray.empty()) {
    return fail(Code::InvalidArgument, "{} does not belong to a {}; `outrigger update volume …` takes it", stray,
                is_disk ? "disk" : "namespace");
  }
  const bool has_options = !stray_option(request.options, "").empty();
  if (has_options && assigns) {
    return fail(Code::InvalidArgument, "'{}': either options or field=value", request.words.front());
  }
  if (has_limits && !assigns) {
    return update_limits(client, request, is_disk, format);
  }
  if (!has_options) {
    return update_resource(client, *kind, request.name, request.words, format);
  }
  if (!is_volume(*kind)) {
    return fail(Code::InvalidArgument, "{} does not belong to {}; write field=value", stray, kind->plural);
  }
  if (!request.words.empty()) {
    return fail(Code::InvalidArgument, "'{}': a volume's limits are given with --limit", request.words.front());
  }
  VolumeRequest volume = request.options;
  volume.name = std::string(id_of(request.name));
  volume.kind = kind->resource == v1::Volume::descriptor() ? "" : kind->name;
  return update_volume(client, volume, format);
}

}  // namespace outrigger::cli
