// NvmeStateService of outrigger.v1: a subsystem with its controllers, namespaces and connected hosts in one picture.
// It holds nothing; what only the plane knows comes through Hooks::describe() of each kind.
#include "model/kinds.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/nvme_address.h"
#include "model/page.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

template <typename Part>
void fill_state(const Row& row, Part& part) {
  part.set_name(row.name);
  if (row.pending != Pending::None) {
    part.set_state(v1::NvmeState::PENDING);
  } else if (row.is_realised) {
    part.set_state(v1::NvmeState::READY);
    row.kind->hooks().describe(row.intent(), part);
  } else {
    part.set_state(v1::NvmeState::FAILED);
    part.set_state_reason(row.error.what);
  }
}

// The acknowledged rows of a kind below `parent`, by name.
template <typename Visit>
void for_each_child(const RowTable& rows, const google::protobuf::Descriptor& message, const Row& parent,
                    const Visit& visit) {
  const Kind* const kind = rows.kind_of(message.full_name());
  if (kind == nullptr) {
    return;
  }
  const std::string prefix = parent.key + "/";
  const RowTable::Rows& all = rows.of(*kind);
  for (auto it = all.lower_bound(prefix); it != all.end() && it->first.starts_with(prefix); ++it) {
    if (it->second->is_acknowledged()) {
      visit(*it->second);
    }
  }
}

std::unique_ptr<v1::NvmeState> state_of(const RowTable& rows, const Row& row) {
  auto state = std::make_unique<v1::NvmeState>();
  state->set_nqn(static_cast<const opi::NvmeSubsystem&>(*row.wanted).spec().nqn());
  fill_state(row, *state);
  for_each_child(rows, *opi::NvmeController::descriptor(), row, [&](const Row& child) {
    v1::NvmeControllerState& controller = *state->add_controllers();
    const auto& spec = static_cast<const opi::NvmeController&>(*child.wanted).spec();
    controller.set_address(nvme_address(spec.fabrics_id()));
    fill_state(child, controller);
  });
  for_each_child(rows, *opi::NvmeNamespace::descriptor(), row, [&](const Row& child) {
    v1::NvmeNamespaceState& space = *state->add_namespaces();
    const auto& spec = static_cast<const opi::NvmeNamespace&>(*child.wanted).spec();
    space.set_nsid(spec.host_nsid());
    if (const Row* const volume = rows.find_volume(lower_case(last_segment(spec.volume_name_ref())))) {
      space.set_volume_name_ref(volume->name);
    }
    fill_state(child, space);
  });
  return state;
}

Result<std::unique_ptr<Message>> get(const RowTable& rows, const Kind& kind, const v1::GetNvmeStateRequest& request) {
  if (request.name().empty()) {
    return fail(Code::InvalidArgument, "missing required field: name");
  }
  OR_TRY(check_name(request.name(), "name"));
  const Row* const row = rows.find_by_name(kind, request.name());
  if (row == nullptr || !row->is_acknowledged()) {
    return fail(Code::NotFound, "unable to find key {}: there is no {} of that name", request.name(), kind.spec().noun);
  }
  return state_of(rows, *row);
}

Result<std::unique_ptr<Message>> list(const RowTable& rows, const Kind& kind,
                                      const v1::ListNvmeStatesRequest& request) {
  OR_ASSIGN(const size_t limit, page_limit(request.page_size()));
  const std::string scope(v1::ListNvmeStatesResponse::descriptor()->full_name());
  OR_ASSIGN(const std::string after, read_page_token(scope, request.page_token()));
  auto response = std::make_unique<v1::ListNvmeStatesResponse>();
  const RowTable::Rows& all = rows.of(kind);
  std::string last;
  for (auto it = all.upper_bound(after); it != all.end(); ++it) {
    if (!it->second->is_acknowledged()) {
      continue;
    }
    if (static_cast<size_t>(response->nvme_states_size()) == limit) {
      response->set_next_page_token(make_page_token(scope, last));
      break;
    }
    response->mutable_nvme_states()->AddAllocated(state_of(rows, *it->second).release());
    last = it->first;
  }
  return response;
}

}  // namespace

void add_nvme_views(Model& model) {
  const RowTable& rows = model.rows();
  const Kind* const kind = rows.kind_of(opi::NvmeSubsystem::descriptor()->full_name());
  check(kind != nullptr, "views come after their kinds");
  model.add_method("outrigger.v1.NvmeStateService.GetNvmeState", [&rows, kind](const Message& message) {
    return get(rows, *kind, static_cast<const v1::GetNvmeStateRequest&>(message));
  });
  model.add_method("outrigger.v1.NvmeStateService.ListNvmeStates", [&rows, kind](const Message& message) {
    return list(rows, *kind, static_cast<const v1::ListNvmeStatesRequest&>(message));
  });
}

}  // namespace outrigger::model
