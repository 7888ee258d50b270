#include "core/render/renderer.h"

#include <algorithm>
#include <cstddef>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/mujoco_model.h"

namespace vagram {
namespace {

constexpr int kMinSide = 16;
constexpr int kMaxSide = 4096;
constexpr int kMaxGeoms = 2000;

}  // namespace

absl::StatusOr<std::unique_ptr<Renderer>> Renderer::Create(std::shared_ptr<const mjModel> model,
                                                           const RendererOptions& options) {
  for (const int side : {options.width, options.height}) {
    if (side < kMinSide || side > kMaxSide) {
      return absl::InvalidArgumentError(absl::StrCat("a picture of ", options.width, " x ",
                                                     options.height, " pixels: expected sides of ",
                                                     kMinSide, " to ", kMaxSide));
    }
  }
  auto renderer = absl::WrapUnique(new Renderer(std::move(model), options));
  RETURN_IF_ERROR(renderer->Begin());
  return renderer;
}

Renderer::Renderer(std::shared_ptr<const mjModel> model, const RendererOptions& options)
    : model_(std::move(model)), options_(options) {
  mjv_defaultOption(&shown_);
  mjv_defaultScene(&scene_);
  mjr_defaultContext(&context_);
}

Renderer::~Renderer() {
  mjv_freeScene(&scene_);
  if (gl_ != nullptr) mjr_freeContext(&context_);
}

absl::Status Renderer::Begin() {
  mjData* data = nullptr;
  RETURN_IF_ERROR(CatchEngineError([&] {
    data = mj_makeData(model_.get());
    if (data != nullptr) mj_fwdPosition(model_.get(), data);
  }));
  if (data == nullptr) return absl::InternalError("no memory for the picture's simulation data");
  data_.reset(data);
  ASSIGN_OR_RETURN(const Camera camera, Camera::Create(*model_, *data_, options_.camera));
  camera_ = std::make_unique<const Camera>(camera);
  ASSIGN_OR_RETURN(dressed_, DressedModel::Create(model_, camera.At(*data_).distance));

  ASSIGN_OR_RETURN(gl_, GlContext::Create(options_.libraries));
  mjModel sized = dressed_->model();
  sized.vis.global.offwidth = options_.width;
  sized.vis.global.offheight = options_.height;
  return CatchEngineError([&] {
    mjv_makeScene(&sized, &scene_, kMaxGeoms);
    mjr_makeContext(&sized, &context_, mjFONTSCALE_100);
    mjr_setBuffer(mjFB_OFFSCREEN, &context_);
  });
}

absl::StatusOr<Picture> Renderer::Draw(absl::Span<const double> qpos, const Caption& caption) {
  if (qpos.size() != static_cast<size_t>(model_->nq)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the state has ", qpos.size(), " positions, its picture wants ", model_->nq));
  }
  std::string names, values;
  for (const auto& [name, value] : caption) {
    absl::StrAppend(&names, names.empty() ? "" : "\n", name);
    absl::StrAppend(&values, values.empty() ? "" : "\n", value);
  }
  std::copy(qpos.begin(), qpos.end(), data_->qpos);
  const mjrRect whole = {0, 0, options_.width, options_.height};
  const size_t row_bytes = size_t{3} * options_.width;
  std::vector<uint8_t> from_below(row_bytes * options_.height);
  RETURN_IF_ERROR(CatchEngineError([&] {
    mj_fwdPosition(model_.get(), data_.get());
    mjvCamera camera = camera_->At(*data_);
    mjv_updateScene(&dressed_->model(), data_.get(), &shown_, /*pert=*/nullptr, &camera, mjCAT_ALL,
                    &scene_);
    if (!dressed_->has_floor()) AddFloor();
    if (model_->nlight == 0) AddLight();
    mjr_render(whole, &scene_, &context_);
    if (!names.empty()) {
      mjr_overlay(mjFONT_NORMAL, mjGRID_TOPLEFT, whole, names.c_str(), values.c_str(), &context_);
    }
    mjr_readPixels(from_below.data(), /*depth=*/nullptr, whole, &context_);
  }));
  Picture picture{options_.width, options_.height, {}};
  picture.rgb.reserve(from_below.size());
  for (int row = options_.height - 1; row >= 0; --row) {
    const auto first = from_below.begin() + static_cast<std::ptrdiff_t>(row * row_bytes);
    picture.rgb.insert(picture.rgb.end(), first, first + static_cast<std::ptrdiff_t>(row_bytes));
  }
  return picture;
}

void Renderer::AddFloor() {
  if (scene_.ngeom >= scene_.maxgeom) return;
  const mjvCamera camera = camera_->At(*data_);
  const double side = 10 * camera.distance;
  const mjtNum size[3] = {side, side, 1};
  const mjtNum at[3] = {camera.lookat[0], camera.lookat[1], camera_->ground()};
  const mjModel& model = dressed_->model();
  const int material = dressed_->floor_material();
  mjvGeom& floor = scene_.geoms[scene_.ngeom++];
  mjv_initGeom(&floor, mjGEOM_PLANE, size, at, /*mat=*/nullptr, model.mat_rgba + 4 * material);
  floor.category = mjCAT_STATIC;
  floor.texid = model.mat_texid[material];
  floor.texuniform = model.mat_texuniform[material];
  std::copy_n(model.mat_texrepeat + 2 * material, 2, floor.texrepeat);
  floor.specular = model.mat_specular[material];
}

// A sun from above and behind the camera's left, besides the headlight, for shadows on the floor.
void Renderer::AddLight() {
  if (scene_.nlight >= mjMAXLIGHT) return;
  const mjvCamera camera = camera_->At(*data_);
  constexpr float kDirection[3] = {0.35f, 0.35f, -0.87f};
  mjvLight& sun = scene_.lights[scene_.nlight++];
  sun = {};
  for (int axis = 0; axis < 3; ++axis) {
    sun.dir[axis] = kDirection[axis];
    sun.pos[axis] =
        static_cast<float>(camera.lookat[axis] - 3 * camera.distance * kDirection[axis]);
    sun.diffuse[axis] = 0.55f;
    sun.specular[axis] = 0.3f;
  }
  sun.attenuation[0] = 1;
  sun.directional = 1;
  sun.castshadow = 1;
}

}  // namespace vagram
