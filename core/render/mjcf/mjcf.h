#ifndef CORE_RENDER_MJCF_MJCF_H_
#define CORE_RENDER_MJCF_MJCF_H_

#include "absl/types/span.h"
#include "core/env/mjcf/mjcf.h"

namespace vagram {

// The model files of this folder, which are for the eye only.
absl::Span<const MjcfFile> DisplayMjcfFiles();

}  // namespace vagram

#endif  // CORE_RENDER_MJCF_MJCF_H_
