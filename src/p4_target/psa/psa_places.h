// psa_places.h: places of the parameters of PSA's blocks, and of their structs' fields (psa.p4).
#pragma once

#include <cstddef>

namespace outrigger::p4_target {

namespace ingress_parser {
inline constexpr size_t istd = 3;
inline constexpr size_t resubmit_meta = 4;
inline constexpr size_t recirculate_meta = 5;
}  // namespace ingress_parser
namespace egress_parser_istd {
inline constexpr size_t egress_port = 0;
inline constexpr size_t packet_path = 1;
}  // namespace egress_parser_istd
namespace control {  // ingress and egress
inline constexpr size_t istd = 2;
inline constexpr size_t ostd = 3;
}  // namespace control
namespace ingress_istd {
inline constexpr size_t ingress_port = 0;
inline constexpr size_t packet_path = 1;
inline constexpr size_t timestamp = 2;
inline constexpr size_t parser_error = 3;
}  // namespace ingress_istd
namespace ingress_ostd {
inline constexpr size_t class_of_service = 0;
inline constexpr size_t clone = 1;
inline constexpr size_t clone_session_id = 2;
inline constexpr size_t drop = 3;
inline constexpr size_t resubmit = 4;
inline constexpr size_t multicast_group = 5;
inline constexpr size_t egress_port = 6;
}  // namespace ingress_ostd
namespace ingress_deparser {
inline constexpr size_t clone_i2e_meta = 1;
inline constexpr size_t resubmit_meta = 2;
inline constexpr size_t normal_meta = 3;
}  // namespace ingress_deparser
namespace egress_parser {
inline constexpr size_t istd = 3;
inline constexpr size_t normal_meta = 4;
inline constexpr size_t clone_i2e_meta = 5;
inline constexpr size_t clone_e2e_meta = 6;
}  // namespace egress_parser
namespace egress_istd {
inline constexpr size_t class_of_service = 0;
inline constexpr size_t egress_port = 1;
inline constexpr size_t packet_path = 2;
inline constexpr size_t instance = 3;
inline constexpr size_t timestamp = 4;
inline constexpr size_t parser_error = 5;
}  // namespace egress_istd
namespace egress_ostd {
inline constexpr size_t clone = 0;
inline constexpr size_t clone_session_id = 1;
inline constexpr size_t drop = 2;
}  // namespace egress_ostd
namespace egress_deparser {
inline constexpr size_t clone_e2e_meta = 1;
inline constexpr size_t recirculate_meta = 2;
inline constexpr size_t edstd = 6;
inline constexpr size_t edstd_egress_port = 0;
}  // namespace egress_deparser

}  // namespace outrigger::p4_target
