// Every service of the API by its descriptor. Naming one message of each file is what links the file in.
#include "inventory/inventory.pb.h"
#include "model/dispatcher.h"
#include "outrigger/v1/device.pb.h"
#include "outrigger/v1/host.pb.h"
#include "outrigger/v1/nvme.pb.h"
#include "outrigger/v1/nvme_discovery.pb.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "outrigger/v1/qos_burst.pb.h"
#include "outrigger/v1/telemetry.pb.h"
#include "outrigger/v1/volume.pb.h"
#include "storage/backend_aio.pb.h"
#include "storage/backend_malloc.pb.h"
#include "storage/backend_null.pb.h"
#include "storage/backend_nvme.pb.h"
#include "storage/frontend_nvme.pb.h"
#include "storage/frontend_virtio_blk.pb.h"
#include "storage/frontend_virtio_scsi.pb.h"
#include "storage/middleend_encryption.pb.h"
#include "storage/middleend_qos_volume.pb.h"

namespace outrigger::model {

const std::vector<const google::protobuf::ServiceDescriptor*>& api_services() {
  namespace opi = opi_api::storage::v1;
  static const auto services = [] {
    std::vector<const google::protobuf::ServiceDescriptor*> out;
    for (const google::protobuf::Descriptor* message :
         {opi_api::inventory::v1::Inventory::descriptor(), opi::AioVolume::descriptor(),
          opi::MallocVolume::descriptor(), opi::NullVolume::descriptor(), opi::NvmeRemoteController::descriptor(),
          opi::NvmeSubsystem::descriptor(), opi::VirtioBlk::descriptor(), opi::VirtioScsiLun::descriptor(),
          opi::EncryptedVolume::descriptor(), opi::QosVolume::descriptor(), outrigger::v1::Host::descriptor(),
          outrigger::v1::Volume::descriptor(), outrigger::v1::Device::descriptor(),
          outrigger::v1::QosBurst::descriptor(), outrigger::v1::NvmeState::descriptor(),
          outrigger::v1::NvmeRemoteState::descriptor(), outrigger::v1::NvmeDiscovery::descriptor(),
          outrigger::v1::Telemetry::descriptor()}) {
      for (int i = 0; i < message->file()->service_count(); ++i) {
        out.push_back(message->file()->service(i));
      }
    }
    return out;
  }();
  return services;
}

}  // namespace outrigger::model
