#ifndef CORE_ENV_USER_TASK_REWARD_H_
#define CORE_ENV_USER_TASK_REWARD_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/env/mujoco_task.h"
#include "core/env/user_task/names.h"
#include "core/env/user_task/task_description.h"

namespace vagram {

// The reward of a user's task, a weighted sum of terms. Thread-safe.
class Reward {
 public:
  // Faults go to those of `names`.
  Reward(const std::vector<RewardTerm>& terms, double dt_seconds, Names* names);

  // The quantities whose change it pays for.
  Landmark Note(const MujocoView& view) const;

  // The reward of a step that led to `view`, where the task goes on if `healthy`.
  double Of(const Landmark& before, const Landmark& after, const MujocoView& view,
            absl::Span<const double> action, bool healthy) const;

  // Whether it depends on `healthy`.
  bool depends_on_health() const { return depends_on_health_; }

  // For people.
  const std::string& text() const { return text_; }

 private:
  struct Bound {
    RewardKind kind;
    double weight;
    Quantity of;
    Point from, to;
    double around;
    Range clip;
    double at_most;
    int slot = 0;  // in the landmark
  };

  void Add(const RewardTerm& term, Names* names);
  double ValueOf(const Bound& term, const MujocoView& view, absl::Span<const double> action,
                 bool healthy) const;

  const double dt_seconds_;
  std::vector<Bound> terms_;
  std::vector<Quantity> noted_;
  bool depends_on_health_ = false;
  std::string text_;
};

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_REWARD_H_
