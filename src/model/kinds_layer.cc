// Volumes that stand on another: rate-limited and encrypted ones.
#include "model/kind_checks.h"
#include "model/kinds.h"
#include "outrigger/v1/qos_burst.pb.h"
#include "storage/middleend_encryption.pb.h"
#include "storage/middleend_qos_volume.pb.h"

namespace outrigger::model {

namespace opi = opi_api::storage::v1;

namespace {

Result<void> check_qos(const KindSpec::Subject& subject, const Lookup&) {
  const auto& limits = static_cast<const opi::QosVolume&>(subject.wanted).limits();
  if (has_rates(limits.min())) {
    return fail(Code::InvalidArgument,
                "{}.limits.min: QoS volume min_limit is not supported: rates can be limited, not promised",
                subject.prefix);
  }
  OR_TRY(check_rates(limits.max(), std::string(subject.prefix) + ".limits.max"));
  if (!has_rates(limits.max())) {
    return fail(Code::InvalidArgument,
                "{}.limits.max: QoS volume max_limit should set limit: give at least one rate above 0", subject.prefix);
  }
  return {};
}

Result<void> check_burst(const Message& options) {
  const auto& burst = static_cast<const outrigger::v1::QosBurst&>(options);
  const std::pair<std::string_view, int64_t> values[] = {
      {"rd_ops", burst.rd_ops()},     {"wr_ops", burst.wr_ops()},     {"rw_ops", burst.rw_ops()},
      {"rd_bytes", burst.rd_bytes()}, {"wr_bytes", burst.wr_bytes()}, {"rw_bytes", burst.rw_bytes()}};
  for (const auto& [name, value] : values) {
    if (value < 0) {
      return fail(Code::InvalidArgument, "qos_burst.{} cannot be negative: 0 leaves it to the server", name);
    }
  }
  return {};
}

// Error texts say sizes, never the key.
Result<void> check_encrypted(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& volume = static_cast<const opi::EncryptedVolume&>(subject.wanted);
  size_t key_bytes = 0;
  switch (volume.cipher()) {
    case opi::ENCRYPTION_TYPE_AES_XTS_128: key_bytes = 32; break;
    case opi::ENCRYPTION_TYPE_AES_XTS_256: key_bytes = 64; break;
    default:
      return fail(Code::InvalidArgument, "{}.cipher: only AES_XTS_256 and AES_XTS_128 are supported", subject.prefix);
  }
  // A missing key is the business of required fields.
  if (!volume.key().empty() && volume.key().size() != key_bytes) {
    return fail(Code::InvalidArgument,
                "{}.key: expected key size {}b, provided size {}b: give both halves of the XTS key, {} bytes",
                subject.prefix, 8 * key_bytes, 8 * volume.key().size(), key_bytes);
  }
  if (subject.before == nullptr) {
    return {};
  }
  const auto& before = static_cast<const opi::EncryptedVolume&>(*subject.before);
  if (before.key() == volume.key() && before.cipher() == volume.cipher()) {
    return {};
  }
  // What was written with the old key cannot be read with the new one: not behind somebody's back.
  const auto users = lookup.users_of(*opi::EncryptedVolume::descriptor(), subject.id);
  if (!users.empty()) {
    return fail(Code::FailedPrecondition,
                "{}.key: volumes/{} is in use by {}: with another key its data is lost; delete its users first",
                subject.prefix, subject.id, users.front());
  }
  return {};
}

KindSpec layer(const google::protobuf::Descriptor* message, std::string word, std::string noun,
               std::string collection) {
  KindSpec spec;
  spec.message = message;
  spec.service = message->file()->service(0);
  spec.word = std::move(word);
  spec.noun = std::move(noun);
  spec.collections = {"volumes"};
  spec.rest_collections = {std::move(collection)};
  spec.view = View::Volume;
  spec.rules.immutable = {"volume_name_ref"};
  spec.references = {{"volume_name_ref", {}}};
  spec.is_validated_first = true;
  return spec;
}

}  // namespace

KindSpec qos_volume_kind() {
  KindSpec spec = layer(opi::QosVolume::descriptor(), "qos", "rate-limited volume", "qosVolumes");
  spec.options = outrigger::v1::QosBurst::descriptor();
  spec.options_service = spec.options->file()->service(0);
  spec.validate = check_qos;
  spec.validate_options = check_burst;
  return spec;
}

KindSpec encrypted_volume_kind() {
  KindSpec spec = layer(opi::EncryptedVolume::descriptor(), "encrypted", "encrypted volume", "encryptedVolumes");
  spec.rules.secrets = {"key"};
  spec.validate = check_encrypted;
  return spec;
}

}  // namespace outrigger::model
