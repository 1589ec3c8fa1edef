// portable_checksums.cc: PSA's and PNA's Hash, Checksum and InternetChecksum.
#include "p4_target/extern_argument.h"
#include "p4_target/field_bytes.h"
#include "p4_target/portable/portable_target.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::CallExtern;
using p4_ir::ExternValues;

HashAlgorithm algorithm_in(const p4_ir::Extern& declared) {
  const std::string* member = member_argument(declared);
  return member == nullptr ? HashAlgorithm::Crc32 : find_hash_algorithm(*member).value_or(HashAlgorithm::Crc32);
}

}  // namespace

// get_hash(data), and get_hash(base, data, max): base + hash modulo max.
void PortableTarget::add_hash_externs(std::vector<ExternMethod>& methods) {
  methods.push_back({"Hash", "get_hash", [this](const CallExtern& call, ExternValues& values) {
                       const bool has_range = values.arguments.size() > 2;
                       const size_t data = has_range ? 1 : 0;
                       uint64_t hash = hasher_.compute(algorithm_in(program().at(call.instance)),
                                                       argument_bytes(call.arguments[data], values.arguments[data]));
                       if (has_range) {
                         hash = pipeline::hash_in_range(hash, scalar(values.arguments[0]), scalar(values.arguments[2]));
                       }
                       give(values.result, hash);
                     }});
}

void PortableTarget::add_checksum_externs(std::vector<ExternMethod>& methods) {
  const auto add = [&](std::string_view name, Handler handler) {
    methods.push_back({"Checksum", name, std::move(handler)});
  };
  add("clear", [this](const CallExtern& call, const ExternValues&) { checksums_[call.instance].clear(); });
  add("update", [this](const CallExtern& call, const ExternValues& values) {
    std::vector<uint8_t>& bytes = checksums_[call.instance];
    const std::vector<uint8_t> more = argument_bytes(call.arguments[0], values.arguments[0]);
    if (bytes.size() + more.size() <= packet_bytes_max) {  // a loop may update for ever
      bytes.insert(bytes.end(), more.begin(), more.end());
    }
  });
  add("get", [this](const CallExtern& call, ExternValues& values) {
    give(values.result, hasher_.compute(algorithm_in(program().at(call.instance)), checksums_[call.instance]));
  });
}

void PortableTarget::add_internet_checksum_externs(std::vector<ExternMethod>& methods) {
  const auto add = [&](std::string_view name, Handler handler) {
    methods.push_back({"InternetChecksum", name, std::move(handler)});
  };
  add("clear", [this](const CallExtern& call, const ExternValues&) { internet_checksums_[call.instance] = {}; });
  add("add", [this](const CallExtern& call, const ExternValues& values) {
    internet_checksums_[call.instance].add(argument_bytes(call.arguments[0], values.arguments[0]));
  });
  add("subtract", [this](const CallExtern& call, const ExternValues& values) {
    internet_checksums_[call.instance].subtract(argument_bytes(call.arguments[0], values.arguments[0]));
  });
  add("get", [this](const CallExtern& call, ExternValues& values) {
    give(values.result, internet_checksums_[call.instance].checksum());
  });
  add("get_state", [this](const CallExtern& call, ExternValues& values) {
    give(values.result, internet_checksums_[call.instance].state());
  });
  add("set_state", [this](const CallExtern& call, const ExternValues& values) {
    internet_checksums_[call.instance] =
        pipeline::OnesComplementSum(static_cast<uint16_t>(scalar(values.arguments[0])));
  });
}

}  // namespace outrigger::p4_target
