// The engines against each other: whole P4 programs, by the interpreter and by native code, over a host that answers by
// chance but both the same. Everything that can be seen must be equal: outcomes, the variables that an architecture
// observes, the parser's cursor, the output.
//
//   OUTRIGGER_SEED=n    the first seed
//   OUTRIGGER_ROUNDS=n  so many random programs, and so many thousand packets for each program that ships; ten times
//                       as many packets with OUTRIGGER_SOAK
#include <dirent.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "p4_ir/lower.h"
#include "random_program/both_engines.h"
#include "random_program/random_program.h"
#include "stf/reader.h"

namespace outrigger {
namespace {

using p4_random::BothEngines;

constexpr uint32_t packet_bytes_max = 200;
using Packet = std::vector<uint8_t>;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Engines, agree_on_random_programs) {
  const uint64_t first = from_environment("OUTRIGGER_SEED", 1);
  const uint64_t rounds = from_environment("OUTRIGGER_ROUNDS", 12);
  for (uint64_t seed = first; seed < first + rounds; ++seed) {
    SCOPED_TRACE(
        fmt::format("replay: OUTRIGGER_SEED={} OUTRIGGER_ROUNDS=1 p4_engines_test --gtest_filter=*random*", seed));
    const auto compilation = p4::compile_front_text("random.p4", p4_random::random_program(seed), {});
    const auto program = p4_ir::lower(*compilation);
    ASSERT_NE(program, nullptr) << p4::to_text(compilation->diagnostics, compilation->source);
    const auto engines = BothEngines::make(*program, seed);
    ASSERT_TRUE(engines.has_value()) << engines.error().what;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 40; ++i) {
      Packet packet(random() % packet_bytes_max);
      std::generate(packet.begin(), packet.end(), [&] { return static_cast<uint8_t>(random()); });
      ASSERT_EQ((*engines)->run(packet), "") << "packet " << i;
    }
  }
}

std::vector<std::string> files_of(const std::string& folder, const std::string& ending) {
  std::vector<std::string> names;
  DIR* directory = opendir(folder.c_str());
  while (const dirent* entry = directory == nullptr ? nullptr : readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.ends_with(ending)) {
      names.push_back(name);
    }
  }
  if (directory != nullptr) {
    closedir(directory);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The packets of a program's scripts: what parses far.
std::vector<Packet> packets_of(const std::string& folder, const std::string& stem) {
  std::vector<Packet> packets;
  for (const std::string& name : files_of(folder, ".stf")) {
    if (name.substr(0, name.find_first_of("-.")) != stem) {
      continue;
    }
    std::ifstream file(folder + "/" + name);
    std::stringstream text;
    text << file.rdbuf();
    for (const stf::Command& command : stf::read_script(text.str()).script.commands) {
      if (const auto* packet = std::get_if<stf::Packet>(&command.command)) {
        packets.emplace_back(packet->bytes.begin(), packet->bytes.end());
      }
    }
  }
  return packets;
}

// A packet of a script with some bytes changed, or cut, or longer.
Packet mutated(const std::vector<Packet>& packets, std::mt19937_64& random) {
  Packet packet = packets[random() % packets.size()];
  for (uint64_t changes = random() % 4; changes > 0 && !packet.empty(); --changes) {
    packet[random() % packet.size()] = static_cast<uint8_t>(random());
  }
  if (random() % 8 == 0) {
    packet.resize(random() % (packet.size() + 20));
  }
  return packet;
}

TEST(Engines, agree_on_the_programs_that_ship) {
  const std::string folder = OUTRIGGER_PROGRAMS_FOLDER;
  const uint64_t seed = from_environment("OUTRIGGER_SEED", 1);
  const uint64_t rounds = from_environment("OUTRIGGER_ROUNDS", 1);
  const uint64_t packets_of_round = std::getenv("OUTRIGGER_SOAK") == nullptr ? 1000 : 10'000;
  const std::vector<std::string> names = files_of(folder, ".p4");
  ASSERT_GE(names.size(), 8U);
  for (const std::string& name : names) {
    SCOPED_TRACE(fmt::format("{}; replay: OUTRIGGER_SEED={} OUTRIGGER_ROUNDS={}", name, seed, rounds));
    const auto compilation = p4::compile_front(folder + "/" + name, {});
    const auto program = p4_ir::lower(*compilation);
    ASSERT_NE(program, nullptr) << p4::to_text(compilation->diagnostics, compilation->source);
    const std::vector<Packet> packets = packets_of(folder, name.substr(0, name.size() - 3));
    ASSERT_FALSE(packets.empty());
    const auto engines = BothEngines::make(*program, seed);
    ASSERT_TRUE(engines.has_value()) << engines.error().what;
    std::mt19937_64 random(seed);
    for (uint64_t i = 0; i < rounds * packets_of_round; ++i) {
      ASSERT_EQ((*engines)->run(mutated(packets, random)), "") << "packet " << i;
    }
  }
}

}  // namespace
}  // namespace outrigger
