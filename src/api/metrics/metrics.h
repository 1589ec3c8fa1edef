// Prometheus' view of Telemetry: counters and latency histograms per volume, device and core, in text format
// 0.0.4.
#pragma once

#include <string>

namespace outrigger::v1 {
class Telemetry;
}

namespace outrigger::api::metrics {

inline constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

// Times in seconds, as Prometheus wants them; 64-bit counters. See README.md for the names.
std::string to_text(const outrigger::v1::Telemetry& telemetry);

}  // namespace outrigger::api::metrics
