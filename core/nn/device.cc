#include "core/nn/device.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <exception>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vagram {

absl::StatusOr<at::Device> ParseDevice(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  if (name != "cuda" && !absl::StartsWith(name, "cuda:")) {
    return absl::InvalidArgumentError(
        absl::StrCat("device is \"", name, "\", expected cpu, cuda or cuda:N"));
  }
  try {
    const at::Device device(name);
    at::empty({1}, at::TensorOptions(at::kFloat).device(device));
    return device;
  } catch (const std::exception& error) {
    const std::string reason = error.what();
    return absl::InvalidArgumentError(absl::StrCat(
        "device \"", name, "\" is not available here: ", reason.substr(0, reason.find('\n')),
        "; use cpu, or a LibTorch with CUDA"));
  }
}

}  // namespace vagram
