// Files, rate limits and encryption, alone and on top of each other.
#include "contract/device_case.h"

#include "accel/engine.h"
#include "backend/file.h"
#include "block/faulty_device.h"
#include "block/memory_device.h"
#include "contract/loop_device.h"
#include "core/random.h"
#include "volume/crypto.h"
#include "volume/qos.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::contract {

namespace {

using accel::XtsCipher;

constexpr uint64_t device_bytes = 2 << 20;

std::vector<std::byte> key_of(XtsCipher cipher, uint64_t seed) {
  core::Random random(seed);
  std::vector<std::byte> key(accel::xts_key_bytes(cipher));
  for (std::byte& byte : key) {
    byte = static_cast<std::byte>(random.next());
  }
  return key;
}

Result<void> add_memory(DeviceStack& stack, uint32_t block_size) {
  OR_ASSIGN(auto memory, block::MemoryDevice::create(
                             "memory", {.block_size = block_size, .block_count = device_bytes / block_size}));
  block::MemoryDevice& device = stack.add(std::move(memory));
  stack.resize = [&device](uint64_t block_count) { return device.resize(block_count); };
  return {};
}

// A file in a folder of its own below `directory`.
Result<void> add_file(DeviceStack& stack, const char* directory, uint32_t block_size, bool is_direct_wanted = true) {
  std::string folder = (std::filesystem::path(directory) / "outrigger_contract_XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return fail_errno(errno, folder);
  }
  stack.clean_up = [folder] { std::filesystem::remove_all(folder); };
  backend::FileOptions options;
  options.path = folder + "/disk";
  options.block_size = block_size;
  options.create_bytes = device_bytes;
  options.is_direct_wanted = is_direct_wanted;
  OR_ASSIGN(auto file, backend::FileDevice::open("file", options));
  backend::FileDevice& device = stack.add(std::move(file));
  // As somebody would who may also cut it, which the volume itself does not.
  stack.resize = [&device, block_size](uint64_t block_count) -> Result<void> {
    std::filesystem::resize_file(device.path(), block_count * block_size);
    OR_TRY(device.rescan());
    return {};
  };
  return {};
}

Result<void> add_block_device(DeviceStack& stack, uint32_t block_size) {
  OR_ASSIGN(auto made, LoopDevice::create(".", device_bytes, block_size));
  const auto loop = std::make_shared<LoopDevice>(std::move(made));
  stack.clean_up = [loop] {};
  OR_ASSIGN(auto file, backend::FileDevice::open("loop", {.path = loop->path()}));
  backend::FileDevice& device = stack.add(std::move(file));
  if (device.geometry().block_size != block_size) {
    return fail(Code::Internal, "{}: its blocks are {} bytes and not {}", loop->path(), device.geometry().block_size,
                block_size);
  }
  stack.resize = [loop, &device, block_size](uint64_t block_count) -> Result<void> {
    OR_TRY(loop->resize(block_count * block_size));
    OR_TRY(device.rescan());
    return {};
  };
  return {};
}

Result<void> add_crypto(DeviceStack& stack, XtsCipher cipher, uint64_t key_seed = 1) {
  OR_ASSIGN(auto crypto, volume::CryptoDevice::create("crypto", stack.top(), cipher, key_of(cipher, key_seed)));
  stack.add(std::move(crypto));
  return {};
}

// Limits that make requests wait now and then without making the test slow.
Result<void> add_qos(DeviceStack& stack, const core::Clock& clock) {
  volume::QosLimits limits;
  limits.read_iops = 200'000;
  limits.total_iops = 300'000;
  limits.write_bytes_per_s = 4'000'000'000;
  limits.read_iops_burst = limits.total_iops_burst = 4;
  limits.write_bytes_burst = 1 << 20;
  OR_ASSIGN(auto qos, volume::QosDevice::create("qos", stack.top(), limits, clock));
  stack.add(std::move(qos));
  return {};
}

// A case whose stack `build` makes on an empty one.
template <typename Build>
DeviceCase make_case(std::string name, size_t buffer_bytes, Build build) {
  DeviceCase made;
  made.name = std::move(name);
  made.buffer_bytes = buffer_bytes;
  made.make = [build](const core::Clock& clock, uint64_t seed) -> Result<DeviceStack> {
    DeviceStack stack;
    OR_TRY(build(stack, clock, seed));
    return stack;
  };
  return made;
}

void add_files(std::vector<DeviceCase>& cases) {
  struct Place {
    const char* name;
    const char* directory;
    uint32_t block_size;
    bool is_direct_wanted;
  };
  for (const Place& place : {Place{"file_disk_512", ".", 512, true}, Place{"file_disk_4096", ".", 4096, true},
                             Place{"file_buffered", ".", 512, false}, Place{"file_tmpfs_512", "/dev/shm", 512, true},
                             Place{"file_tmpfs_4096", "/dev/shm", 4096, true}}) {
    cases.push_back(make_case(place.name, 1 << 20, [place](DeviceStack& stack, const core::Clock&, uint64_t) {
      return add_file(stack, place.directory, place.block_size, place.is_direct_wanted);
    }));
    cases.back().needs_uring = true;
  }
}

void add_block_devices(std::vector<DeviceCase>& cases) {
  const std::string why_missing = LoopDevice::why_missing();
  for (const uint32_t block_size : {512U, 4096U}) {
    cases.push_back(make_case("block_device_" + std::to_string(block_size), 1 << 20,
                              [block_size](DeviceStack& stack, const core::Clock&, uint64_t) {
                                return add_block_device(stack, block_size);
                              }));
    cases.back().needs_uring = true;
    cases.back().why_missing = why_missing;
  }
}

void add_crypto_over_memory(std::vector<DeviceCase>& cases) {
  struct Shape {
    const char* name;
    XtsCipher cipher;
    uint32_t block_size;
    size_t buffer_bytes;
  };
  for (const Shape& shape : {Shape{"crypto128_512", XtsCipher::Aes128, 512, 1 << 20},
                             Shape{"crypto128_4096", XtsCipher::Aes128, 4096, 1 << 20},
                             Shape{"crypto256_512", XtsCipher::Aes256, 512, 1 << 20},
                             Shape{"crypto256_4096", XtsCipher::Aes256, 4096, 1 << 20},
                             Shape{"crypto256_512_few_pages", XtsCipher::Aes256, 512, 32768},
                             Shape{"crypto128_4096_no_pages", XtsCipher::Aes128, 4096, 0}}) {
    cases.push_back(make_case(shape.name, shape.buffer_bytes,
                              [shape](DeviceStack& stack, const core::Clock&, uint64_t) -> Result<void> {
                                OR_TRY(add_memory(stack, shape.block_size));
                                return add_crypto(stack, shape.cipher);
                              }));
  }
}

void add_stacks(std::vector<DeviceCase>& cases) {
  cases.push_back(make_case("qos", 0, [](DeviceStack& stack, const core::Clock& clock, uint64_t) -> Result<void> {
    OR_TRY(add_memory(stack, 512));
    return add_qos(stack, clock);
  }));
  cases.push_back(make_case("qos_over_crypto_over_file", 1 << 20,
                            [](DeviceStack& stack, const core::Clock& clock, uint64_t) -> Result<void> {
                              OR_TRY(add_file(stack, ".", 4096));
                              OR_TRY(add_crypto(stack, XtsCipher::Aes256));
                              return add_qos(stack, clock);
                            }));
  cases.back().needs_uring = true;
  cases.push_back(
      make_case("crypto_over_crypto", 65536, [](DeviceStack& stack, const core::Clock&, uint64_t) -> Result<void> {
        OR_TRY(add_memory(stack, 512));
        OR_TRY(add_crypto(stack, XtsCipher::Aes128, 1));
        return add_crypto(stack, XtsCipher::Aes256, 2);
      }));
  cases.push_back(make_case("crypto_over_qos_over_qos", 1 << 20,
                            [](DeviceStack& stack, const core::Clock& clock, uint64_t) -> Result<void> {
                              OR_TRY(add_memory(stack, 4096));
                              OR_TRY(add_qos(stack, clock));
                              OR_TRY(add_qos(stack, clock));
                              return add_crypto(stack, XtsCipher::Aes128);
                            }));
  cases.push_back(make_case("qos_over_crypto_over_faulty", 65536,
                            [](DeviceStack& stack, const core::Clock& clock, uint64_t seed) -> Result<void> {
                              OR_TRY(add_memory(stack, 512));
                              auto& faulty =
                                  stack.add(std::make_unique<block::FaultyDevice>("faulty", stack.top(), seed));
                              faulty.add_rule({.fault = block::Fault::FailBefore, .one_in = 20});
                              faulty.add_rule({.fault = block::Fault::FailAfter, .one_in = 20});
                              faulty.add_rule({.fault = block::Fault::Delay, .delay_ns = 50'000, .one_in = 5});
                              OR_TRY(add_crypto(stack, XtsCipher::Aes128));
                              return add_qos(stack, clock);
                            }));
  cases.back().may_fail = true;
}

}  // namespace

void add_layer_cases(std::vector<DeviceCase>& cases) {
  add_files(cases);
  add_block_devices(cases);
  add_crypto_over_memory(cases);
  add_stacks(cases);
}

}  // namespace outrigger::contract
