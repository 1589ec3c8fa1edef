// Volumes: which options belong to which kind, and what they become in its message.
#include "cli/volumes.h"

#include "cli/key_files.h"
#include "cli/limits.h"
#include "cli/units.h"

#include <outrigger/v1/volume.pb.h>
#include <storage/backend_aio.pb.h>
#include <storage/backend_malloc.pb.h>
#include <storage/backend_null.pb.h>
#include <storage/middleend_encryption.pb.h>
#include <storage/middleend_qos_volume.pb.h>

#include <algorithm>

namespace outrigger::cli {

namespace opi = opi_api::storage::v1;

namespace {

constexpr uint64_t block_size_default = 512;  // what every guest and every boot loader takes

struct Given {
  const char* option;
  bool is_given;
};

std::vector<Given> given(const VolumeRequest& request) {
  return {{"--size", !request.size.empty()},    {"--block-size", !request.block_size.empty()},
          {"--file", !request.file.empty()},    {"--on", !request.on.empty()},
          {"--limit", !request.limits.empty()}, {"--key-file", !request.key_file.empty()},
          {"--cipher", !request.cipher.empty()}};
}

// Each option must belong to the kind; those in `needed` must be there.
Result<> check_options(const VolumeRequest& request, std::string_view kind, std::vector<std::string_view> needed,
                       std::vector<std::string_view> allowed) {
  allowed.insert(allowed.end(), needed.begin(), needed.end());
  const std::vector<Given> options = given(request);
  for (const Given& option : options) {
    if (option.is_given && std::ranges::find(allowed, option.option) == allowed.end()) {
      return fail(Code::InvalidArgument, "{} does not belong to a volume of kind {}", option.option, kind);
    }
  }
  for (const Given& option : options) {
    if (!option.is_given && std::ranges::find(needed, option.option) != needed.end()) {
      return fail(Code::InvalidArgument, "a volume of kind {} needs {}", kind, option.option);
    }
  }
  return {};
}

Result<uint64_t> block_size(const VolumeRequest& request, uint64_t otherwise) {
  if (request.block_size.empty()) {
    return otherwise;
  }
  auto size = parse_size(request.block_size);
  return size.has_value() ? size : with_context(std::move(size).error(), "--block-size");
}

Result<uint64_t> blocks_count(const VolumeRequest& request, uint64_t block) {
  auto size = parse_size(request.size);
  if (!size.has_value()) {
    return with_context(std::move(size).error(), "--size");
  }
  if (block == 0 || *size % block != 0 || *size == 0) {
    return fail(Code::InvalidArgument, "--size {} is not a whole number, above none, of blocks of {} bytes",
                request.size, block);
  }
  return *size / block;
}

template <typename Volume>
Result<Volume> sized_volume(const VolumeRequest& request, std::string_view kind) {
  OR_TRY(check_options(request, kind, {"--size"}, {"--block-size"}));
  Volume volume;
  OR_ASSIGN(const uint64_t block, block_size(request, block_size_default));
  OR_ASSIGN(const uint64_t count, blocks_count(request, block));
  volume.set_block_size(static_cast<int64_t>(block));
  volume.set_blocks_count(static_cast<int64_t>(count));
  return volume;
}

Result<opi::AioVolume> aio_volume(const VolumeRequest& request) {
  OR_TRY(check_options(request, "aio", {"--file"}, {"--block-size", "--size"}));
  opi::AioVolume volume;
  volume.set_filename(request.file);
  OR_ASSIGN(const uint64_t block, block_size(request, request.size.empty() ? 0 : block_size_default));
  volume.set_block_size(static_cast<int64_t>(block));
  if (!request.size.empty()) {
    OR_ASSIGN(const uint64_t count, blocks_count(request, block));
    volume.set_blocks_count(static_cast<int64_t>(count));
  }
  return volume;
}

Result<opi::QosVolume> qos_volume(const VolumeRequest& request) {
  OR_TRY(check_options(request, "qos", {"--on", "--limit"}, {}));
  opi::QosVolume volume;
  volume.set_volume_name_ref(request.on);
  OR_ASSIGN(*volume.mutable_limits()->mutable_max(), to_qos_limit(request.limits));
  return volume;
}

Result<opi::EncryptionType> parse_cipher(const std::string& cipher, size_t key_bytes) {
  if (cipher == "aes-xts-128" || (cipher.empty() && key_bytes == 32)) {
    return opi::ENCRYPTION_TYPE_AES_XTS_128;
  }
  if (cipher == "aes-xts-256" || (cipher.empty() && key_bytes == 64)) {
    return opi::ENCRYPTION_TYPE_AES_XTS_256;
  }
  return fail(Code::InvalidArgument, "--cipher '{}': there are aes-xts-128 (a key of 32 bytes) and aes-xts-256 (64)",
              cipher);
}

Result<opi::EncryptedVolume> encrypted_volume(const VolumeRequest& request) {
  OR_TRY(check_options(request, "encrypted", {"--on", "--key-file"}, {"--cipher"}));
  opi::EncryptedVolume volume;
  volume.set_volume_name_ref(request.on);
  OR_ASSIGN(*volume.mutable_key(), read_key(request.key_file));
  OR_ASSIGN(const opi::EncryptionType cipher, parse_cipher(request.cipher, volume.key().size()));
  volume.set_cipher(cipher);
  return volume;
}

template <typename Volume>
Printed create_as(Client& client, const VolumeRequest& request, const Result<Volume>& volume, Format format) {
  if (!volume.has_value()) {
    return std::unexpected(volume.error());
  }
  const Kind& kind = kind_of(*Volume::descriptor());
  OR_ASSIGN(const auto made, create(client, kind, request.name, *volume));
  if (format != Format::Table) {
    return show_one(kind, *made, format);
  }
  // The view says more than the kind's own message: size, and what stands on what.
  const auto* name = made->GetDescriptor()->FindFieldByName("name");
  return get_resource(client, kind_of(*outrigger::v1::Volume::descriptor()),
                      id_of(made->GetReflection()->GetString(*made, name)), format);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

template <typename Volume>
Result<std::vector<std::string>> resize(const VolumeRequest& request, const outrigger::v1::Volume& view,
                                        Volume& volume) {
  OR_TRY(check_options(request, view.kind(), {"--size"}, {}));
  OR_ASSIGN(const uint64_t count, blocks_count(request, static_cast<uint64_t>(view.block_size())));
  volume.set_blocks_count(static_cast<int64_t>(count));
  return std::vector<std::string>{"blocks_count"};
}

// What of the volume changes; `resource` is of `kind`'s message.
Result<std::vector<std::string>> changes(const VolumeRequest& request, const outrigger::v1::Volume& view,
                                         Message& resource) {
  if (auto* malloc = dynamic_cast<opi::MallocVolume*>(&resource)) {
    return resize(request, view, *malloc);
  }
  if (auto* null = dynamic_cast<opi::NullVolume*>(&resource)) {
    return resize(request, view, *null);
  }
  if (auto* aio = dynamic_cast<opi::AioVolume*>(&resource)) {
    return resize(request, view, *aio);
  }
  if (auto* qos = dynamic_cast<opi::QosVolume*>(&resource)) {
    OR_TRY(check_options(request, "qos", {"--limit"}, {}));
    OR_ASSIGN(*qos->mutable_limits()->mutable_max(), to_qos_limit(request.limits));
    return std::vector<std::string>{"limits.max"};
  }
  if (auto* encrypted = dynamic_cast<opi::EncryptedVolume*>(&resource)) {
    OR_TRY(check_options(request, "encrypted", {"--key-file"}, {"--cipher"}));
    OR_ASSIGN(*encrypted->mutable_key(), read_key(request.key_file));
    OR_ASSIGN(const opi::EncryptionType cipher, parse_cipher(request.cipher, encrypted->key().size()));
    encrypted->set_cipher(cipher);
    return std::vector<std::string>{"key", "cipher"};
  }
  return fail(Code::InvalidArgument, "a volume of kind {} has nothing that these options change; write field=value",
              view.kind());
}

}  // namespace

Printed create_volume(Client& client, const VolumeRequest& request, Format format) {
  if (request.kind == "malloc" || request.kind == "memory") {
    return create_as(client, request, sized_volume<opi::MallocVolume>(request, "malloc"), format);
  }
  if (request.kind == "null") {
    return create_as(client, request, sized_volume<opi::NullVolume>(request, "null"), format);
  }
  if (request.kind == "aio" || request.kind == "file") {
    return create_as(client, request, aio_volume(request), format);
  }
  if (request.kind == "qos") {
    return create_as(client, request, qos_volume(request), format);
  }
  if (request.kind == "encrypted") {
    return create_as(client, request, encrypted_volume(request), format);
  }
  return fail(Code::InvalidArgument, "--kind '{}': there are malloc (memory), null, aio (a file), qos and encrypted",
              request.kind);
}

Printed update_volume(Client& client, const VolumeRequest& request, Format format) {
  const Kind& view_kind = kind_of(*outrigger::v1::Volume::descriptor());
  OR_ASSIGN(const auto message, fetch(client, view_kind, request.name));
  const auto& view = static_cast<const outrigger::v1::Volume&>(*message);
  OR_ASSIGN(const Kind* kind, find_kind(view.resource_name().substr(0, view.resource_name().find('/'))));
  if (!request.kind.empty() && request.kind != kind->name) {
    return fail(Code::InvalidArgument, "volume {} is no {} but a {}; write `outrigger update volume {} …`",
                request.name, request.kind, kind->name, request.name);
  }
  const std::unique_ptr<Message> resource(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind->resource)->New());
  OR_ASSIGN(const auto mask, changes(request, view, *resource));
  OR_ASSIGN(const auto changed, update(client, *kind, id_of(request.name), *resource, mask));
  return show_one(*kind, *changed, format);
}

bool is_volume(const Kind& kind) {
  const Descriptor* const volumes[] = {outrigger::v1::Volume::descriptor(), opi::MallocVolume::descriptor(),
                                       opi::NullVolume::descriptor(),       opi::AioVolume::descriptor(),
                                       opi::QosVolume::descriptor(),        opi::EncryptedVolume::descriptor()};
  return std::ranges::find(volumes, kind.resource) != std::end(volumes);
}

Result<std::string> read_key(const std::string& path) {
  OR_ASSIGN(const std::string text, read_secret("--key-file", path));
  std::string_view digits = text;
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r')) {
    digits.remove_suffix(1);
  }
  const bool is_hex = (digits.size() == 64 || digits.size() == 128) &&
                      std::ranges::all_of(digits, [](char c) { return hex_digit(c) >= 0; });
  if (is_hex) {
    std::string key;
    for (size_t i = 0; i < digits.size(); i += 2) {
      key.push_back(static_cast<char>(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1])));
    }
    return key;
  }
  if (text.size() == 32 || text.size() == 64) {
    return text;
  }
  return fail(Code::InvalidArgument,
              "--key-file: {} holds {} bytes; a key is 32 or 64 raw bytes, or 64 or 128 hexadecimal digits; make one "
              "with `openssl rand -hex 64`",
              path, text.size());
}

}  // namespace outrigger::cli
