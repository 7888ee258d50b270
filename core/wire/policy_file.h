#ifndef CORE_WIRE_POLICY_FILE_H_
#define CORE_WIRE_POLICY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/env/task.h"
#include "proto/policy.pb.h"

// Policies on disk: "vagrampl", the length of the message as 8 bytes little endian, its masked
// CRC-32C as 4, and the message vagram.v1.PolicyFile. Protobuf alone would take a file that was cut
// short between two fields for a whole one.
namespace vagram {

// Replaces the file at once, or leaves it.   Errors: as WriteFileAtomically.
absl::Status WritePolicyFile(const std::string& path, const v1::PolicyFile& policy);

//   NOT_FOUND: no such file.   DATA_LOSS: it is damaged or cut short.   INVALID_ARGUMENT: it is no
//   policy file.
absl::StatusOr<v1::PolicyFile> ReadPolicyFile(const std::string& path);

// OK when the policy can act in `task`.
//   FAILED_PRECONDITION: it was trained on another task or with other sizes; says which.
absl::Status CheckPolicyFits(const v1::PolicyFile& policy, const Task& task);

}  // namespace vagram

#endif  // CORE_WIRE_POLICY_FILE_H_
