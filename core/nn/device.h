#ifndef CORE_NN_DEVICE_H_
#define CORE_NN_DEVICE_H_

#include <c10/core/Device.h>

#include <string>

#include "absl/status/statusor.h"

namespace vagram {

// The device of this name: cpu, cuda or cuda:N.
//   INVALID_ARGUMENT: another name, or the device is not there.
absl::StatusOr<at::Device> ParseDevice(const std::string& name);

}  // namespace vagram

#endif  // CORE_NN_DEVICE_H_
