#include "contract/device_case.h"

namespace outrigger::contract {

std::vector<DeviceCase> device_cases() {
  std::vector<DeviceCase> cases;
  add_block_cases(cases);
  add_layer_cases(cases);
  add_remote_cases(cases);
  return cases;
}

}  // namespace outrigger::contract
