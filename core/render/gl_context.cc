#include "core/render/gl_context.h"

#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

// The few declarations of EGL 1.4 and OSMesa 8 that are used here, so that the build needs neither.
using EglDisplay = void*;
using EglDevice = void*;
using EglContext = void*;
using EglConfig = void*;
using EglInt = int32_t;
using EglBool = unsigned int;

constexpr EglInt kEglNone = 0x3038;
constexpr EglInt kEglSurfaceType = 0x3033;
constexpr EglInt kEglPbufferBit = 0x0001;
constexpr EglInt kEglRenderableType = 0x3040;
constexpr EglInt kEglOpenGlBit = 0x0008;
constexpr unsigned kEglOpenGlApi = 0x30A2;
constexpr unsigned kEglPlatformSurfaceless = 0x31DD;  // EGL_MESA_platform_surfaceless
constexpr unsigned kEglPlatformDevice = 0x313F;       // EGL_EXT_platform_device
constexpr unsigned kGlRgba = 0x1908;
constexpr unsigned kGlUnsignedByte = 0x1401;

// A library opened so that nobody else sees it yet. MuJoCo looks for whichever of the two has been
// loaded for all to see, so one that turned out not to work must stay hidden.
absl::StatusOr<void*> Open(const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return absl::NotFoundError(absl::StrCat("no ", library));
  return handle;
}

void ShowToAll(const std::string& library) {
  dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

template <typename Function>
Function* Find(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

struct Egl {
  explicit Egl(void* library)
      : get_proc_address(Find<void*(const char*)>(library, "eglGetProcAddress")),
        initialize(Find<EglBool(EglDisplay, EglInt*, EglInt*)>(library, "eglInitialize")),
        terminate(Find<EglBool(EglDisplay)>(library, "eglTerminate")),
        bind_api(Find<EglBool(unsigned)>(library, "eglBindAPI")),
        choose_config(Find<EglBool(EglDisplay, const EglInt*, EglConfig*, EglInt, EglInt*)>(
            library, "eglChooseConfig")),
        create_context(Find<EglContext(EglDisplay, EglConfig, EglContext, const EglInt*)>(
            library, "eglCreateContext")),
        destroy_context(Find<EglBool(EglDisplay, EglContext)>(library, "eglDestroyContext")),
        make_current(
            Find<EglBool(EglDisplay, void*, void*, EglContext)>(library, "eglMakeCurrent")) {}

  bool complete() const {
    return get_proc_address && initialize && terminate && bind_api && choose_config &&
           create_context && destroy_context && make_current;
  }

  // Displays that need no screen, the most likely first. None is initialised.
  std::vector<EglDisplay> Displays() const {
    std::vector<EglDisplay> displays;
    const auto get_display = reinterpret_cast<EglDisplay (*)(unsigned, void*, const EglInt*)>(
        get_proc_address("eglGetPlatformDisplayEXT"));
    if (get_display == nullptr) return displays;
    displays.push_back(get_display(kEglPlatformSurfaceless, nullptr, nullptr));
    const auto query_devices = reinterpret_cast<EglBool (*)(EglInt, EglDevice*, EglInt*)>(
        get_proc_address("eglQueryDevicesEXT"));
    std::array<EglDevice, 16> devices;
    EglInt count = 0;
    if (query_devices != nullptr) query_devices(devices.size(), devices.data(), &count);
    for (EglInt i = 0; i < count; ++i) {
      displays.push_back(get_display(kEglPlatformDevice, devices[i], nullptr));
    }
    return displays;
  }

  // A context that is current without a surface; null if this display has none.
  EglContext MakeContext(EglDisplay display) const {
    constexpr EglInt kWanted[] = {kEglSurfaceType, kEglPbufferBit, kEglRenderableType,
                                  kEglOpenGlBit, kEglNone};
    EglConfig config = nullptr;
    EglInt count = 0;
    choose_config(display, kWanted, &config, 1, &count);
    EglContext context = create_context(display, count > 0 ? config : nullptr, nullptr, nullptr);
    if (context == nullptr || make_current(display, nullptr, nullptr, context)) return context;
    destroy_context(display, context);
    return nullptr;
  }

  void* (*get_proc_address)(const char*);
  EglBool (*initialize)(EglDisplay, EglInt*, EglInt*);
  EglBool (*terminate)(EglDisplay);
  EglBool (*bind_api)(unsigned);
  EglBool (*choose_config)(EglDisplay, const EglInt*, EglConfig*, EglInt, EglInt*);
  EglContext (*create_context)(EglDisplay, EglConfig, EglContext, const EglInt*);
  EglBool (*destroy_context)(EglDisplay, EglContext);
  EglBool (*make_current)(EglDisplay, void*, void*, EglContext);
};

}  // namespace

absl::StatusOr<std::unique_ptr<GlContext>> GlContext::CreateEgl(const std::string& library) {
  ASSIGN_OR_RETURN(void* const handle, Open(library));
  const Egl egl(handle);
  if (!egl.complete()) return absl::NotFoundError(absl::StrCat(library, " is not EGL 1.4"));
  for (EglDisplay display : egl.Displays()) {
    EglInt major = 0, minor = 0;
    if (display == nullptr || !egl.initialize(display, &major, &minor)) continue;
    EglContext context = egl.bind_api(kEglOpenGlApi) ? egl.MakeContext(display) : nullptr;
    if (context == nullptr) {
      egl.terminate(display);
      continue;
    }
    ShowToAll(library);
    return absl::WrapUnique(new GlContext("EGL", [egl, display, context] {
      egl.make_current(display, nullptr, nullptr, nullptr);
      egl.destroy_context(display, context);
      egl.terminate(display);
    }));
  }
  return absl::NotFoundError(absl::StrCat(library, " finds no device to draw on"));
}

absl::StatusOr<std::unique_ptr<GlContext>> GlContext::CreateOsMesa(const std::string& library) {
  ASSIGN_OR_RETURN(void* const handle, Open(library));
  const auto create =
      Find<void*(unsigned, EglInt, EglInt, EglInt, void*)>(handle, "OSMesaCreateContextExt");
  const auto make_current =
      Find<unsigned char(void*, void*, unsigned, EglInt, EglInt)>(handle, "OSMesaMakeCurrent");
  const auto destroy = Find<void(void*)>(handle, "OSMesaDestroyContext");
  if (create == nullptr || make_current == nullptr || destroy == nullptr) {
    return absl::NotFoundError(absl::StrCat(library, " is not OSMesa"));
  }
  void* const context = create(kGlRgba, /*depth=*/24, /*stencil=*/8, /*accumulation=*/0, nullptr);
  // MuJoCo draws into a buffer of its own; this one only has to exist.
  constexpr int kSide = 16;
  auto buffer = std::make_shared<std::vector<uint8_t>>(4 * kSide * kSide);
  if (context == nullptr || !make_current(context, buffer->data(), kGlUnsignedByte, kSide, kSide)) {
    if (context != nullptr) destroy(context);
    return absl::NotFoundError(absl::StrCat(library, " makes no context"));
  }
  ShowToAll(library);
  return absl::WrapUnique(
      new GlContext("OSMesa", [destroy, context, buffer] { destroy(context); }));
}

absl::StatusOr<std::unique_ptr<GlContext>> GlContext::Create(const GlLibraries& libraries) {
  absl::StatusOr<std::unique_ptr<GlContext>> egl = CreateEgl(libraries.egl);
  if (egl.ok()) return egl;
  absl::StatusOr<std::unique_ptr<GlContext>> osmesa = CreateOsMesa(libraries.osmesa);
  if (osmesa.ok()) return osmesa;
  return absl::FailedPreconditionError(
      absl::StrCat("cannot draw: ", egl.status().message(), ", ", osmesa.status().message(),
                   "; tools/setup.sh --with-render installs what is missing"));
}

}  // namespace vagram
