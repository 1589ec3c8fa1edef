// What a client of the API may ask of us at once. Beyond these it gets RESOURCE_EXHAUSTED, 413, 414 or has to
// wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace outrigger::api {

// The largest request, as gRPC bytes or as a REST body. A resource is a few hundred bytes; a key, 64.
inline constexpr size_t message_bytes_max = size_t{1} << 20;
// Requests handed to the model and not yet answered. Each waits in memory only.
inline constexpr int calls_in_flight_max = 1024;
// gRPC: streams of one connection, and all that gRPC itself may buffer.
inline constexpr int streams_per_connection_max = 128;
inline constexpr size_t grpc_memory_bytes_max = size_t{64} << 20;

// REST: one thread serves one connection at a time; more connections wait for a thread, then in the kernel.
inline constexpr size_t rest_threads = 8;
inline constexpr size_t rest_connections_waiting_max = 128;
inline constexpr size_t rest_target_bytes_max = 2048;  // path and query
inline constexpr size_t rest_keep_alive_requests_max = 1000;
inline constexpr std::chrono::seconds rest_keep_alive{
    2};  // an idle connection gives its thread back after this
inline constexpr std::chrono::seconds rest_read{5};
inline constexpr std::chrono::seconds rest_write{10};
// How long REST waits for the model: longer than the longest operation (a guest that is slow to release a
// disk).
inline constexpr std::chrono::seconds rest_answer{90};

// Templates and paths: segments of one path, depth of a field path, pieces of a field mask.
inline constexpr size_t path_segments_max = 32;
inline constexpr size_t field_depth_max = 16;
inline constexpr size_t mask_paths_max = 256;

// How long stopping waits for calls under way before it cancels them.
inline constexpr std::chrono::seconds stop_grace{2};

}  // namespace outrigger::api
