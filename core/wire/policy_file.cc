#include "core/wire/policy_file.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/metrics/atomic_file.h"
#include "core/metrics/crc32c.h"
#include "core/rpc/limits.h"

namespace vagram {
namespace {

constexpr absl::string_view kMagic = "vagrampl";
constexpr size_t kHeaderBytes = 8 + 8 + 4;

void AppendLittleEndian(uint64_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t LittleEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

// At most one byte more than a policy file can have.
absl::StatusOr<std::string> ReadBounded(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  std::string bytes;
  char part[1 << 16];
  while (bytes.size() <= kHeaderBytes + kMaxMessageBytes &&
         (file.read(part, sizeof(part)), file.gcount() > 0)) {
    bytes.append(part, static_cast<size_t>(file.gcount()));
  }
  return bytes;
}

}  // namespace

absl::Status WritePolicyFile(const std::string& path, const v1::PolicyFile& policy) {
  const std::string message = policy.SerializeAsString();
  std::string bytes(kMagic);
  AppendLittleEndian(message.size(), 8, &bytes);
  AppendLittleEndian(MaskedCrc32c(message), 4, &bytes);
  return WriteFileAtomically(path, bytes + message);
}

absl::StatusOr<v1::PolicyFile> ReadPolicyFile(const std::string& path) {
  const absl::StatusOr<std::string> read = ReadBounded(path);
  if (!read.ok()) return read.status();
  const absl::string_view bytes = *read;
  if (!absl::StartsWith(bytes, kMagic)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " is no policy file; a trial's are in its folder, as policies/final.policy"));
  }
  const uint64_t length = bytes.size() < kHeaderBytes ? 0 : LittleEndian(bytes.substr(8, 8));
  if (bytes.size() < kHeaderBytes || bytes.size() - kHeaderBytes != length) {
    return absl::DataLossError(absl::StrCat(path, " was cut short or has grown: it has ",
                                            bytes.size(), " bytes, expected ",
                                            kHeaderBytes + length, "; copy it anew"));
  }
  const absl::string_view message = bytes.substr(kHeaderBytes);
  v1::PolicyFile policy;
  if (MaskedCrc32c(message) != LittleEndian(bytes.substr(16, 4)) ||
      !policy.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::DataLossError(
        absl::StrCat(path, " is damaged: its checksum is wrong; copy it anew"));
  }
  return policy;
}

absl::Status CheckPolicyFits(const v1::PolicyFile& policy, const Task& task) {
  const v1::EnvSpec& trained = policy.env();
  if (trained.id() != task.id) {
    return absl::FailedPreconditionError(absl::StrCat("the policy was trained on ", trained.id(),
                                                      ", not on ", task.id,
                                                      "; leave out --env to see it there"));
  }
  if (trained.obs_dim() != task.obs_dim || trained.act_dim() != task.act_dim) {
    return absl::FailedPreconditionError(
        absl::StrCat("the policy was trained with ", trained.obs_dim(), " observations and ",
                     trained.act_dim(), " actions, ", task.id, " has ", task.obs_dim, " and ",
                     task.act_dim, " now; show it in the environment that it was trained in"));
  }
  return absl::OkStatus();
}

}  // namespace vagram
