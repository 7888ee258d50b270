#include "core/env/user_task/observation.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vagram {
namespace {

using Kind = Quantity::Kind;

Quantity Plain(Kind kind, int index) {
  Quantity quantity;
  quantity.kind = kind;
  quantity.index = index;
  return quantity;
}

// Turns terms into entries, and collects what they mean on the way.
class ObservationBinder {
 public:
  ObservationBinder(const mjModel& model, Names* names) : model_(model), names_(*names) {}

  void Add(const ObservedTerm& term) {
    Begin(term);
    switch (term.kind) {
      case ObservedKind::kQpos:
        return AddJoints(term, Kind::kQpos, false, "qpos");
      case ObservedKind::kQvel:
        return AddJoints(term, Kind::kQvel, true, "qvel");
      case ObservedKind::kSinQpos:
        return AddAngles(term, Kind::kSinQpos, "sine of the angle of", "sin_qpos");
      case ObservedKind::kCosQpos:
        return AddAngles(term, Kind::kCosQpos, "cosine of the angle of", "cos_qpos");
      case ObservedKind::kActuatorForce:
        return AddForces(term, Kind::kQfrcActuator, "actuator force at", "actuator_force");
      case ObservedKind::kConstraintForce:
        return AddForces(term, Kind::kQfrcConstraint, "constraint force at", "constraint_force");
      case ObservedKind::kBodyPosition:
        return AddArray(term, mjOBJ_BODY, Kind::kXpos, 3, "position of", "m", "body_position");
      case ObservedKind::kBodyOrientation:
        return AddArray(term, mjOBJ_BODY, Kind::kXquat, 4, "quaternion of", "", "body_orientation");
      case ObservedKind::kSitePosition:
        return AddArray(term, mjOBJ_SITE, Kind::kSiteXpos, 3, "position of", "m", "site_position");
      case ObservedKind::kContactForce:
        return AddArray(term, mjOBJ_BODY, Kind::kCfrcExt, 6,
                        "torque (3) and force (3) of contacts on", "N m, N", "contact_force");
      case ObservedKind::kBodyVelocity:
        return AddVelocities(term, Kind::kLinearVelocity, "velocity of", "m/s", "body_velocity");
      case ObservedKind::kBodyAngularVelocity:
        return AddVelocities(term, Kind::kAngularVelocity, "angular velocity of", "rad/s",
                             "body_angular_velocity");
      case ObservedKind::kDifference:
        return AddDifference(term);
    }
  }

  std::vector<ObservedEntry> TakeEntries() { return std::move(entries_); }

  // One part for consecutive entries that mean the same kind of thing.
  std::vector<ObservationPart> Parts() const {
    std::vector<ObservationPart> parts;
    std::vector<std::string> of;
    const auto close = [&](const Meaning& meaning) {
      constexpr size_t kMostNamed = 6;
      const size_t num_named = std::min(of.size(), kMostNamed);
      absl::StrAppend(
          &parts.back().meaning, absl::StrJoin(of.begin(), of.begin() + num_named, ", "),
          of.size() > kMostNamed ? absl::StrCat(", ..., ", of.back()) : "", meaning.clip);
      of.clear();
    };
    for (size_t i = 0; i < meanings_.size(); ++i) {
      const Meaning& meaning = meanings_[i];
      if (i == 0 || !meaning.ContinuesAfter(meanings_[i - 1])) {
        if (i > 0) close(meanings_[i - 1]);
        parts.push_back({0, meaning.what, meaning.unit});
      }
      ++parts.back().size;
      if (!meaning.of.empty() && (of.empty() || of.back() != meaning.of)) of.push_back(meaning.of);
    }
    if (!parts.empty()) close(meanings_.back());
    return parts;
  }

 private:
  struct Meaning {
    int term;
    std::string what, of, unit, clip;

    bool ContinuesAfter(const Meaning& before) const {
      return term == before.term && what == before.what && unit == before.unit;
    }
  };

  void Begin(const ObservedTerm& term) {
    ++term_number_;
    term_ = &term;
    clip_ = term.clip.high < kUnbounded
                ? absl::StrCat(", within [", term.clip.low, ", ", term.clip.high, "]")
                : "";
  }

  void Append(const Quantity& quantity, std::optional<Quantity> minus, std::string what,
              std::string of, std::string unit) {
    entries_.push_back({quantity, minus, term_->clip});
    if (!term_->meaning.empty()) {
      what = term_->meaning;
      of.clear();
      unit = term_->unit;
    } else {
      what += " ";
    }
    meanings_.push_back({term_number_, std::move(what), std::move(of), std::move(unit), clip_});
  }

  void AddJoints(const ObservedTerm& term, Kind kind, bool velocities, absl::string_view key) {
    for (const Entry& entry : names_.Entries(term.of, velocities, Key(key))) {
      const char* what = velocities           ? entry.unit == "m/s" ? "velocity of" : "rate of"
                         : entry.unit.empty() ? "quaternion of"
                         : entry.unit == "m"  ? "position of"
                                              : "angle of";
      Append(Plain(kind, entry.index), std::nullopt, what, entry.name, entry.unit);
    }
  }

  void AddAngles(const ObservedTerm& term, Kind kind, const char* what, absl::string_view key) {
    for (const Entry& entry : names_.Entries(term.of, false, Key(key))) {
      if (model_.jnt_type[entry.joint] != mjJNT_HINGE) {
        names_.Fault(term.of.at, Key(key),
                     absl::StrCat("expected hinge joints, ", entry.name, " is of another kind"));
        return;
      }
      Append(Plain(kind, entry.index), std::nullopt, what, entry.name, "");
    }
  }

  void AddForces(const ObservedTerm& term, Kind kind, const char* what, absl::string_view key) {
    for (const Entry& entry : names_.Entries(term.of, true, Key(key))) {
      const char* unit = entry.unit == "m/s" ? "N" : "N m";
      Append(Plain(kind, entry.index), std::nullopt, what, entry.name, unit);
    }
  }

  void AddArray(const ObservedTerm& term, mjtObj type, Kind kind, int columns, const char* what,
                const char* unit, absl::string_view key) {
    for (const int id : names_.Objects(term.of, type, Key(key))) {
      for (int column = 0; column < columns; ++column) {
        Append(Plain(kind, columns * id + column), std::nullopt, what, names_.NameOf(type, id),
               unit);
      }
    }
  }

  void AddVelocities(const ObservedTerm& term, Kind kind, const char* what, const char* unit,
                     absl::string_view key) {
    for (const int body : names_.Objects(term.of, mjOBJ_BODY, Key(key))) {
      Quantity quantity = Plain(kind, body);
      const int root = model_.body_rootid[body];
      quantity.tree_begin = quantity.tree_end = root;
      while (quantity.tree_end < model_.nbody && model_.body_rootid[quantity.tree_end] == root) {
        ++quantity.tree_end;  // bodies of a tree stand together
      }
      for (quantity.axis = 0; quantity.axis < 3; ++quantity.axis) {
        Append(quantity, std::nullopt, what, names_.NameOf(mjOBJ_BODY, body), unit);
      }
    }
  }

  void AddDifference(const ObservedTerm& term) {
    Point from, to;
    const bool from_found = names_.ReadPoint(term.from, "observation.difference", &from);
    if (!names_.ReadPoint(term.to, "observation.difference", &to) || !from_found) return;
    for (int axis = 0; axis < 3; ++axis) {
      Append(to[axis], from[axis], "way from", absl::StrCat(term.from.text, " to ", term.to.text),
             "m");
    }
  }

  static std::string Key(absl::string_view term) { return absl::StrCat("observation.", term); }

  const mjModel& model_;
  Names& names_;
  std::vector<ObservedEntry> entries_;
  std::vector<Meaning> meanings_;  // of each entry
  int term_number_ = 0;
  const ObservedTerm* term_ = nullptr;
  std::string clip_;
};

}  // namespace

Observation::Observation(const std::vector<ObservedTerm>& terms, const mjModel& model,
                         Names* names) {
  ObservationBinder binder(model, names);
  for (const ObservedTerm& term : terms) binder.Add(term);
  parts_ = binder.Parts();
  entries_ = binder.TakeEntries();
}

int Observation::Find(const Quantity& quantity) const {
  for (int i = 0; i < dim(); ++i) {
    if (!entries_[i].minus.has_value() && entries_[i].quantity == quantity) return i;
  }
  return -1;
}

double Observation::At(int i, const MujocoView& view) const {
  const ObservedEntry& entry = entries_[i];
  double value = entry.quantity.In(view);
  if (entry.minus.has_value()) value -= entry.minus->In(view);
  return std::clamp(value, entry.clip.low, entry.clip.high);
}

void Observation::Write(const MujocoView& view, absl::Span<double> out) const {
  for (int i = 0; i < dim(); ++i) out[i] = At(i, view);
}

}  // namespace vagram
