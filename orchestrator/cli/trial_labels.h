#ifndef ORCHESTRATOR_CLI_TRIAL_LABELS_H_
#define ORCHESTRATOR_CLI_TRIAL_LABELS_H_

#include <functional>
#include <string>
#include <vector>

#include "orchestrator/cli/table.h"

namespace vagram::cli {

// How much of an experiment's labels ("env.id=Pendulum-v1 model.loss=vagram seed=0") is shown.
enum class LabelStyle {
  kWhole,
  // Without keys that tell no trial from another: those that all trials share, and those that an
  // earlier key decides, as in a zip. A trial alone keeps its label.
  kVarying,
  kShortKeys,  // of these keys the last part: "id=Pendulum-v1 loss=vagram seed=0"
  kValues,     // the values alone: "Pendulum-v1 vagram 0"
};

// Of columns of equally many values, "" for none: which of them tell rows apart, by themselves or
// beside those before them. The others are constant, or an earlier one decides them.
std::vector<bool> TellingColumns(const std::vector<std::vector<std::string>>& columns);

// The labels of an experiment's trials, all of them, in that style and the same order.
std::vector<std::string> StyledLabels(const std::vector<std::string>& labels, LabelStyle style);

// The table that `make` builds with the longest labels (all trials', in order) that fit into
// `columns` without leaving out another column, else with the shortest. Where any width will do
// they stay whole.
Table TableWithLabels(const std::vector<std::string>& labels, int columns,
                      const std::function<Table(const std::vector<std::string>&)>& make);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_TRIAL_LABELS_H_
