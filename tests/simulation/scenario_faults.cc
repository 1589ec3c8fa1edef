// Scenario: what goes wrong, and how it is mended.
#include "simulation/scenario.h"

#include <fmt/format.h>

#include <utility>

namespace outrigger::simulation {
namespace {

constexpr uint64_t millisecond = 1'000'000;

}  // namespace

void Scenario::act() {
  const uint64_t choice = random_.below(1000);
  if (!target_.is_up() && target_.is_idle() && random_.chance(20)) {
    trace("target starts");
    target_.start();
  } else if (choice < 40) {
    break_link();
  } else if (choice < 50) {
    break_door();
  } else if (choice < 58) {
    change_machine();
  } else if (choice < 66) {
    change_port();
  } else if (choice < 90) {
    change_subsystem();
  } else if (choice < 94) {
    ++counts_.faults;
    trace("paths are reset");
    host_.reset();
  } else if (choice < 130) {
    pass_time();
  } else {
    submit();
  }
}

void Scenario::pass_time() {
  constexpr uint64_t longest_ns[] = {10 * millisecond, 100 * millisecond, 1500 * millisecond};
  sim_.run_for(random_.below(longest_ns[random_.below(3)]));
}

void Scenario::break_link() {
  const auto links = network_.links();
  if (links.empty()) {
    return;
  }
  ++counts_.faults;
  const size_t index = random_.below(links.size());
  Link& link = *links[index];
  const Side side = random_.chance(2) ? Side::Host : Side::Target;
  const uint64_t kind = random_.below(has_both_digests() || options_.damages_unprotected ? 9 : 6);
  const uint64_t until_ns = now_ns() + random_.below((random_.chance(2) ? 30 : 4000) * millisecond);
  trace(fmt::format("link {} of door {}: fault {}, side {}, until {} us", index, link.door(), kind,
                    static_cast<int>(side), until_ns / 1000));
  switch (kind) {
    case 0: link.cut(false); break;
    case 1: link.cut(true); break;
    case 2: link.stall(side, until_ns); break;
    case 3:
      link.stall(Side::Host, until_ns);
      link.stall(Side::Target, until_ns);
      break;
    case 4: link.hang_up(side); break;
    // One end knows at once; what it had said arrives much later.
    case 5:
      link.stall(side, until_ns);
      link.hang_up(side);
      break;
    default: link.damage(side); break;
  }
}

void Scenario::break_door() {
  constexpr Network::Door doors[] = {Network::Door::Open, Network::Door::Open, Network::Door::Refuses,
                                     Network::Door::Dark};
  ++counts_.faults;
  const size_t port = random_.below(port_count);
  const Network::Door door = doors[random_.below(4)];
  trace(fmt::format("door {} becomes {}", door_of(port), static_cast<int>(door)));
  network_.set_door(door_of(port), door);
  // A route that goes away takes what is on it along; who refuses only refuses newcomers.
  if (door == Network::Door::Dark) {
    for (Link* const link : network_.links()) {
      if (link->door() == door_of(port)) {
        link->stall(Side::Host, UINT64_MAX);
        link->stall(Side::Target, UINT64_MAX);
      }
    }
  }
}

void Scenario::change_machine() {
  if (target_.is_up() && target_.is_idle()) {
    ++counts_.kills;
    trace("target is killed");
    target_.kill();
  }
}

void Scenario::change_port() {
  if (!target_.is_up() || !target_.is_idle()) {
    return;
  }
  ++counts_.faults;
  const size_t port = random_.below(port_count);
  if (target_.has_port(port)) {
    trace(fmt::format("port {} is closed", port));
    target_.close_port(port);
  } else {
    trace(fmt::format("port {} is opened", port));
    target_.open_port(port);
  }
}

void Scenario::change_subsystem() {
  if (!target_.is_up() || !target_.is_idle()) {
    return;
  }
  ++counts_.faults;
  const uint64_t choice = random_.below(12);
  if (choice >= 10) {
    trace("Identify fails for a while");
    target_.fail_identify(static_cast<uint32_t>(1 + random_.below(15)));
  } else if (choice < 5) {
    constexpr nvme::AnaState states[] = {nvme::AnaState::Optimized, nvme::AnaState::Optimized,
                                         nvme::AnaState::NonOptimized, nvme::AnaState::Inaccessible,
                                         nvme::AnaState::Change};
    const size_t port = random_.below(port_count);
    const nvme::AnaState state = states[random_.below(5)];
    if (target_.has_port(port)) {
      trace(fmt::format("ANA of port {} becomes {}", port, static_cast<int>(state)));
      target_.set_ana(port, state);
    }
  } else if (choice < 8) {
    constexpr uint32_t nsid = 2;
    trace(fmt::format("namespace {} {}", nsid, target_.shows(nsid) ? "goes" : "comes"));
    target_.shows(nsid) ? target_.remove_namespace(nsid) : target_.add_namespace(nsid);
  } else {
    const auto nsid = static_cast<uint32_t>(random_.below(namespace_count) + 1);
    const uint64_t count = target_.block_count(nsid) / 2 + 24 + random_.below(40);
    trace(fmt::format("namespace {} has {} blocks", nsid, std::max<uint64_t>(count, 48)));
    target_.resize(nsid, std::max<uint64_t>(count, 48));
  }
}

void Scenario::make_all_well() {
  trace("all is well");
  network_.calm_down();
  target_.fail_identify(0);
  const auto is_idle = [this] { return target_.is_idle(); };
  constexpr uint64_t patience_ns = 60'000 * millisecond;
  wait(is_idle, patience_ns, "the target did not come to rest");
  if (!target_.is_up()) {
    target_.start();
    wait(is_idle, patience_ns, "the target did not start");
  }
  for (size_t port = 0; port < port_count; ++port) {
    if (!target_.has_port(port)) {
      target_.open_port(port);
    }
    target_.set_ana(port, nvme::AnaState::Optimized);
  }
  for (uint32_t nsid = 1; nsid <= namespace_count; ++nsid) {
    if (!target_.shows(nsid)) {
      target_.add_namespace(nsid);
      wait(is_idle, patience_ns, "a namespace was not added");
    }
  }
}

}  // namespace outrigger::simulation
