// Model: the resource engine. Create, Get, List, Update, Delete and Stats are written once and serve every
// kind in the table; a kind adds its row (KindSpec) and its hooks. The Model is the Dispatcher that every
// northbound API calls.
//
//   Model model(control, store, seed);
//   add_standard_kinds(model, hooks);      // kinds.h
//   auto restored = co_await …restore();   // then serve
//   …
//   co_await …stop();                      // nothing is under way any more; then destroy
//
// Lives on the control reactor and is used from its thread only (services() from any). Holds no locks and no
// sockets.
#pragma once

#include "core/random.h"
#include "model/dispatcher.h"
#include "model/lifecycle.h"
#include "model/row_pace.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::model {

class Model final : public Dispatcher, public FoundRows {
 public:
  // `control` and `store` outlive the model. `seed`: for the ids that the server chooses; from the machine's
  // own randomness in the daemon, so that two daemons do not choose alike.
  Model(core::Reactor& control, Store& store, uint64_t seed);
  ~Model() override;

  // Before restore(). `hooks` outlives the model.
  void add_kind(KindSpec spec, Hooks& hooks);
  // A method that is no verb of a kind. The handler answers at once.
  using Handler = std::function<Result<std::unique_ptr<Message>>(const Message& request)>;
  void add_method(std::string_view full_name, Handler handler);

  // Reads the store and makes it all true again. An error means the store cannot be used and nothing was
  // begun. Resources that cannot be realised are no error: they stay, with their reason, and are tried again
  // by themselves.
  core::Job<Result<void>> restore();
  // Takes no more calls; ends when nothing is under way. What is realised stays realised: guests carry on.
  core::Job<void> stop();
  [[nodiscard]] bool is_idle() const noexcept { return lifecycle_.is_idle(); }

  // Dispatcher
  const std::vector<const google::protobuf::ServiceDescriptor*>& services() const override { return api_services(); }
  void call(const google::protobuf::MethodDescriptor& method, std::unique_ptr<Message> request, Done done) override;

  // FoundRows: however many rows the world shows, they come and go at a bounded pace.
  core::Job<Result<void>> found(const google::protobuf::Descriptor& kind, std::string key,
                                std::shared_ptr<const Message> resource,
                                std::shared_ptr<const Message> options) override;
  core::Job<Result<void>> lost(const google::protobuf::Descriptor& kind, std::string key) override;
  [[nodiscard]] std::map<std::string, std::shared_ptr<const Message>> found_below(
      const google::protobuf::Descriptor& kind, std::string_view parent_key) const override;
  [[nodiscard]] std::shared_ptr<const Message> found_options(const google::protobuf::Descriptor& kind,
                                                             std::string_view key) const override;
  [[nodiscard]] std::vector<std::string> users_of(const google::protobuf::Descriptor& kind,
                                                  std::string_view key) const override;

  // Hears of every change after it is complete.
  void watch(Watcher watcher) { lifecycle_.watch(std::move(watcher)); }
  // Something outside has changed (a host answers again): tries what is not realised at once.
  void retry_now() { lifecycle_.retry_now(); }
  // Names of what stands on the volume of this id or name.
  [[nodiscard]] std::vector<std::string> users_of(std::string_view volume) const;
  // What is realised, users before what they use: the order to let go of it when the daemon ends.
  [[nodiscard]] std::vector<std::pair<Hooks*, Intent>> realised_users_first() const;
  [[nodiscard]] const RowTable& rows() const noexcept { return rows_; }
  [[nodiscard]] const core::Clock& clock() const noexcept { return lifecycle_.clock(); }

 private:
  using Reply = Result<std::unique_ptr<Message>>;
  struct Request;

  void create(const Kind& kind, const Request& request, Done done);
  // `options`: null: the kind has none, or they are as they are when nothing is said.
  void create_row(const Kind& kind, std::string key, const Message& given, const Message* options, Done done);
  void repeat_create(Row& row, Done done);
  void update(const Kind& kind, const Request& request, Done done);
  void update_row(const Kind& kind, Row& row, const Message& given, const Request& request, Done done);
  void remove(const Kind& kind, const Request& request, Done done);
  void update_options(const Kind& kind, const Request& request, Done done);
  [[nodiscard]] Reply get(const Kind& kind, const Request& request) const;
  [[nodiscard]] Reply list(const Kind& kind, const Request& request) const;
  [[nodiscard]] Reply stats(const Kind& kind, const Request& request) const;
  [[nodiscard]] Reply reset(const Kind& kind, const Request& request) const;
  [[nodiscard]] Reply get_options(const Kind& kind, const Request& request) const;

  void run(const Kind& kind, Verb verb, const Request& request, Done done);
  void realise_again(Row& row, Done done);
  Result<std::unique_ptr<Row>> make_found(const Kind& kind, const std::string& key, const Message& resource,
                                          std::shared_ptr<const Message> options, std::set<Row*>& targets);
  [[nodiscard]] Result<void> check_lost(const Row& row) const;
  Result<std::string> choose_key(const Kind& kind, const Request& request);
  Result<Row*> named_row(const Kind& kind, const std::string& name, std::string_view field) const;
  Result<void> check_targets(const std::set<Row*>& targets) const;
  void unify(const Row& row, Message& wanted) const;
  Result<void> check_immutable(const Kind& kind, const Row& row, const Message& wanted) const;
  static Result<void> check_sizes(const Row& row, const Message& wanted);
  [[nodiscard]] std::string unimplemented(const google::protobuf::MethodDescriptor& method) const;

  core::Random random_;
  RowTable rows_;
  std::vector<std::unique_ptr<Kind>> kinds_;
  std::map<const google::protobuf::MethodDescriptor*, std::pair<const Kind*, Verb>> verbs_;
  std::map<std::string, Handler, std::less<>> handlers_;
  Lifecycle lifecycle_;
  RowPace pace_;  // of found() and lost()
  bool is_stopping_ = false;
};

}  // namespace outrigger::model
