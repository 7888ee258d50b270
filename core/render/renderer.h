#ifndef CORE_RENDER_RENDERER_H_
#define CORE_RENDER_RENDERER_H_

#include <mujoco/mujoco.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/render/camera.h"
#include "core/render/dressed_model.h"
#include "core/render/gl_context.h"
#include "core/render/picture.h"

namespace vagram {

struct RendererOptions {
  int width = 640;  // pixels, 16 to 4096
  int height = 480;
  std::string camera = "track";  // see Camera
  GlLibraries libraries;
};

// Draws a model in given positions. It works on data of its own and derives everything from the
// positions anew, so the simulation that they come from is left alone and the picture does not lag
// behind. Belongs to the thread that made it, as its GlContext does.
class Renderer {
 public:
  // Lines in the picture's corner: a name and a value each.
  using Caption = std::vector<std::pair<std::string, std::string>>;

  //   FAILED_PRECONDITION: no OpenGL; says what to install.   NOT_FOUND: no such camera.
  //   INVALID_ARGUMENT: an impossible size.   INTERNAL: the engine's drawing failed.
  static absl::StatusOr<std::unique_ptr<Renderer>> Create(std::shared_ptr<const mjModel> model,
                                                          const RendererOptions& options);
  ~Renderer();

  // The model at `qpos` [nq].   INVALID_ARGUMENT: another number of positions.   INTERNAL: an
  // engine error.
  absl::StatusOr<Picture> Draw(absl::Span<const double> qpos, const Caption& caption = {});

 private:
  struct DeleteData {
    void operator()(mjData* data) const { mj_deleteData(data); }
  };

  Renderer(std::shared_ptr<const mjModel> model, const RendererOptions& options);
  absl::Status Begin();
  void AddFloor();
  void AddLight();

  const std::shared_ptr<const mjModel> model_;
  const RendererOptions options_;
  std::unique_ptr<GlContext> gl_;
  std::unique_ptr<DressedModel> dressed_;
  std::unique_ptr<mjData, DeleteData> data_;
  std::unique_ptr<const Camera> camera_;
  mjvOption shown_;
  mjvScene scene_;
  mjrContext context_;
};

}  // namespace vagram

#endif  // CORE_RENDER_RENDERER_H_
