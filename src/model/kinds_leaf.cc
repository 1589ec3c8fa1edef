// Volumes that stand on no other: null, memory, file.
#include "model/kind_checks.h"
#include "model/kinds.h"
#include "model/limits.h"
#include "storage/backend_aio.pb.h"
#include "storage/backend_malloc.pb.h"
#include "storage/backend_null.pb.h"

#include <climits>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;

namespace {

Result<void> check_null(const KindSpec::Subject& subject, const Lookup&) {
  const auto& volume = static_cast<const opi::NullVolume&>(subject.wanted);
  OR_TRY(check_block_size(volume.block_size(), subject.prefix));
  return check_volume_size(volume.block_size(), volume.blocks_count(), subject.prefix);
}

Result<void> check_malloc(const KindSpec::Subject& subject, const Lookup&) {
  const auto& volume = static_cast<const opi::MallocVolume&>(subject.wanted);
  if (volume.metadata_size() != 0) {
    return fail(Code::InvalidArgument, "{}.metadata_size: interleaved metadata is not supported: leave it 0",
                subject.prefix);
  }
  OR_TRY(check_block_size(volume.block_size(), subject.prefix));
  return check_volume_size(volume.block_size(), volume.blocks_count(), subject.prefix);
}

Result<void> check_aio(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& volume = static_cast<const opi::AioVolume&>(subject.wanted);
  const std::string field = std::string(subject.prefix) + ".filename";
  OR_TRY(check_absolute_path(volume.filename(), PATH_MAX - 1, field));
  if (volume.block_size() != 0) {
    OR_TRY(check_block_size(volume.block_size(), subject.prefix));
  }
  if (volume.blocks_count() != 0) {
    OR_TRY(check_volume_size(volume.block_size() != 0 ? volume.block_size() : block_size_max, volume.blocks_count(),
                             subject.prefix));
  }
  // Two volumes on one file would write over each other's blocks.
  std::string holder;
  const std::string own_end = "/" + std::string(subject.id);
  lookup.for_each(*opi::AioVolume::descriptor(), [&](const std::string& name, const Message& other) {
    if (string_field(other, "filename") == volume.filename() && !name.ends_with(own_end)) {
      holder = name;
    }
  });
  if (!holder.empty()) {
    return fail(Code::AlreadyExists, "{}: {} stands on this file already: use it, or name another file", field, holder);
  }
  return {};
}

KindSpec leaf(const google::protobuf::Descriptor* message, std::string word, std::string noun, std::string collection) {
  KindSpec spec;
  spec.message = message;
  spec.service = message->file()->service(0);
  spec.word = std::move(word);
  spec.noun = std::move(noun);
  spec.collections = {"volumes"};
  spec.rest_collections = {std::move(collection)};
  spec.view = View::Volume;
  spec.rules.immutable = {"block_size"};
  spec.rules.outputs = {"uuid"};  // what a client sends is ignored, as OPI's bridges do
  spec.rules.sizes = {"blocks_count"};
  spec.is_made_by_update = true;
  spec.choose = [](Message& volume, const KindSpec::Choice& choice) -> Result<void> {
    choose_uuid(volume, choice.random);
    return {};
  };
  return spec;
}

}  // namespace

KindSpec null_volume_kind() {
  KindSpec spec = leaf(opi::NullVolume::descriptor(), "null", "null volume", "nullVolumes");
  spec.validate = check_null;
  return spec;
}

KindSpec malloc_volume_kind() {
  KindSpec spec = leaf(opi::MallocVolume::descriptor(), "malloc", "memory volume", "mallocVolumes");
  spec.rules.immutable.emplace_back("metadata_size");
  spec.validate = check_malloc;
  return spec;
}

KindSpec aio_volume_kind() {
  KindSpec spec = leaf(opi::AioVolume::descriptor(), "aio", "file volume", "aioVolumes");
  spec.rules.immutable.emplace_back("filename");
  // What is left out comes from the file or device.
  spec.rules.chosen = {"block_size", "blocks_count"};
  spec.validate = check_aio;
  return spec;
}

}  // namespace outrigger::model
