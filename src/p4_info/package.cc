// The program as a whole: what the annotations of `main` say (P4Runtime 1.5 §6.2).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "p4_info/builder.h"

namespace outrigger::p4_info {

namespace {

namespace proto = ::p4::config::v1;

// The architecture by the package that `main` is; of one that we do not know the file that declares it.
std::string architecture(const p4::Compilation& compilation, const p4::Instance& main) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> known = {
      {{"V1Switch", "v1model"}, {"PSA_Switch", "psa"}, {"PNA_NIC", "pna"}, {"ebpfFilter", "ebpf"}}};
  for (const auto& [package, arch] : known) {
    if (main.of->name.text == package) {
      return std::string(arch);
    }
  }
  std::string file = compilation.source.file_name(main.of->where.begin);
  file.erase(0, file.rfind('/') + 1);
  return file.substr(0, file.rfind(".p4"));
}

// Sets the string or number of that name; false when there is none.
bool set_field(google::protobuf::Message& message, const std::string& key, const std::string& value) {
  const google::protobuf::FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(key);
  if (field == nullptr || field->is_repeated()) {
    return false;
  }
  if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    message.GetReflection()->SetString(&message, field, value);
    return true;
  }
  const std::optional<uint32_t> number = to_number(value);
  if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_INT32 || !number.has_value()) {
    return false;
  }
  message.GetReflection()->SetInt32(&message, field, narrowed(number));
  return true;
}

void set_fields(Builder& builder, const p4::Annotation& annotation, google::protobuf::Message& message,
                std::set<std::string>& set) {
  for (const auto& [key, value] : pairs_of(annotation)) {
    if (key == "arch") {
      builder.compilation.diagnostics.warning("p4info", annotation.where,
                                              "'arch' of @pkginfo is what the package says, not the program");
      continue;
    }
    if (!set.insert(key).second) {
      builder.compilation.diagnostics.error(annotation.where,
                                            fmt::format("'{}' of @{} is given twice", key, annotation.name.text));
    } else if (!set_field(message, key, value)) {
      builder.compilation.diagnostics.error(annotation.where,
                                            fmt::format("@{} has no '{}' = '{}'", annotation.name.text, key, value));
    }
  }
}

}  // namespace

void add_package(Builder& builder) {
  static constexpr std::string_view told_otherwise[] = {"pkginfo", "platform_property"};
  const p4::Instance& main = *builder.tree.main();
  proto::PkgInfo& out = *builder.info.mutable_pkg_info();
  out.set_arch(architecture(builder.compilation, main));
  std::set<std::string> package_fields;
  std::set<std::string> platform_fields;
  for (const p4::Annotation* annotation : main.annotations) {
    if (annotation->name.text == "pkginfo") {
      set_fields(builder, *annotation, out, package_fields);
    } else if (annotation->name.text == "platform_property") {
      set_fields(builder, *annotation, *out.mutable_platform_properties(), platform_fields);
    }
  }
  for (std::string& text : unstructured(main.annotations, told_otherwise)) {
    out.add_annotations(std::move(text));
  }
  if (builder.locations != nullptr) {
    for (proto::SourceLocation& location : locations(main.annotations, *builder.locations, told_otherwise)) {
      *out.add_annotation_locations() = std::move(location);
    }
  }
  for (proto::StructuredAnnotation& annotation : structured(main.annotations)) {
    if (std::ranges::find(told_otherwise, annotation.name()) == std::end(told_otherwise)) {
      *out.add_structured_annotations() = std::move(annotation);
    }
  }
  add_documentation(out, main.annotations);
}

}  // namespace outrigger::p4_info
