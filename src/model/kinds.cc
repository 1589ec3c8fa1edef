#include "model/kinds.h"

#include "model/inventory.h"

namespace outrigger::model {

void add_standard_kinds(Model& model, const StandardHooks& hooks, const std::string& root) {
  model.add_kind(host_kind(), hooks.host);
  model.add_kind(null_volume_kind(), hooks.null_volume);
  model.add_kind(malloc_volume_kind(), hooks.malloc_volume);
  model.add_kind(aio_volume_kind(), hooks.aio_volume);
  model.add_kind(qos_volume_kind(), hooks.qos_volume);
  model.add_kind(encrypted_volume_kind(), hooks.encrypted_volume);
  model.add_kind(virtio_blk_kind(), hooks.virtio_blk);
  model.add_kind(nvme_subsystem_kind(), hooks.nvme_subsystem);
  model.add_kind(nvme_controller_kind(), hooks.nvme_controller);
  model.add_kind(nvme_namespace_kind(), hooks.nvme_namespace);
  model.add_kind(nvme_remote_controller_kind(), hooks.nvme_remote_controller);
  model.add_kind(nvme_path_kind(), hooks.nvme_path);
  model.add_kind(nvme_remote_namespace_kind(), hooks.nvme_remote_namespace);
  add_views(model);
  add_nvme_views(model);
  add_nvme_remote_views(model);
  model.add_method("opi_api.inventory.v1.InventoryService.GetInventory",
                   [cache = std::make_shared<InventoryCache>(root, model.clock())](
                       const Message&) -> Result<std::unique_ptr<Message>> { return clone<Message>(cache->get()); });
}

}  // namespace outrigger::model
