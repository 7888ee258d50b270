#include "orchestrator/cli/resolved_trials.h"

#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

ResolvedExperiment OneTrial() {
  ResolvedExperiment experiment;
  experiment.name = "demo";
  experiment.restarts = 3;
  experiment.trials.resize(1);
  return experiment;
}

TEST(ResolvedSummary, SaysWhatTheCommandLineLeftOfTheSweep) {
  ResolvedExperiment experiment = OneTrial();
  EXPECT_EQ(ResolvedSummary(experiment), "demo: 1 trial, up to 3 restarts each");
  experiment.narrowing.chosen = {"model.loss=vagram"};
  EXPECT_EQ(ResolvedSummary(experiment),
            "demo: 1 trial, up to 3 restarts each, of the sweep only what has model.loss=vagram");
}

TEST(ResolvedSummary, SaysWhichValuesOfTheSweepGaveWay) {
  ResolvedExperiment experiment = OneTrial();
  experiment.narrowing.replaced = {"model.loss=mse", "num_steps=9000"};
  EXPECT_EQ(ResolvedSummary(experiment),
            "demo: 1 trial, up to 3 restarts each, with model.loss=mse and num_steps=9000 in place "
            "of the sweep's values");
}

}  // namespace
}  // namespace vagram::cli
