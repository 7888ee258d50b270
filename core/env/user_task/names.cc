#include "core/env/user_task/names.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/env/user_task/mapping_reader.h"

namespace vagram {
namespace {

constexpr absl::string_view kQuantityForms =
    "expected qpos/JOINT, qvel/JOINT, body/NAME/z, site/NAME/z or com/z (or x, y)";
constexpr absl::string_view kPointForms = "expected body/NAME, site/NAME or com";

const char* WordFor(mjtObj type) {
  switch (type) {
    case mjOBJ_BODY:
      return "body";
    case mjOBJ_SITE:
      return "site";
    case mjOBJ_ACTUATOR:
      return "actuator";
    default:
      return "joint";
  }
}

int AxisOf(absl::string_view text) {
  if (text == "x") return 0;
  if (text == "y") return 1;
  if (text == "z") return 2;
  return -1;
}

Selection Only(const Reference& name) {
  Selection selection;
  selection.at = name.at;
  selection.names = {name};
  return selection;
}

}  // namespace

Names::Names(const mjModel& model, Faults* faults) : model_(model), faults_(*faults) {
  for (int joint = 0; joint < model.njnt; ++joint) {
    for (const bool velocities : {false, true}) {
      std::vector<Entry>& all = velocities ? qvel_ : qpos_;
      for (Entry& entry : EntriesOfJoint(joint, velocities)) all.push_back(std::move(entry));
    }
  }
}

std::vector<Entry> Names::EntriesOfJoint(int joint, bool velocities) const {
  std::vector<const char*> units;  // "" for an entry of a quaternion
  const auto add = [&units](int count, const char* unit) {
    units.insert(units.end(), count, unit);
  };
  switch (model_.jnt_type[joint]) {
    case mjJNT_FREE:
      add(3, velocities ? "m/s" : "m");
      velocities ? add(3, "rad/s") : add(4, "");
      break;
    case mjJNT_BALL:
      velocities ? add(3, "rad/s") : add(4, "");
      break;
    case mjJNT_SLIDE:
      add(1, velocities ? "m/s" : "m");
      break;
    default:
      add(1, velocities ? "rad/s" : "rad");
  }
  const int first = velocities ? model_.jnt_dofadr[joint] : model_.jnt_qposadr[joint];
  std::vector<Entry> entries;
  for (size_t i = 0; i < units.size(); ++i) {
    entries.push_back({first + static_cast<int>(i), joint, NameOf(mjOBJ_JOINT, joint), units[i]});
  }
  return entries;
}

std::vector<Entry> Names::Entries(const Selection& selection, bool velocities,
                                  absl::string_view key) {
  const std::vector<Entry>& all = AllEntries(velocities);
  const int size = static_cast<int>(all.size());
  const char* array = velocities ? "qvel" : "qpos";
  if (selection.all) return all;
  std::vector<Entry> entries;
  if (selection.entries.has_value()) {
    const auto [first, last] = *selection.entries;
    if (last >= size) {
      faults_.Add(
          selection.at, key,
          absl::StrCat("expected indices below ", size, ", the size of ", array, ", got ", last));
      return {};
    }
    entries.assign(all.begin() + first, all.begin() + last + 1);
  }
  for (const Reference& name : selection.names) {
    int index = 0;
    if (absl::SimpleAtoi(name.text, &index)) {
      if (index >= 0 && index < size) {
        entries.push_back(all[index]);
      } else {
        faults_.Add(name.at, key,
                    absl::StrCat("expected an index below ", size, ", the size of ", array,
                                 ", got ", index));
      }
      continue;
    }
    const int joint = Object(name, mjOBJ_JOINT, key);
    if (joint < 0) continue;
    for (Entry& entry : EntriesOfJoint(joint, velocities)) entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<int> Names::Objects(const Selection& selection, mjtObj type, absl::string_view key) {
  std::vector<int> ids;
  const int count = NumObjects(type);
  if (selection.entries.has_value()) {
    faults_.Add(selection.at, key, absl::StrCat("expected names or all, got a range of indices"));
  }
  if (selection.all && count == 0) {
    faults_.Add(selection.at, key, absl::StrCat("the model has no ", WordFor(type)));
  }
  if (selection.all) {
    for (int id = 0; id < count; ++id) ids.push_back(id);
  }
  for (const Reference& name : selection.names) {
    const int id = Object(name, type, key);
    if (id >= 0) ids.push_back(id);
  }
  return ids;
}

int Names::Object(const Reference& name, mjtObj type, absl::string_view key) {
  const int id = mj_name2id(&model_, type, name.text.c_str());
  if (id < 0) {
    faults_.Add(name.at, key,
                absl::StrCat(Printable(name.text), ": ",
                             Unknown(WordFor(type), name.text, AllNames(type))));
  }
  return id;
}

bool Names::ReadQuantity(const Reference& text, absl::string_view key, Quantity* quantity) {
  const std::vector<std::string> parts = absl::StrSplit(text.text, absl::MaxSplits('/', 1));
  const bool velocity = parts[0] == "qvel";
  if ((parts[0] == "qpos" || velocity) && parts.size() == 2) {
    const std::vector<Entry> entries = Entries(Only({parts[1], text.at}), velocity, key);
    if (entries.empty()) return false;
    if (entries.size() != 1) {
      faults_.Add(
          text.at, key,
          absl::StrCat(Printable(parts[1]), " has ", entries.size(), " entries in ", parts[0],
                       ", from ", entries.front().index, " on; name one by its index, such as ",
                       parts[0], "/", entries.front().index));
      return false;
    }
    quantity->kind = velocity ? Quantity::Kind::kQvel : Quantity::Kind::kQpos;
    quantity->index = entries.front().index;
    return true;
  }
  const size_t slash = text.text.rfind('/');
  const int axis = slash == std::string::npos ? -1 : AxisOf(text.text.substr(slash + 1));
  if (axis < 0) {
    faults_.Add(text.at, key, absl::StrCat(kQuantityForms, ", got ", Printable(text.text)));
    return false;
  }
  Point point;
  if (!ReadPoint({text.text.substr(0, slash), text.at}, key, &point)) return false;
  *quantity = point[axis];
  return true;
}

bool Names::ReadPoint(const Reference& text, absl::string_view key, Point* point) {
  if (text.text == "com") {
    for (int axis = 0; axis < 3; ++axis) {
      (*point)[axis].kind = Quantity::Kind::kCentreOfMass;
      (*point)[axis].axis = axis;
    }
    return true;
  }
  absl::string_view name = text.text;
  const bool is_body = absl::ConsumePrefix(&name, "body/");
  if (!is_body && !absl::ConsumePrefix(&name, "site/")) {
    faults_.Add(text.at, key, absl::StrCat(kPointForms, ", got ", Printable(text.text)));
    return false;
  }
  const mjtObj type = is_body ? mjOBJ_BODY : mjOBJ_SITE;
  const int id = Object({std::string(name), text.at}, type, key);
  if (id >= 0) *point = PositionOf(type, id);
  return id >= 0;
}

Point Names::PositionOf(mjtObj type, int id) {
  Point point;
  for (int axis = 0; axis < 3; ++axis) {
    point[axis].kind = type == mjOBJ_BODY ? Quantity::Kind::kXpos : Quantity::Kind::kSiteXpos;
    point[axis].index = 3 * id + axis;
  }
  return point;
}

std::string Names::NameOf(mjtObj type, int id) const {
  const char* name = mj_id2name(&model_, type, id);
  return name == nullptr ? absl::StrCat(WordFor(type), " ", id) : name;
}

int Names::NumObjects(mjtObj type) const {
  return type == mjOBJ_BODY ? model_.nbody : type == mjOBJ_SITE ? model_.nsite : model_.njnt;
}

std::vector<std::string> Names::AllNames(mjtObj type) const {
  std::vector<std::string> names;
  for (int id = 0; id < NumObjects(type); ++id) {
    const char* name = mj_id2name(&model_, type, id);
    if (name != nullptr && *name != '\0') names.push_back(name);
  }
  return names;
}

}  // namespace vagram
