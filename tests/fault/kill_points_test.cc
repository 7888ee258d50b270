// A trial whose processes die at every place that has a name, one after another.
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/reproducible_columns.h"

namespace vagram {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(4);

constexpr char kSpec[] = R"(
name: kill-points
base:
  num_steps: 3000
  env: {id: Pendulum-v1}
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 1, warmup_steps: 50}
  model: {loss: vagram, members: 2, elites: 1, hidden_sizes: [16], batch_size: 32, max_epochs: 3, train_every: 50}
  imagine: {rollouts_per_step: 2, model_share: 0.5}
  schedule: {mode: MODE, epoch_length: 100}
  evaluate: {episodes: 1}
seeds: [1]
restarts: 20
)";

// A process of this attempt dies at the place when it comes past for the n-th time: late enough
// that a checkpoint lies between one death and the next.
const std::map<std::string, int>& Places() {
  static const auto* const places = new std::map<std::string, int>{
      {"learner.collected", 150},   {"learner.training_begun", 5}, {"learner.model_handed_over", 5},
      {"learner.improved", 170},    {"learner.evaluated", 2},      {"learner.reported", 2},
      {"learner.saved", 2},         {"checkpoint.files", 2},       {"checkpoint.manifest", 2},
      {"model_server.training", 9}, {"model_server.imagining", 4}, {"actor.answering", 130}};
  return *places;
}

class KillPointsTest : public ::testing::TestWithParam<const char*> {
 protected:
  static v1::Experiment Run(Cluster& cluster) {
    const auto id = cluster.Submit(absl::StrReplaceAll(kSpec, {{"MODE", GetParam()}}));
    EXPECT_THAT(id.status(), IsOk());
    const auto ended = cluster.WaitUntilEnded(id.value_or(""), kTimeout);
    EXPECT_THAT(ended.status(), IsOk());
    return ended.value_or(v1::Experiment());
  }

  static std::string Csv(const v1::Experiment& experiment) {
    return ReproducibleColumns(ReadFile(experiment.trials(0).folder() + "/metrics.csv"));
  }
};

TEST_P(KillPointsTest, ATrialEndsTheSameWhereverItsProcessesDied) {
  std::string undisturbed;
  {
    auto cluster = Cluster::Start(/*slots=*/1);
    ASSERT_THAT(cluster.status(), IsOk());
    undisturbed = Csv(Run(**cluster));
  }
  std::string folder = ::testing::TempDir() + "/points_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  for (const auto& [place, count] : Places()) std::ofstream(folder + "/" + place) << count;
  setenv("VAGRAM_KILL_POINTS", folder.c_str(), 1);
  auto cluster = Cluster::Start(/*slots=*/1);
  unsetenv("VAGRAM_KILL_POINTS");
  ASSERT_THAT(cluster.status(), IsOk());
  const v1::Experiment ended = Run(**cluster);
  EXPECT_EQ(ended.state(), v1::EXPERIMENT_SUCCEEDED) << ended.DebugString();
  for (const auto& [place, count] : Places()) {
    EXPECT_EQ(ReadFile(folder + "/" + place), "") << "nobody died at " << place;
  }
  EXPECT_EQ(ended.trials(0).attempt(), static_cast<int>(Places().size()))
      << "all but the actor's death take an attempt";
  EXPECT_EQ(Csv(ended), undisturbed);
}

INSTANTIATE_TEST_SUITE_P(Modes, KillPointsTest, ::testing::Values("lockstep", "pipelined"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace vagram
