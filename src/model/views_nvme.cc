// NvmeStateService of outrigger.v1: a subsystem with its controllers, namespaces and connected hosts in one picture.
// It holds nothing; what only the plane knows comes through Hooks::describe() of each kind.
#include "model/kinds.h"
#include "model/nvme_address.h"
#include "model/view_rows.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

constexpr StateWords<v1::NvmeState::State> words{
    .ready = v1::NvmeState::READY, .pending = v1::NvmeState::PENDING, .failed = v1::NvmeState::FAILED};

template <typename Part>
void fill(const Row& row, Part& part) {
  part.set_name(row.name);
  fill_state(row, words, part);
}

std::unique_ptr<v1::NvmeState> state_of(const RowTable& rows, const Row& row) {
  auto state = std::make_unique<v1::NvmeState>();
  state->set_nqn(static_cast<const opi::NvmeSubsystem&>(*row.wanted).spec().nqn());
  fill(row, *state);
  for_each_child(rows, *opi::NvmeController::descriptor(), row, [&](const Row& child) {
    v1::NvmeControllerState& controller = *state->add_controllers();
    const auto& spec = static_cast<const opi::NvmeController&>(*child.wanted).spec();
    controller.set_address(nvme_address(spec.fabrics_id()));
    fill(child, controller);
  });
  for_each_child(rows, *opi::NvmeNamespace::descriptor(), row, [&](const Row& child) {
    v1::NvmeNamespaceState& space = *state->add_namespaces();
    const auto& spec = static_cast<const opi::NvmeNamespace&>(*child.wanted).spec();
    space.set_nsid(spec.host_nsid());
    if (const Row* const volume = rows.find_volume(lower_case(last_segment(spec.volume_name_ref())))) {
      space.set_volume_name_ref(volume->name);
    }
    fill(child, space);
  });
  return state;
}

}  // namespace

void add_nvme_views(Model& model) {
  const RowTable& rows = model.rows();
  const Kind* const kind = rows.kind_of(opi::NvmeSubsystem::descriptor()->full_name());
  check(kind != nullptr, "views come after their kinds");
  model.add_method("outrigger.v1.NvmeStateService.GetNvmeState",
                   [&rows, kind](const Message& message) -> Result<std::unique_ptr<Message>> {
                     OR_ASSIGN(const Row* const row,
                               find_viewed(static_cast<const v1::GetNvmeStateRequest&>(message), kind->spec().noun,
                                           [&](const std::string& name) { return rows.find_by_name(*kind, name); }));
                     return state_of(rows, *row);
                   });
  model.add_method("outrigger.v1.NvmeStateService.ListNvmeStates", [&rows, kind](const Message& message) {
    return list_viewed<v1::ListNvmeStatesResponse>(
        rows.of(*kind), static_cast<const v1::ListNvmeStatesRequest&>(message),
        [&rows](v1::ListNvmeStatesResponse& response, const Row& row) {
          response.mutable_nvme_states()->AddAllocated(state_of(rows, row).release());
        });
  });
}

}  // namespace outrigger::model
