#include "core/env/user_task/reward.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

double Distance(const Point& from, const Point& to, const MujocoView& view) {
  double sum = 0;
  for (int axis = 0; axis < 3; ++axis) {
    const double difference = to[axis].In(view) - from[axis].In(view);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

double ClippedSquares(absl::Span<const double> values, const Range& clip) {
  double sum = 0;
  for (const double value : values) {
    const double clipped = std::clamp(value, clip.low, clip.high);
    sum += clipped * clipped;
  }
  return sum;
}

std::string TextOf(const RewardTerm& term) {
  switch (term.kind) {
    case RewardKind::kAlive:
      return "";
    case RewardKind::kHealthy:
      return "the task going on";
    case RewardKind::kForwardVelocity:
      return absl::StrCat("velocity of ", term.of.text);
    case RewardKind::kValue:
      return term.of.text;
    case RewardKind::kSquared:
      return absl::StrCat("(", term.of.text,
                          term.around == 0 ? "" : absl::StrCat(" - ", term.around), ")^2");
    case RewardKind::kDistance:
      return absl::StrCat("distance from ", term.from.text, " to ", term.to.text);
    case RewardKind::kUpright:
      return absl::StrCat("uprightness of ", term.of.text);
    case RewardKind::kControlCost:
      return "sum of squared actions";
    case RewardKind::kContactCost:
      return absl::StrCat(
          "sum of squared contact forces",
          term.clip.high < kUnbounded
              ? absl::StrCat(" within [", term.clip.low, ", ", term.clip.high, "]")
              : "",
          term.at_most < kUnbounded ? absl::StrCat(" (at most ", term.at_most, ")") : "");
  }
  return "";
}

}  // namespace

Reward::Reward(const std::vector<RewardTerm>& terms, double dt_seconds, Names* names)
    : dt_seconds_(dt_seconds) {
  for (const RewardTerm& term : terms) Add(term, names);
}

void Reward::Add(const RewardTerm& term, Names* names) {
  const bool is_cost =
      term.kind == RewardKind::kControlCost || term.kind == RewardKind::kContactCost;
  Bound bound{term.kind,   is_cost ? -term.weight : term.weight, {}, {}, {}, term.around, term.clip,
              term.at_most};
  switch (term.kind) {
    case RewardKind::kForwardVelocity:
      if (!names->ReadQuantity(term.of, "reward.forward_velocity", &bound.of)) return;
      bound.slot = static_cast<int>(noted_.size());
      noted_.push_back(bound.of);
      if (noted_.size() > Landmark().size()) {
        names->Fault(term.at, "reward.forward_velocity",
                     absl::StrCat("expected at most ", Landmark().size(),
                                  " terms of this kind; remove one"));
        return;
      }
      break;
    case RewardKind::kValue:
    case RewardKind::kSquared:
      if (!names->ReadQuantity(term.of,
                               term.kind == RewardKind::kValue ? "reward.value" : "reward.squared",
                               &bound.of)) {
        return;
      }
      break;
    case RewardKind::kDistance: {
      const bool from_found = names->ReadPoint(term.from, "reward.distance", &bound.from);
      if (!names->ReadPoint(term.to, "reward.distance", &bound.to) || !from_found) return;
      break;
    }
    case RewardKind::kUpright:
      bound.of.kind = Quantity::Kind::kUpright;
      bound.of.index = names->Object(term.of, mjOBJ_BODY, "reward.upright");
      if (bound.of.index < 0) return;
      break;
    case RewardKind::kHealthy:
      depends_on_health_ = true;
      break;
    default:
      break;
  }
  terms_.push_back(bound);

  const char* sign = bound.weight < 0 ? (text_.empty() ? "-" : " - ") : text_.empty() ? "" : " + ";
  const double size = std::abs(bound.weight);
  const std::string what = TextOf(term);
  absl::StrAppend(&text_, sign, what.empty() || size != 1 ? absl::StrCat(size) : "",
                  what.empty() || size == 1 ? "" : " * ", what);
}

Landmark Reward::Note(const MujocoView& view) const {
  Landmark landmark{};
  for (size_t i = 0; i < noted_.size(); ++i) landmark[i] = noted_[i].In(view);
  return landmark;
}

double Reward::Of(const Landmark& before, const Landmark& after, const MujocoView& view,
                  absl::Span<const double> action, bool healthy) const {
  double sum = 0;
  for (const Bound& term : terms_) {
    if (term.kind == RewardKind::kForwardVelocity) {
      sum += term.weight * (after[term.slot] - before[term.slot]) / dt_seconds_;
    } else {
      sum += ValueOf(term, view, action, healthy);
    }
  }
  return sum;
}

// With its weight.
double Reward::ValueOf(const Bound& term, const MujocoView& view, absl::Span<const double> action,
                       bool healthy) const {
  switch (term.kind) {
    case RewardKind::kAlive:
      return term.weight;
    case RewardKind::kHealthy:
      return healthy ? term.weight : 0;
    case RewardKind::kValue:
    case RewardKind::kUpright:
      return term.weight * term.of.In(view);
    case RewardKind::kSquared: {
      const double difference = term.of.In(view) - term.around;
      return term.weight * difference * difference;
    }
    case RewardKind::kDistance:
      return term.weight * Distance(term.from, term.to, view);
    case RewardKind::kControlCost:
      return term.weight * ClippedSquares(action, {});
    case RewardKind::kContactCost:
      return std::max(term.weight * ClippedSquares(view.cfrc_ext, term.clip), -term.at_most);
    case RewardKind::kForwardVelocity:
      break;  // is paid for a change: see Of
  }
  return 0;
}

}  // namespace vagram
