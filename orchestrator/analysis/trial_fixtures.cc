#include "orchestrator/analysis/trial_fixtures.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vagram::analysis {

RecordedTrial SucceededTrial(const std::string& id, int64_t seed,
                             const std::map<std::string, std::string>& overrides,
                             const std::vector<std::pair<int64_t, double>>& returns) {
  RecordedTrial recorded;
  recorded.experiment = id.substr(0, id.find('/'));
  recorded.experiment_name = "demo";
  v1::Trial& trial = recorded.trial;
  trial.set_id(id);
  trial.set_seed(seed);
  trial.set_state(v1::SUCCEEDED);
  trial.mutable_config()->set_seed(seed);
  trial.mutable_config()->mutable_env()->set_id("Pendulum-v1");
  for (const auto& [key, value] : overrides) {
    (*trial.mutable_overrides())[key] = value;
    if (key == "model.loss") trial.mutable_config()->mutable_model()->set_loss(value);
    if (key == "algorithm") trial.mutable_config()->set_algorithm(value);
    if (key == "env.id") trial.mutable_config()->mutable_env()->set_id(value);
  }
  trial.set_label(absl::StrCat(absl::StrJoin(overrides, " ", absl::PairFormatter("=")),
                               overrides.empty() ? "" : " ", "seed=", seed));
  int64_t epoch = 0;
  for (const auto& [step, value] : returns) {
    v1::MetricRow& row = recorded.rows.emplace_back();
    row.set_row(epoch);
    row.set_epoch(++epoch);
    row.set_step(step);
    v1::Metric& metric = *row.add_metrics();
    metric.set_name(kReturn);
    metric.set_value(value);
    v1::Metric& other = *row.add_metrics();
    other.set_name("sac/entropy");
    other.set_value(1);
  }
  return recorded;
}

std::vector<std::pair<int64_t, double>> RiseTo(double last) {
  return {{1000, last - 200}, {2000, last - 100}, {3000, last}};
}

}  // namespace vagram::analysis
