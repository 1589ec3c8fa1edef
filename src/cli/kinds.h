// Kinds of resources as the command line knows them: read from the descriptors, so that a new service needs
// no code.
#pragma once

#include "base/result.h"

#include <google/protobuf/descriptor.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::cli {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

struct Kind {
  std::string name;    // "virtioBlk"
  std::string plural;  // "virtioBlks"
  // What a Get's name begins with; for VirtioBlkOptions, the disk's. "nvmeSubsystems/*/nvmeControllers" below another.
  std::string collection;
  const Descriptor* resource = nullptr;
  const MethodDescriptor* get = nullptr;
  // Null where the API has none.
  const MethodDescriptor* create = nullptr;
  const MethodDescriptor* list = nullptr;
  const MethodDescriptor* update = nullptr;
  const MethodDescriptor* remove = nullptr;
  const MethodDescriptor* stats = nullptr;

  // Its resources belong to those of another kind.
  [[nodiscard]] bool is_below() const;
  // "disk0" → "virtioBlks/disk0", "sub1/ns1" → "nvmeSubsystems/sub1/nvmeNamespaces/ns1"; whole names stay as they are.
  // InvalidArgument when it does not say what the resource belongs to.
  [[nodiscard]] Result<std::string> full_name(std::string_view id) const;
  // "nvmeSubsystems/sub1" for "sub1/ns1", as Create asks for it; "nvmeSubsystems/-", all of them, for "". Empty where
  // resources of the kind belong to no other.
  [[nodiscard]] std::string parent_name(std::string_view id) const;
};

// All kinds that the API has, in the order of its services.
std::span<const Kind> kinds();

// By any word a person might use: "virtioBlk", "virtio-blk", "virtioblks", "disk", "aio", "host", "hosts".
// InvalidArgument lists the kinds.
Result<const Kind*> find_kind(std::string_view word);
// The kind of this message.
const Kind& kind_of(const Descriptor& resource);

// The field of `request` that holds the resource ("virtio_blk"), and the one that holds its id.
const FieldDescriptor& resource_field(const MethodDescriptor& method, const Descriptor& resource);
const FieldDescriptor& id_field(const Kind& kind);
// The repeated field of a List's answer.
const FieldDescriptor& items_field(const MethodDescriptor& list);

// The last part of a name: "volumes/bdev1" → "bdev1".
std::string_view id_of(std::string_view name);
// What a person writes for it: "bdev1"; "sub1/ns1" for what belongs to another.
std::string short_name(std::string_view name);

}  // namespace outrigger::cli
