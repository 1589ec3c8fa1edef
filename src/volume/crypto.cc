#include "volume/crypto.h"

#include "accel/software_engine.h"
#include "volume/crypto_channel.h"

namespace outrigger::volume {

namespace {

block::Geometry encrypted(block::Geometry geometry) noexcept {
  geometry.can_write_zeroes = geometry.is_writable;  // an encrypted write
  geometry.zeroes_cost = block::ZeroesCost::Bytes;
  geometry.can_compare_and_write = false;
  geometry.can_copy = false;
  return geometry;
}

}  // namespace

accel::Engine& software_engine_of(core::Reactor& reactor) {
  (void)reactor;  // called on its thread
  return accel::software_engine();
}

CryptoDevice::CryptoDevice(std::string name, block::Device& below, accel::XtsCipher cipher,
                           std::span<const std::byte> key, EngineOfCore engine_of_core)
    : LayerDevice(std::move(name), encrypted(below.geometry()), below),
      cipher_(cipher),
      key_(key),
      engine_of_core_(engine_of_core) {}

Result<std::unique_ptr<CryptoDevice>> CryptoDevice::create(std::string name, block::Device& below,
                                                           accel::XtsCipher cipher, std::span<const std::byte> key,
                                                           EngineOfCore engine_of_core) {
  OR_TRY(check_stack(name, below, 1));
  OR_TRY(accel::check_xts_key(cipher, key));
  const uint32_t block_size = below.fixed_geometry().block_size;
  if (block_size > core::PageSource::page_bytes) {
    return fail(Code::FailedPrecondition,
                "volume {}: {} has blocks of {} bytes, encryption works on blocks of up to {}; give it smaller blocks",
                name, below.name(), block_size, core::PageSource::page_bytes);
  }
  return std::unique_ptr<CryptoDevice>(new CryptoDevice(std::move(name), below, cipher, key, engine_of_core));
}

Result<void> CryptoDevice::replace_key(accel::XtsCipher cipher, std::span<const std::byte> key) {
  OR_TRY(accel::check_xts_key(cipher, key));
  if (open_channel_count_.load(std::memory_order_relaxed) != 0) {
    return fail(Code::FailedPrecondition, "volume {} is in use; detach it before its key is replaced", name());
  }
  cipher_ = cipher;
  key_ = Secret(key);
  return {};
}

bool CryptoDevice::has_key(accel::XtsCipher cipher, std::span<const std::byte> key) const noexcept {
  return cipher == cipher_ && key_.equals(key);
}

Result<std::unique_ptr<block::Channel>> CryptoDevice::open_channel(core::Reactor& reactor) {
  accel::Engine& engine = engine_of_core_(reactor);
  OR_ASSIGN(auto key, engine.prepare(cipher_, key_.bytes()));
  OR_ASSIGN(auto channel, below().open_channel(reactor));
  core::BufferPool* const pool = reactor.has_buffers() ? &reactor.buffers() : nullptr;
  return std::make_unique<CryptoChannel>(*this, reactor, engine, std::move(key), pool, std::move(channel));
}

}  // namespace outrigger::volume
