#ifndef CORE_ENV_USER_TASK_TASK_DESCRIPTION_H_
#define CORE_ENV_USER_TASK_TASK_DESCRIPTION_H_

// What a task's YAML file says, read and checked as far as that goes without the model: names of
// joints, bodies and sites are still words. docs/add_an_environment.md describes the vocabulary.

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/yaml/faults.h"

namespace vagram {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// A word of the file that the model gives a meaning to: joint, 3 (an entry's index), body/torso.
struct Reference {
  std::string text;
  Position at;
};

// Which entries, joints, bodies or sites a term is of.
struct Selection {
  Position at;
  bool all = false;
  std::optional<std::pair<int, int>> entries;  // first and last index
  std::vector<Reference> names;                // else, in this order
};

struct Range {
  double low = -kUnbounded;
  double high = kUnbounded;
};

// Where a value has to be.
struct Bounds {
  Range range;
  bool low_open = false;  // the end itself is outside
  bool high_open = false;

  bool Hold(double value) const {  // never for what is not a number
    return (low_open ? value > range.low : value >= range.low) &&
           (high_open ? value < range.high : value <= range.high);
  }
};

enum class ObservedKind {
  kQpos,
  kQvel,
  kSinQpos,
  kCosQpos,
  kBodyPosition,
  kBodyOrientation,
  kBodyVelocity,
  kBodyAngularVelocity,
  kSitePosition,
  kDifference,
  kContactForce,
  kActuatorForce,
  kConstraintForce,
};

struct ObservedTerm {
  ObservedKind kind;
  Position at;
  Selection of;
  Reference from, to;  // of a difference
  Range clip;
  std::string meaning;  // "": from the names
  std::string unit;     // with a meaning only
};

enum class RewardKind {
  kAlive,
  kHealthy,
  kForwardVelocity,
  kValue,
  kSquared,
  kDistance,
  kUpright,
  kControlCost,
  kContactCost,
};

struct RewardTerm {
  RewardKind kind;
  Position at;
  double weight = 1;
  Reference of;                 // a quantity, or a body
  Reference from, to;           // the points of a distance
  double around = 0;            // of a square
  Range clip;                   // of a contact cost's forces
  double at_most = kUnbounded;  // of a contact cost
};

enum class KeptKind { kQpos, kQvel, kBodyHeight, kSiteHeight };

struct KeptTerm {
  KeptKind kind;
  Position at;
  Selection of;
  Bounds bounds;
};

struct NoiseTerm {
  bool of_velocities = false;  // else of positions
  bool normal = false;         // else uniform
  Position at;
  Selection of;
  double scale = 0;  // standard deviation, or half the width
};

struct TaskDescription {
  std::string name;
  Reference model;
  int frame_skip = 0;
  int episode_length = 0;
  std::vector<ObservedTerm> observation;
  std::vector<RewardTerm> reward;
  std::vector<KeptTerm> alive_while;
  bool finite = false;
  std::vector<NoiseTerm> reset_noise;
};

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_TASK_DESCRIPTION_H_
