// Headers of packets to and from the controller: those with @controller_header (P4Runtime 1.5 §6.4.5).
#include "p4_info/builder.h"

namespace outrigger::p4_info {

namespace proto = ::p4::config::v1;

void add_controller_headers(Builder& builder) {
  for (const HeaderEntity& header : builder.entities.headers) {
    proto::ControllerPacketMetadata& out = *builder.info.add_controller_packet_metadata();
    builder.describe(*out.mutable_preamble(), proto::P4Ids::CONTROLLER_HEADER, header.name,
                     header.declaration->annotations);
    std::vector<Annotations> annotations;
    std::vector<p4::SourceRange> places;
    for (const p4::StructField* field : header.declaration->fields) {
      annotations.emplace_back(field->annotations);
      places.push_back(field->where);
    }
    const std::vector<uint32_t> ids = builder.part_ids(annotations, places);
    for (size_t i = 0; i < ids.size(); ++i) {
      const p4::StructField& field = *header.declaration->fields[i];
      const std::string given = p4::name_annotation(field.annotations);
      proto::ControllerPacketMetadata::Metadata& metadata = *out.add_metadata();
      metadata.set_id(ids[i]);
      metadata.set_name(given.empty() ? field.name.text : given);
      if (field.checked_type != nullptr) {
        builder.types.describe(metadata, field.checked_type);
      }
      add_annotations(metadata, field.annotations, builder.locations);
    }
  }
}

}  // namespace outrigger::p4_info
