#include "core/env/user_task/termination.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vagram {
namespace {

struct Named {
  Quantity quantity;
  std::string name;  // as in the file
  std::string term;  // the observation's that would show it
};

std::vector<Named> QuantitiesOf(const KeptTerm& term, Names* names) {
  std::vector<Named> all;
  const auto add_entries = [&](bool velocities, const char* array, Quantity::Kind kind) {
    for (const Entry& entry :
         names->Entries(term.of, velocities, absl::StrCat("alive_while.", array))) {
      Quantity quantity;
      quantity.kind = kind;
      quantity.index = entry.index;
      all.push_back({quantity, absl::StrCat(array, " of ", entry.name), array});
    }
  };
  const auto add_heights = [&](mjtObj type, const char* word, const char* shown_by) {
    const std::string key = absl::StrCat("alive_while.", word, "_height");
    for (const int id : names->Objects(term.of, type, key)) {
      all.push_back({Names::PositionOf(type, id)[2],
                     absl::StrCat("height of ", names->NameOf(type, id)), shown_by});
    }
  };
  switch (term.kind) {
    case KeptKind::kQpos:
      add_entries(false, "qpos", Quantity::Kind::kQpos);
      break;
    case KeptKind::kQvel:
      add_entries(true, "qvel", Quantity::Kind::kQvel);
      break;
    case KeptKind::kBodyHeight:
      add_heights(mjOBJ_BODY, "body", "body_position");
      break;
    case KeptKind::kSiteHeight:
      add_heights(mjOBJ_SITE, "site", "site_position");
      break;
  }
  return all;
}

std::string OutsideText(const Bounds& bounds) {
  std::vector<std::string> texts;
  if (bounds.range.low > -kUnbounded) {
    texts.push_back(absl::StrCat(bounds.low_open ? "<= " : "< ", bounds.range.low));
  }
  if (bounds.range.high < kUnbounded) {
    texts.push_back(absl::StrCat(bounds.high_open ? ">= " : "> ", bounds.range.high));
  }
  return absl::StrJoin(texts, " or ");
}

}  // namespace

Termination::Termination(const TaskDescription& description, const Observation& observation,
                         Names* names)
    : observation_(observation), finite_(description.finite) {
  for (const KeptTerm& term : description.alive_while) Keep(term, names);
  if (finite_) {
    absl::StrAppend(&text_, text_.empty() ? "" : ", ", "an observation that is not finite");
  }
  if (text_.empty()) text_ = "never";
}

void Termination::Keep(const KeptTerm& term, Names* names) {
  std::vector<std::string> what;
  for (const Named& named : QuantitiesOf(term, names)) {
    const int observed = observation_.Find(named.quantity);
    if (observed < 0) {
      names->Fault(term.at, "alive_while",
                   absl::StrCat(named.name,
                                " ends the task but is not observed, so that an "
                                "imagined state could not be judged; add a term ",
                                named.term, " that shows it to observation"));
    }
    kept_.push_back({named.quantity, observed, term.bounds});
    if (what.empty() || what.back() != named.name) what.push_back(named.name);
  }
  absl::StrAppend(&text_, text_.empty() ? "" : ", ", what.size() > 1 ? "any " : "",
                  absl::StrJoin(what, " or "), " ", OutsideText(term.bounds));
}

bool Termination::Ends(const MujocoView& view) const {
  const bool all_kept = std::all_of(kept_.begin(), kept_.end(), [&view](const Kept& kept) {
    return kept.bounds.Hold(kept.quantity.In(view));
  });
  if (!all_kept || !finite_) return !all_kept;
  for (int i = 0; i < observation_.dim(); ++i) {
    if (!std::isfinite(observation_.At(i, view))) return true;
  }
  return false;
}

bool Termination::Ends(absl::Span<const float> observation) const {
  const bool all_kept = std::all_of(kept_.begin(), kept_.end(), [observation](const Kept& kept) {
    return kept.bounds.Hold(observation[kept.observed]);
  });
  const bool all_finite = !finite_ || std::all_of(observation.begin(), observation.end(),
                                                  [](float value) { return std::isfinite(value); });
  return !all_kept || !all_finite;
}

}  // namespace vagram
