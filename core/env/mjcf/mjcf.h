#ifndef CORE_ENV_MJCF_MJCF_H_
#define CORE_ENV_MJCF_MJCF_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vagram {

// One model file of this folder, carried in the binary so that a worker needs no data files.
struct MjcfFile {
  absl::string_view name;  // without .xml
  absl::string_view xml;
};

absl::Span<const MjcfFile> MjcfFiles();

}  // namespace vagram

#endif  // CORE_ENV_MJCF_MJCF_H_
