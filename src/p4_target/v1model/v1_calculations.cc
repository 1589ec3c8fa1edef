// v1_calculations.cc: hashes and checksums by the names that simple_switch_CLI has for them, and their custom CRCs.
#include <algorithm>
#include <array>
#include <tuple>

#include "p4_target/extern_calls.h"
#include "p4_target/v1model/v1_switch.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::CallExtern;

// Which argument says the algorithm; none: the call is no calculation. Hashes are counted first, then the checksums
// that are written, then those that are verified.
struct Form {
  std::string_view name;
  size_t algorithm_position;
  uint32_t rank;
};
constexpr std::array<Form, 5> forms = {{{"hash", 1, 0},
                                        {"update_checksum", 3, 1},
                                        {"update_checksum_with_payload", 3, 1},
                                        {"verify_checksum", 3, 2},
                                        {"verify_checksum_with_payload", 3, 2}}};

const Form* form_of(const CallExtern& call) {
  const auto* const found = std::ranges::find(forms, call.name, &Form::name);
  return found == forms.end() || call.instance != p4_ir::ExternId::None ||
                 call.arguments.size() <= found->algorithm_position
             ? nullptr
             : found;
}

// The algorithm that a call names; none: it is not known before the program runs.
std::optional<uint64_t> named_member(const CallExtern& call, size_t position) {
  const auto& parts = call.arguments[position].parts;
  const auto* constant = parts.empty() ? nullptr : p4_ir::as<p4_ir::Constant>(parts.front().value);
  return constant == nullptr ? std::nullopt : std::optional(constant->value.low());
}

}  // namespace

void V1Switch::find_calculations() {
  struct Found {
    uint32_t rank = 0;
    uint32_t begin = 0;  // in the source
    Calculation calculation;
  };
  std::vector<Found> all;
  for_each_extern_call(program(), [&](const CallExtern& call) {
    if (const Form* form = form_of(call)) {
      Found& found = all.emplace_back(Found{.rank = form->rank, .begin = call.where.begin, .calculation = {}});
      found.calculation.site = call.site;
      const auto member = named_member(call, form->algorithm_position);
      const auto algorithm = member.has_value() ? algorithm_of(*member) : std::nullopt;
      if (algorithm == HashAlgorithm::Crc16Custom) {
        found.calculation.custom_width_bits = 16;
      } else if (algorithm == HashAlgorithm::Crc32Custom) {
        found.calculation.custom_width_bits = 32;
      }
    }
  });
  std::ranges::sort(all, {}, [](const Found& found) {  // of two with one place the first that was made
    return std::tuple(found.rank, found.begin, found.calculation.site);
  });
  for (Found& found : all) {
    found.calculation.name =
        calculations_.empty() ? std::string("calc") : fmt::format("calc_{}", calculations_.size() - 1);
    calculations_.push_back(std::move(found.calculation));
  }
}

Result<> V1Switch::set_calculation_crc(std::string_view name, const pipeline::CrcParameters& parameters) {
  OR_TRY(Hasher::check(parameters));
  const auto found = std::ranges::find(calculations_, name, &Calculation::name);
  if (found == calculations_.end()) {
    return fail(Code::NotFound, "there is no calculation {}: the program has {}, called calc, calc_0, calc_1 and so on",
                name, calculations_.size());
  }
  if (found->custom_width_bits != parameters.width_bits) {
    return fail(Code::InvalidArgument, "calculation {} is not a crc{}_custom", name, parameters.width_bits);
  }
  found->crc = parameters;
  return {};
}

uint64_t V1Switch::compute_hash(const CallExtern& call, HashAlgorithm algorithm, std::span<const uint8_t> bytes) const {
  if (algorithm == HashAlgorithm::Crc16Custom || algorithm == HashAlgorithm::Crc32Custom) {
    const auto found = std::ranges::find(calculations_, call.site, &Calculation::site);
    if (found != calculations_.end() && found->crc.has_value()) {
      return pipeline::crc(*found->crc, bytes);
    }
  }
  return hasher_.compute(algorithm, bytes);
}

}  // namespace outrigger::p4_target
