#include "core/render/dressed_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/memory/memory.h"
#include "core/base/status_macros.h"
#include "core/render/picture_model.h"

namespace vagram {
namespace {

constexpr double kTileDistance = 4;  // from which the scenery's tiles look right

// Of the scenery's materials, which the drawn model has behind its own.
constexpr int kFloor = 0;
constexpr int kFrame = 1;
constexpr int kFirstBody = 2;

// MuJoCo's colour of a geom that names none.
bool HasDefaultColor(const float rgba[4]) {
  return rgba[0] == 0.5f && rgba[1] == 0.5f && rgba[2] == 0.5f && rgba[3] == 1.0f;
}

// Fills `joined` with ours and theirs, and lets `field` of the drawn model, which held ours, point
// there.
template <typename Value>
void Join(Value*& field, int ours, const Value* theirs, int num_theirs,
          std::vector<Value>* joined) {
  joined->assign(field, field + ours);
  joined->insert(joined->end(), theirs, theirs + num_theirs);
  field = joined->data();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DressedModel>> DressedModel::Create(
    std::shared_ptr<const mjModel> model, double distance) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const mjModel> scenery, DisplayModel("scenery"));
  auto dressed = absl::WrapUnique(new DressedModel(std::move(model)));
  mjModel& drawn = dressed->drawn_;
  drawn.vis = scenery->vis;
  drawn.vis.global = dressed->model_->vis.global;
  dressed->AddMaterials(*scenery, distance);
  dressed->AddTextures(*scenery);
  dressed->DressGeoms(scenery->nmat - kFirstBody);
  return dressed;
}

void DressedModel::AddTextures(const mjModel& scenery) {
  const int first = drawn_.ntexdata;
  Join(drawn_.tex_type, drawn_.ntex, scenery.tex_type, scenery.ntex, &tex_type_);
  Join(drawn_.tex_height, drawn_.ntex, scenery.tex_height, scenery.ntex, &tex_height_);
  Join(drawn_.tex_width, drawn_.ntex, scenery.tex_width, scenery.ntex, &tex_width_);
  Join(drawn_.tex_adr, drawn_.ntex, scenery.tex_adr, scenery.ntex, &tex_adr_);
  Join(drawn_.tex_rgb, drawn_.ntexdata, scenery.tex_rgb, scenery.ntexdata, &tex_rgb_);
  for (int i = drawn_.ntex; i < drawn_.ntex + scenery.ntex; ++i) tex_adr_[i] += first;
  drawn_.ntex += scenery.ntex;
  drawn_.ntexdata += scenery.ntexdata;
}

void DressedModel::AddMaterials(const mjModel& scenery, double distance) {
  const int ours = drawn_.nmat, theirs = scenery.nmat;
  Join(drawn_.mat_texid, ours, scenery.mat_texid, theirs, &mat_texid_);
  Join(drawn_.mat_texuniform, ours, scenery.mat_texuniform, theirs, &mat_texuniform_);
  Join(drawn_.mat_texrepeat, 2 * ours, scenery.mat_texrepeat, 2 * theirs, &mat_texrepeat_);
  Join(drawn_.mat_emission, ours, scenery.mat_emission, theirs, &mat_emission_);
  Join(drawn_.mat_specular, ours, scenery.mat_specular, theirs, &mat_specular_);
  Join(drawn_.mat_shininess, ours, scenery.mat_shininess, theirs, &mat_shininess_);
  Join(drawn_.mat_reflectance, ours, scenery.mat_reflectance, theirs, &mat_reflectance_);
  Join(drawn_.mat_rgba, 4 * ours, scenery.mat_rgba, 4 * theirs, &mat_rgba_);
  for (int i = ours; i < ours + theirs; ++i) {
    if (mat_texid_[i] >= 0) mat_texid_[i] += drawn_.ntex;
  }
  drawn_.nmat += theirs;
  floor_material_ = ours + kFloor;
  // Powers of two, so that equal tasks look equal.
  const double repeat = std::exp2(-std::round(std::log2(distance / kTileDistance)));
  for (int i = 0; i < 2; ++i) mat_texrepeat_[2 * floor_material_ + i] *= static_cast<float>(repeat);
}

void DressedModel::DressGeoms(int num_body_materials) {
  geom_matid_.assign(drawn_.geom_matid, drawn_.geom_matid + drawn_.ngeom);
  geom_size_.assign(drawn_.geom_size, drawn_.geom_size + 3 * drawn_.ngeom);
  drawn_.geom_matid = geom_matid_.data();
  drawn_.geom_size = geom_size_.data();
  for (int geom = 0; geom < drawn_.ngeom; ++geom) {
    const bool plane = drawn_.geom_type[geom] == mjGEOM_PLANE;
    const int body = drawn_.geom_bodyid[geom];
    if (plane && body == 0) {
      has_floor_ = true;
      // To the engine a plane never ends; one of size 0 is drawn so.
      std::fill_n(&geom_size_[3 * geom], 2, 0);
    }
    if (geom_matid_[geom] >= 0 || !HasDefaultColor(drawn_.geom_rgba + 4 * geom)) continue;
    // MuJoCo takes a material's colour where the geom's own is the default.
    const int ours = plane ? kFloor : body == 0 ? kFrame : kFirstBody + body % num_body_materials;
    geom_matid_[geom] = floor_material_ + ours - kFloor;
  }
}

}  // namespace vagram
