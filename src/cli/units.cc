// Numbers with units. Parsed exactly: "1.5G" is 1500000000, and what is no whole number of bytes is an error.
#include "cli/units.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>

namespace outrigger::cli {

namespace {

struct Prefix {
  std::string_view text;  // lower case
  uint64_t factor;
};
constexpr std::array<Prefix, 11> prefixes = {{{"ki", 1ULL << 10},
                                              {"mi", 1ULL << 20},
                                              {"gi", 1ULL << 30},
                                              {"ti", 1ULL << 40},
                                              {"pi", 1ULL << 50},
                                              {"k", 1'000ULL},
                                              {"m", 1'000'000ULL},
                                              {"g", 1'000'000'000ULL},
                                              {"t", 1'000'000'000'000ULL},
                                              {"p", 1'000'000'000'000'000ULL},
                                              {"", 1}}};

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

struct Number {
  uint64_t whole = 0;
  uint64_t fraction = 0;  // digits behind the point, as a number
  uint64_t scale = 1;     // ten to the power of how many there are
  std::string_view unit;  // what follows
};

Result<Number> parse_number(std::string_view text) {
  Number number;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number.whole);
  if (error == std::errc::result_out_of_range) {
    return fail(Code::InvalidArgument, "'{}' is too large", text);
  }
  if (error != std::errc{}) {
    return fail(Code::InvalidArgument, "'{}' does not begin with a number", text);
  }
  const char* at = stop;
  if (at != end && *at == '.') {
    const char* const digits = ++at;
    while (at != end && *at >= '0' && *at <= '9') {
      if (at - digits == 9) {
        return fail(Code::InvalidArgument, "'{}' has more than nine digits behind the point", text);
      }
      number.fraction = number.fraction * 10 + static_cast<uint64_t>(*at - '0');
      number.scale *= 10;
      ++at;
    }
    if (at == digits) {
      return fail(Code::InvalidArgument, "'{}' has no digits behind the point", text);
    }
  }
  while (at != end && *at == ' ') {
    ++at;
  }
  number.unit = {at, static_cast<size_t>(end - at)};
  return number;
}

// number × numerator / denominator, when that is a whole number that fits.
Result<uint64_t> scale(const Number& number, uint64_t numerator, uint64_t denominator, std::string_view text,
                       std::string_view of_what) {
  using Wide = unsigned __int128;
  const Wide digits = static_cast<Wide>(number.whole) * number.scale + number.fraction;
  const Wide product = digits * numerator;
  const Wide divisor = static_cast<Wide>(number.scale) * denominator;
  if (digits != 0 && product / digits != numerator) {
    return fail(Code::InvalidArgument, "'{}' is too large", text);
  }
  if (product % divisor != 0) {
    return fail(Code::InvalidArgument, "'{}' is no whole number of {}", text, of_what);
  }
  const Wide value = product / divisor;
  if (value > std::numeric_limits<int64_t>::max()) {
    return fail(Code::InvalidArgument, "'{}' is too large", text);
  }
  return static_cast<uint64_t>(value);
}

std::optional<uint64_t> prefix_factor(std::string_view text) {
  const std::string wanted = lower(text);
  const auto* const found = std::ranges::find(prefixes, wanted, &Prefix::text);
  return found == prefixes.end() ? std::nullopt : std::optional(found->factor);
}

// The direction at the end of a limit, cut off.
RateLimit::Direction take_direction(std::string_view& text) {
  for (const auto& [suffix, direction] :
       {std::pair<std::string_view, RateLimit::Direction>{"-read", RateLimit::Direction::Read},
        {"-write", RateLimit::Direction::Write}}) {
    if (text.size() > suffix.size() && lower(text.substr(text.size() - suffix.size())) == suffix) {
      text.remove_suffix(suffix.size());
      return direction;
    }
  }
  return RateLimit::Direction::Both;
}

constexpr std::string_view rate_help =
    "write 100KIOPS, 10Gbps (bits), 1GB/s or 200MiB/s, with -read or -write behind it for one direction";

}  // namespace

Result<uint64_t> parse_size(std::string_view text) {
  OR_ASSIGN(const Number number, parse_number(text));
  std::string_view prefix = number.unit;
  if (!prefix.empty() && (prefix.back() == 'B' || prefix.back() == 'b')) {
    prefix.remove_suffix(1);
  }
  const auto factor = prefix_factor(prefix);
  if (!factor.has_value()) {
    return fail(Code::InvalidArgument,
                "'{}': '{}' is not a unit of size; write B, kB, MB, GB, TB, PB or KiB, MiB, GiB, TiB, PiB", text,
                number.unit);
  }
  return scale(number, *factor, 1, text, "bytes");
}

Result<RateLimit> parse_rate_limit(std::string_view text) {
  RateLimit limit;
  std::string_view rest = text;
  limit.direction = take_direction(rest);
  OR_ASSIGN(const Number number, parse_number(rest));
  const std::string unit = lower(number.unit);
  std::optional<uint64_t> factor;
  uint64_t bits = 1;
  if (unit.ends_with("iops")) {
    // "KIOPS" is a decimal thousand: its I belongs to IOPS, not to a binary Ki.
    factor = prefix_factor(std::string_view(unit).substr(0, unit.size() - 4));
  } else if (unit.ends_with("bps") || unit.ends_with("b/s") || unit.ends_with("bit/s")) {
    const size_t size = unit.ends_with("bit/s") ? 5 : 3;
    limit.unit = RateLimit::Unit::BytesPerSecond;
    factor = prefix_factor(std::string_view(unit).substr(0, unit.size() - size));
    const bool is_bytes = size == 3 && number.unit[number.unit.size() - 3] == 'B';
    bits = is_bytes ? 1 : 8;
  }
  if (!factor.has_value()) {
    return fail(Code::InvalidArgument, "'{}' is not a limit: {}", text, rate_help);
  }
  OR_ASSIGN(limit.value,
            scale(number, *factor, bits, text,
                  limit.unit == RateLimit::Unit::BytesPerSecond ? "bytes a second" : "operations a second"));
  if (limit.value == 0) {
    return fail(Code::InvalidArgument, "'{}': a limit of nothing; leave it out for no limit", text);
  }
  return limit;
}

std::string format_size(uint64_t bytes) {
  constexpr std::array<Prefix, 10> units = {{{"PiB", 1ULL << 50},
                                             {"PB", 1'000'000'000'000'000ULL},
                                             {"TiB", 1ULL << 40},
                                             {"TB", 1'000'000'000'000ULL},
                                             {"GiB", 1ULL << 30},
                                             {"GB", 1'000'000'000ULL},
                                             {"MiB", 1ULL << 20},
                                             {"MB", 1'000'000ULL},
                                             {"KiB", 1ULL << 10},
                                             {"kB", 1'000ULL}}};
  for (const Prefix& unit : units) {
    if (bytes >= unit.factor && bytes % unit.factor == 0) {
      return fmt::format("{} {}", bytes / unit.factor, unit.text);
    }
  }
  return fmt::format("{} B", bytes);
}

std::string format_quantity(double value) {
  constexpr std::array<std::pair<double, const char*>, 4> units = {{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const auto& [factor, name] : units) {
    if (value >= factor) {
      const double scaled = value / factor;
      const int decimals = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
      return fmt::format("{:.{}f}{}", scaled, decimals, name);
    }
  }
  return fmt::format("{:.0f}", value);
}

std::string format_duration_ns(double ns) {
  constexpr std::array<std::pair<double, const char*>, 3> units = {{{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}}};
  for (const auto& [factor, name] : units) {
    if (ns >= factor) {
      const double scaled = ns / factor;
      const int decimals = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
      return fmt::format("{:.{}f} {}", scaled, decimals, name);
    }
  }
  return fmt::format("{:.0f} ns", ns);
}

}  // namespace outrigger::cli
