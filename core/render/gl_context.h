#ifndef CORE_RENDER_GL_CONTEXT_H_
#define CORE_RENDER_GL_CONTEXT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace vagram {

// Names for dlopen.
struct GlLibraries {
  std::string egl = "libEGL.so.1";
  std::string osmesa = "libOSMesa.so.8";
};

// OpenGL without a display or a window: EGL without a surface, which uses a GPU where there is one
// and Mesa's software renderer elsewhere; else OSMesa. The libraries are looked for at run time and
// nothing links them. The context is current on the thread that made it and belongs there.
class GlContext {
 public:
  //   FAILED_PRECONDITION: neither works; one line says what to install.
  static absl::StatusOr<std::unique_ptr<GlContext>> Create(const GlLibraries& libraries);
  ~GlContext() { release_(); }

  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;

  const std::string& kind() const { return kind_; }  // "EGL" or "OSMesa"

 private:
  GlContext(std::string kind, std::function<void()> release)
      : kind_(std::move(kind)), release_(std::move(release)) {}

  static absl::StatusOr<std::unique_ptr<GlContext>> CreateEgl(const std::string& library);
  static absl::StatusOr<std::unique_ptr<GlContext>> CreateOsMesa(const std::string& library);

  const std::string kind_;
  const std::function<void()> release_;
};

}  // namespace vagram

#endif  // CORE_RENDER_GL_CONTEXT_H_
