// Request and Answer: a method's messages by the names of their fields. The verbs of the Model read requests
// and write answers of every kind through these, by descriptor. Only for model's own sources.
#pragma once

#include "model/fields.h"
#include "model/hooks.h"
#include "model/model.h"
#include "model/page.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <memory>
#include <string>

namespace outrigger::model {

struct Model::Request {
  Request(const google::protobuf::MethodDescriptor& method, const Message& message)
      : method_(method), message_(message) {}

  [[nodiscard]] const google::protobuf::MethodDescriptor& method() const noexcept { return method_; }
  [[nodiscard]] const Message& message() const noexcept { return message_; }
  // The field's value; empty, 0 or false where the request has no such field.
  [[nodiscard]] std::string text(std::string_view field) const { return string_field(message_, field); }
  [[nodiscard]] int32_t number(const std::string& field) const {
    const auto* const found = descriptor().FindFieldByName(field);
    return found == nullptr ? 0 : message_.GetReflection()->GetInt32(message_, found);
  }
  [[nodiscard]] bool flag(const std::string& field) const {
    const auto* const found = descriptor().FindFieldByName(field);
    return found != nullptr && message_.GetReflection()->GetBool(message_, found);
  }
  // The message field, or nullptr where it is absent.
  [[nodiscard]] const Message* part(const std::string& field) const {
    const auto* const found = descriptor().FindFieldByName(field);
    return found != nullptr && message_.GetReflection()->HasField(message_, found)
               ? &message_.GetReflection()->GetMessage(message_, found)
               : nullptr;
  }
  [[nodiscard]] google::protobuf::FieldMask mask() const {
    google::protobuf::FieldMask out;
    if (const Message* const given = part("update_mask")) {
      out.CopyFrom(*given);
    }
    return out;
  }

 private:
  [[nodiscard]] const google::protobuf::Descriptor& descriptor() const { return *message_.GetDescriptor(); }
  const google::protobuf::MethodDescriptor& method_;
  const Message& message_;
};

class Answer {
 public:
  explicit Answer(const google::protobuf::MethodDescriptor& method)
      : message_(google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.output_type())->New()) {}

  void set_text(std::string_view field, std::string value) { set_string_field(*message_, field, std::move(value)); }
  // Appends to the repeated field of that type.
  void add(const google::protobuf::Descriptor& type, std::unique_ptr<Message> item) {
    const auto& descriptor = *message_->GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      if (descriptor.field(i)->is_repeated() && descriptor.field(i)->message_type() == &type) {
        message_->GetReflection()->AddAllocatedMessage(message_.get(), descriptor.field(i), item.release());
        return;
      }
    }
    check(false, "a list's answer has a field of the kind's type");
  }
  void set_stats(const VolumeCounters& counters);
  [[nodiscard]] std::unique_ptr<Message> take() { return std::move(message_); }

 private:
  std::unique_ptr<Message> message_;
};

}  // namespace outrigger::model
