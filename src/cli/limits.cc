// Limit tokens → OPI's QosLimit.
#include "cli/limits.h"

#include "cli/units.h"

namespace outrigger::cli {

using opi_api::storage::v1::QosLimit;

namespace {

using Setter = void (QosLimit::*)(int64_t);
using Getter = int64_t (QosLimit::*)() const;
struct Field {
  Getter get;
  Setter set;
};

Field field_of(const RateLimit& limit) {
  const bool is_operations = limit.unit == RateLimit::Unit::OperationsPerSecond;
  switch (limit.direction) {
    case RateLimit::Direction::Read:
      return is_operations ? Field{&QosLimit::rd_iops_kiops, &QosLimit::set_rd_iops_kiops}
                           : Field{&QosLimit::rd_bandwidth_mbs, &QosLimit::set_rd_bandwidth_mbs};
    case RateLimit::Direction::Write:
      return is_operations ? Field{&QosLimit::wr_iops_kiops, &QosLimit::set_wr_iops_kiops}
                           : Field{&QosLimit::wr_bandwidth_mbs, &QosLimit::set_wr_bandwidth_mbs};
    case RateLimit::Direction::Both: break;
  }
  return is_operations ? Field{&QosLimit::rw_iops_kiops, &QosLimit::set_rw_iops_kiops}
                       : Field{&QosLimit::rw_bandwidth_mbs, &QosLimit::set_rw_bandwidth_mbs};
}

Result<int64_t> in_thousands(const RateLimit& limit, const std::string& token) {
  const bool is_operations = limit.unit == RateLimit::Unit::OperationsPerSecond;
  const uint64_t step = is_operations ? 1'000 : 1'000'000;
  const std::string_view unit = is_operations ? "KIOPS" : "MB/s";
  if (limit.value % step == 0) {
    return static_cast<int64_t>(limit.value / step);
  }
  const uint64_t below = limit.value / step;
  const std::string nearest =
      below == 0 ? fmt::format("{}{}", below + 1, unit) : fmt::format("{}{} or {}{}", below, unit, below + 1, unit);
  return fail(Code::InvalidArgument, "'{}' is not a whole number of {}, in which OPI counts; take {}", token, unit,
              nearest);
}

}  // namespace

Result<QosLimit> to_qos_limit(const std::vector<std::string>& tokens) {
  QosLimit made;
  for (const std::string& token : tokens) {
    OR_ASSIGN(const RateLimit limit, parse_rate_limit(token));
    OR_ASSIGN(const int64_t value, in_thousands(limit, token));
    const Field field = field_of(limit);
    if ((made.*field.get)() != 0) {
      return fail(Code::InvalidArgument, "'{}': this limit is given twice", token);
    }
    (made.*field.set)(value);
  }
  return made;
}

}  // namespace outrigger::cli
