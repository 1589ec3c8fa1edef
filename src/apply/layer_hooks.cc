// The kinds of volumes that stand on other volumes: qos and encrypted.
#include "apply/qos_limits.h"
#include "apply/volume_hooks.h"
#include "storage/middleend_encryption.pb.h"
#include "storage/middleend_qos_volume.pb.h"
#include "volume/crypto.h"
#include "volume/qos.h"

namespace outrigger::apply {
namespace {

using opi_api::storage::v1::EncryptedVolume;
using opi_api::storage::v1::QosVolume;

volume::QosLimits limits_of(const model::Intent& intent) {
  const auto& limit = intent.as<QosVolume>().limits().max();
  return intent.options == nullptr ? qos_limits(limit)
                                   : qos_limits(limit, intent.options_as<outrigger::v1::QosBurst>());
}

// The model has refused every other cipher.
accel::XtsCipher cipher_of(const EncryptedVolume& volume) {
  return volume.cipher() == opi_api::storage::v1::ENCRYPTION_TYPE_AES_XTS_128 ? accel::XtsCipher::Aes128
                                                                              : accel::XtsCipher::Aes256;
}

std::span<const std::byte> key_of(const EncryptedVolume& volume) { return std::as_bytes(std::span(volume.key())); }

}  // namespace

Result<std::unique_ptr<block::Device>> QosVolumeHooks::make(const model::Intent& intent) {
  OR_ASSIGN(block::Device* const below, volumes_.borrow(intent.as<QosVolume>().volume_name_ref()));
  OR_ASSIGN(std::unique_ptr<block::Device> device,
            volume::QosDevice::create(intent.id, *below, limits_of(intent), clock_));
  return device;
}

Result<void> QosVolumeHooks::change(const model::Intent& intent, block::Device& device) {
  return static_cast<volume::QosDevice&>(device).update(limits_of(intent));
}

std::string QosVolumeHooks::uuid_of(const model::Intent& intent) const {
  static_cast<void>(intent);
  return {};
}

Result<void> EncryptedVolumeHooks::admit(const model::Intent& intent) {
  // Equal halves are what IEEE 1619 forbids; better said before anything is stored.
  const std::string& key = intent.as<EncryptedVolume>().key();
  if (key.compare(0, key.size() / 2, key, key.size() / 2, key.size() / 2) == 0) {
    return fail(Code::InvalidArgument,
                "encrypted_volume.key: its two halves are equal, which AES-XTS forbids; use {} random bytes",
                key.size());
  }
  return {};
}

Result<std::unique_ptr<block::Device>> EncryptedVolumeHooks::make(const model::Intent& intent) {
  const auto& wanted = intent.as<EncryptedVolume>();
  OR_ASSIGN(block::Device* const below, volumes_.borrow(wanted.volume_name_ref()));
  OR_ASSIGN(std::unique_ptr<block::Device> device,
            volume::CryptoDevice::create(intent.id, *below, cipher_of(wanted), key_of(wanted)));
  return device;
}

Result<void> EncryptedVolumeHooks::change(const model::Intent& intent, block::Device& device) {
  const auto& wanted = intent.as<EncryptedVolume>();
  auto& crypto = static_cast<volume::CryptoDevice&>(device);
  if (crypto.has_key(cipher_of(wanted), key_of(wanted))) {
    return {};
  }
  if (auto replaced = crypto.replace_key(cipher_of(wanted), key_of(wanted)); !replaced.has_value()) {
    return with_context(std::move(replaced).error(), intent.name);
  }
  return {};
}

std::string EncryptedVolumeHooks::uuid_of(const model::Intent& intent) const {
  static_cast<void>(intent);
  return {};
}

}  // namespace outrigger::apply
