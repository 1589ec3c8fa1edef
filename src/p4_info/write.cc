// P4Info as text, JSON and bytes: protobuf's own.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include "p4_info/p4_info.h"

namespace outrigger::p4_info {

std::string to_text(const P4Info& info) {
  std::string body;
  google::protobuf::TextFormat::PrintToString(info, &body);
  return "# proto-file: p4/config/v1/p4info.proto\n# proto-message: p4.config.v1.P4Info\n\n" + body;
}

std::string to_json(const P4Info& info) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string out;
  // Fails only for what JSON cannot say, as strings that are not UTF-8; what can be said is in `out` even so.
  static_cast<void>(google::protobuf::util::MessageToJsonString(info, &out, options));
  return out;
}

std::string to_binary(const P4Info& info) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);  // maps in one order
  info.SerializeToCodedStream(&coded);
  coded.Trim();
  return out;
}

}  // namespace outrigger::p4_info
