#ifndef ACTOR_RENDER_FLAGS_H_
#define ACTOR_RENDER_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/render/clip.h"
#include "core/render/renderer.h"

namespace vagram {

// The render program's command line; `vagram render --help` explains it.
struct RenderFlags {
  std::string env;     // a task, or a task file (.yaml); empty: the policy's own
  std::string policy;  // a .policy file; empty: random actions
  std::string out;
  ClipOptions clip;
  RendererOptions picture;
};

//   INVALID_ARGUMENT: says what is wrong.
absl::StatusOr<RenderFlags> ParseRenderFlags(int argc, const char* const* argv);

}  // namespace vagram

#endif  // ACTOR_RENDER_FLAGS_H_
