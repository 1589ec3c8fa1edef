// Hooks: how a kind of resource becomes real. The model decides what shall be (names, checks, references, the
// store); the hooks of a kind make it so and say how it is. Everything here runs on the control reactor's
// thread.
#pragma once

#include "base/result.h"
#include "core/job.h"

#include <google/protobuf/message.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::model {

using google::protobuf::Message;

// What one resource shall be. Immutable: a later version is another Intent. Holds secrets: never log the
// messages.
struct Intent {
  std::string id;    // last segment of the name, such as "bdev1"
  std::string name;  // as it is returned, such as "volumes/bdev1"
  std::shared_ptr<const Message> resource;
  std::shared_ptr<const Message> before;          // what it was made to be until now; null when it is new
  std::shared_ptr<const Message> options;         // our extension (VirtioBlkOptions, QosBurst); null: kind has none
  std::shared_ptr<const Message> options_before;  // null when it is new
  bool is_restore = false;  // read from the store after a restart: what exists outside (sockets, guests) may be met

  // The resource (options, …) as the kind's own message. The kind of an Intent never changes.
  template <typename T>
  [[nodiscard]] const T& as() const {
    return static_cast<const T&>(*resource);
  }
  template <typename T>
  [[nodiscard]] const T& before_as() const {
    return static_cast<const T&>(*before);
  }
  template <typename T>
  [[nodiscard]] const T& options_as() const {
    return static_cast<const T&>(*options);
  }
};

// What a volume or device did, for Stats…; 64 bits, the model saturates where the API has 32.
struct VolumeCounters {
  uint64_t read_bytes = 0, read_operations = 0, read_latency_ns = 0;
  uint64_t write_bytes = 0, write_operations = 0, write_latency_ns = 0;
  uint64_t unmap_bytes = 0, unmap_operations = 0, unmap_latency_ns = 0;
};

// One implementation per kind, handed to Model::add_kind. Outlives the model. The model runs at most one job
// per resource at a time; what a resource refers to is realised before it and withdrawn after it.
class Hooks {
 public:
  virtual ~Hooks() = default;

  // A last look before anything is stored, for what only the kind knows (an XTS key with equal halves, a file
  // that does not exist). Must not change or wait for anything. The error goes to the caller as it is.
  virtual Result<void> admit(const Intent& intent) {
    static_cast<void>(intent);
    return {};
  }

  // Makes the resource what `intent.resource` says: creates it when `before` is null, else changes it in
  // place. All or nothing: on an error the world is as before the call. Copies what it needs of the intent.
  virtual core::Job<Result<void>> realise(Intent intent) = 0;

  // Takes the resource away. On an error it still stands, entirely, and the Delete fails. Called for nothing
  // that is not realised.
  virtual core::Job<Result<void>> withdraw(Intent intent) = 0;

  // Fills the output-only fields and what the world decided (the size of a file, a chosen UUID) into `into`,
  // a copy of the resource that goes to a client. Cheap, does not wait. Only called while the resource is
  // realised.
  virtual void observe(const Intent& intent, Message& into) {
    static_cast<void>(intent);
    static_cast<void>(into);
  }

  // Fills the kind's outrigger.v1 view (Volume or Device) beyond what the model knows: sizes, sockets, finer
  // states. `view` has name, kind, references, users and state already. Only called while the resource is
  // realised.
  virtual void describe(const Intent& intent, Message& view) {
    static_cast<void>(intent);
    static_cast<void>(view);
  }

  // The counters since the resource was realised.
  virtual Result<VolumeCounters> stats(const Intent& intent) {
    static_cast<void>(intent);
    return fail(Code::Unimplemented, "this kind of resource keeps no counters");
  }

  // Begins it anew, for Reset…, without waiting for the end of that.
  virtual Result<void> reset(const Intent& intent) {
    static_cast<void>(intent);
    return fail(Code::Unimplemented, "this kind of resource is not reset");
  }
};

// The door for what nobody asked for: resources that the world shows, such as a namespace of a remote controller. They
// come and go with what shows them, and are stored, referred to, realised and listed like all others; clients can
// neither create nor delete them. Control reactor only.
class FoundRows {
 public:
  virtual ~FoundRows() = default;
  // There shall be a resource of this kind under `key` (its ids, joined by slashes) and it shall be real. One that is
  // there stays as it was stored; where it was not realised, that is tried again. `options`, of a kind that has them:
  // null, nothing is said. ABORTED: something is under way for it, come again later.
  virtual core::Job<Result<void>> found(const google::protobuf::Descriptor& kind, std::string key,
                                        std::shared_ptr<const Message> resource,
                                        std::shared_ptr<const Message> options) = 0;
  // It is no more. FAILED_PRECONDITION, naming the users: it is in use and stays. Not to be there is no error.
  virtual core::Job<Result<void>> lost(const google::protobuf::Descriptor& kind, std::string key) = 0;
  // What is stored of the kind below `parent_key`: key → resource.
  [[nodiscard]] virtual std::map<std::string, std::shared_ptr<const Message>> found_below(
      const google::protobuf::Descriptor& kind, std::string_view parent_key) const = 0;
  // The options that are stored with the resource under `key`; null: it is not there, or its kind has none.
  [[nodiscard]] virtual std::shared_ptr<const Message> found_options(const google::protobuf::Descriptor& kind,
                                                                     std::string_view key) const = 0;
  // Names of what refers to the resource under `key`.
  [[nodiscard]] virtual std::vector<std::string> users_of(const google::protobuf::Descriptor& kind,
                                                          std::string_view key) const = 0;
};

}  // namespace outrigger::model
