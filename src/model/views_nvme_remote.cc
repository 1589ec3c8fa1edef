// NvmeRemoteStateService of outrigger.v1: a remote controller with its paths and namespaces in one picture. It holds
// nothing; what only the plane knows comes through Hooks::describe() of each kind.
#include "model/kinds.h"
#include "model/nvme_address.h"
#include "model/view_rows.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "storage/backend_nvme.pb.h"

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

using Remote = v1::NvmeRemoteState;
using Path = v1::NvmePathState;

constexpr StateWords<Remote::State> controller_words{
    .ready = Remote::READY, .pending = Remote::PENDING, .failed = Remote::FAILED};
constexpr StateWords<Path::State> path_words{
    .ready = Path::CONNECTING, .pending = Path::PENDING, .failed = Path::FAILED};
// It is wanted as long as somebody uses it; until it is found it is away, not broken.
constexpr StateWords<Remote::State> namespace_words{
    .ready = Remote::READY, .pending = Remote::PENDING, .failed = Remote::OFFLINE};

template <typename Part, typename State>
void fill(const Row& row, StateWords<State> words, Part& part) {
  part.set_name(row.name);
  fill_state(row, words, part);
}

void add_path(const Row& row, v1::NvmeRemoteState& state) {
  const auto& wanted = static_cast<const opi::NvmePath&>(*row.wanted);
  state.set_subnqn(wanted.fabrics().subnqn());
  if (state.hostnqn().empty()) {
    state.set_hostnqn(wanted.fabrics().hostnqn());
  }
  v1::NvmePathState& path = *state.add_paths();
  path.set_address(nvme_path_address(wanted));
  fill(row, path_words, path);
}

void add_namespace(const Row& row, v1::NvmeRemoteState& state) {
  const auto& wanted = static_cast<const opi::NvmeRemoteNamespace&>(*row.wanted);
  v1::NvmeRemoteNamespaceState& space = *state.add_namespaces();
  space.set_nsid(wanted.nsid());
  space.set_uuid(wanted.uuid());
  space.set_volume_name(volume_name_of(row));
  fill(row, namespace_words, space);
}

std::unique_ptr<v1::NvmeRemoteState> state_of(const RowTable& rows, const Row& row) {
  auto state = std::make_unique<v1::NvmeRemoteState>();
  fill(row, controller_words, *state);
  for_each_child(rows, *opi::NvmePath::descriptor(), row, [&](const Row& child) { add_path(child, *state); });
  for_each_child(rows, *opi::NvmeRemoteNamespace::descriptor(), row,
                 [&](const Row& child) { add_namespace(child, *state); });
  return state;
}

}  // namespace

void add_nvme_remote_views(Model& model) {
  const RowTable& rows = model.rows();
  const Kind* const kind = rows.kind_of(opi::NvmeRemoteController::descriptor()->full_name());
  check(kind != nullptr, "views come after their kinds");
  model.add_method("outrigger.v1.NvmeRemoteStateService.GetNvmeRemoteState",
                   [&rows, kind](const Message& message) -> Result<std::unique_ptr<Message>> {
                     OR_ASSIGN(
                         const Row* const row,
                         find_viewed(static_cast<const v1::GetNvmeRemoteStateRequest&>(message), kind->spec().noun,
                                     [&](const std::string& name) { return rows.find_by_name(*kind, name); }));
                     return state_of(rows, *row);
                   });
  model.add_method("outrigger.v1.NvmeRemoteStateService.ListNvmeRemoteStates", [&rows, kind](const Message& message) {
    return list_viewed<v1::ListNvmeRemoteStatesResponse>(
        rows.of(*kind), static_cast<const v1::ListNvmeRemoteStatesRequest&>(message),
        [&rows](v1::ListNvmeRemoteStatesResponse& response, const Row& row) {
          response.mutable_nvme_remote_states()->AddAllocated(state_of(rows, row).release());
        });
  });
}

}  // namespace outrigger::model
