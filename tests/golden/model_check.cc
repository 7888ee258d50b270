#include "tests/golden/model_check.h"

#include <mujoco/mjxmacro.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vagram {
namespace {

using nlohmann::json;

using Numbers = std::map<std::string, std::vector<double>>;
using Names = std::map<std::string, std::vector<std::string>>;

template <typename T>
std::vector<double> AsDoubles(const T* values, int64_t size) {
  return std::vector<double>(values, values + size);
}

// Every number of the compiled model by the name of its field, by way of the engine's own lists.
Numbers AllNumbers(const mjModel* m) {
  Numbers all;
#define X(name) all[#name] = {static_cast<double>(m->name)};
  MJMODEL_INTS
#undef X

  MJMODEL_POINTERS_PREAMBLE(m)
#define X(type, name, rows, columns) \
  all[#name] = AsDoubles(m->name, static_cast<int64_t>(m->rows) * (columns));
  MJMODEL_POINTERS
#undef X

#define X(type, name) all["opt." #name] = {static_cast<double>(m->opt.name)};
  MJOPTION_SCALARS
#undef X
#define X(name, size) all["opt." #name] = AsDoubles(m->opt.name, size);
  MJOPTION_VECTORS
#undef X

  all["stat.meaninertia"] = {m->stat.meaninertia};
  all["stat.meanmass"] = {m->stat.meanmass};
  all["stat.meansize"] = {m->stat.meansize};
  all["stat.extent"] = {m->stat.extent};
  all["stat.center"] = AsDoubles(m->stat.center, 3);
  return all;
}

std::vector<std::string> ObjectNames(const mjModel* m, mjtObj type, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    const char* name = mj_id2name(m, type, i);
    names.push_back(name == nullptr ? "" : name);
  }
  return names;
}

std::string At(const std::vector<std::string>& names, int index) {
  return index >= 0 && index < static_cast<int>(names.size()) ? names[index] : "?";
}

Names AllNames(const mjModel* m) {
  const int version = mj_version();  // 222 is 2.2.2
  return {
      {"engine",
       {absl::StrFormat("libmujoco %d.%d.%d", version / 100, version / 10 % 10, version % 10)}},
      {"opt.integrator_name", {At({"Euler", "RK4", "implicit"}, m->opt.integrator)}},
      {"opt.solver_name", {At({"PGS", "CG", "Newton"}, m->opt.solver)}},
      {"opt.cone_name", {At({"pyramidal", "elliptic"}, m->opt.cone)}},
      {"body_names", ObjectNames(m, mjOBJ_BODY, m->nbody)},
      {"jnt_names", ObjectNames(m, mjOBJ_JOINT, m->njnt)},
      {"geom_names", ObjectNames(m, mjOBJ_GEOM, m->ngeom)},
      {"site_names", ObjectNames(m, mjOBJ_SITE, m->nsite)},
      {"tendon_names", ObjectNames(m, mjOBJ_TENDON, m->ntendon)},
      {"actuator_names", ObjectNames(m, mjOBJ_ACTUATOR, m->nu)},
  };
}

// A number, or numbers in lists of any depth, as one list.
void Flatten(const json& value, std::vector<double>* out) {
  if (value.is_array()) {
    for (const json& entry : value) Flatten(entry, out);
  } else {
    out->push_back(value.get<double>());
  }
}

std::vector<std::string> AsNames(const json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  return value.get<std::vector<std::string>>();
}

}  // namespace

ModelDifferences CompareModel(const mjModel& model, const json& reference) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Numbers numbers = AllNumbers(&model);
  const Names names = AllNames(&model);

  ModelDifferences differences;
  const auto differ = [&](double by, std::string what) {
    differences.worst = std::max(differences.worst, by);
    differences.fields.push_back(std::move(what));
  };
  for (const auto& [key, value] : reference.items()) {
    if (const auto ours = names.find(key); ours != names.end()) {
      const std::vector<std::string> theirs = AsNames(value);
      differences.values_compared += theirs.size();
      if (ours->second != theirs) differ(kInfinity, absl::StrCat(key, ": other names"));
      continue;
    }
    const auto ours = numbers.find(key);
    if (ours == numbers.end()) {
      differ(kInfinity, absl::StrCat(key, ": the engine's model has no such field"));
      continue;
    }
    std::vector<double> theirs;
    Flatten(value, &theirs);
    differences.values_compared += theirs.size();
    if (ours->second.size() != theirs.size()) {
      differ(kInfinity, absl::StrCat(key, ": ", ours->second.size(), " values, the reference has ",
                                     theirs.size()));
      continue;
    }
    for (size_t i = 0; i < theirs.size(); ++i) {
      if (ours->second[i] == theirs[i]) continue;
      differ(std::abs(ours->second[i] - theirs[i]),
             absl::StrFormat("%s: value %d is %.17g, the reference has %.17g", key, i,
                             ours->second[i], theirs[i]));
      break;
    }
  }
  return differences;
}

}  // namespace vagram
