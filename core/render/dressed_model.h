#ifndef CORE_RENDER_DRESSED_MODEL_H_
#define CORE_RENDER_DRESSED_MODEL_H_

#include <mujoco/mujoco.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace vagram {

// A model as it is drawn: the given one with the textures, materials and settings of
// mjcf/scenery.xml beside its own, floors without an end, and colours where it has none. What
// decides its motion is the given model's own memory, so positions of one fit the other. What the
// given model says of its looks (materials, colours, a sky) is kept. Immutable.
class DressedModel {
 public:
  // `distance`: from which it will be seen, in metres; the floor's tiles are made to suit.
  //   INTERNAL: the scenery cannot be compiled.
  static absl::StatusOr<std::unique_ptr<DressedModel>> Create(std::shared_ptr<const mjModel> model,
                                                              double distance);

  // For the engine's drawing functions only; valid as long as this object.
  const mjModel& model() const { return drawn_; }

  bool has_floor() const { return has_floor_; }
  // The number of the material that floors get.
  int floor_material() const { return floor_material_; }

  DressedModel(const DressedModel&) = delete;
  DressedModel& operator=(const DressedModel&) = delete;

 private:
  explicit DressedModel(std::shared_ptr<const mjModel> model)
      : model_(std::move(model)), drawn_(*model_) {}

  void AddTextures(const mjModel& scenery);
  void AddMaterials(const mjModel& scenery, double distance);
  void DressGeoms(int num_body_materials);

  const std::shared_ptr<const mjModel> model_;
  mjModel drawn_;  // model_'s pointers, but for those into the vectors below
  bool has_floor_ = false;
  int floor_material_ = 0;

  std::vector<int> tex_type_, tex_height_, tex_width_, tex_adr_;
  std::vector<mjtByte> tex_rgb_;
  std::vector<int> mat_texid_;
  std::vector<mjtByte> mat_texuniform_;
  std::vector<float> mat_texrepeat_, mat_emission_, mat_specular_, mat_shininess_, mat_reflectance_,
      mat_rgba_;
  std::vector<int> geom_matid_;
  std::vector<mjtNum> geom_size_;
};

}  // namespace vagram

#endif  // CORE_RENDER_DRESSED_MODEL_H_
