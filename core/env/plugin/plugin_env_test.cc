#include "core/env/plugin/plugin_env.h"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "core/env/env_factory.h"
#include "core/env/env_spec.h"
#include "core/env/plugin/plugin_library.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<double> kAction = {0};

absl::StatusOr<std::unique_ptr<PluginEnv>> MakeFailing(const std::string& id) {
  ASSIGN_OR_RETURN(const PluginLibrary library,
                   PluginLibrary::Load("core/env/plugin/testdata/failing.so"));
  ASSIGN_OR_RETURN(const auto task, library.Find(id));
  return PluginEnv::Create(task);
}

std::vector<double> ObservationOf(const Env& env) {
  std::vector<double> observation(env.task().obs_dim);
  env.Observe(absl::MakeSpan(observation));
  return observation;
}

// The status of the first step that fails, of at most 5.
absl::Status FirstFailure(Env* env) {
  absl::Status status;
  for (int i = 0; i < 5 && status.ok(); ++i) status = env->Step(kAction).status();
  return status;
}

TEST(PluginEnv, RunsATask) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("Sound"));
  Rng rng(1);
  env->Reset(rng);
  EXPECT_THAT(ObservationOf(*env), ElementsAre(0, 0));
  ASSERT_OK_AND_ASSIGN(const StepOutcome outcome, env->Step(kAction));
  EXPECT_EQ(outcome.reward, 1);
  EXPECT_FALSE(outcome.terminated);
  EXPECT_THAT(ObservationOf(*env), ElementsAre(1, 1));
  EXPECT_OK(FirstFailure(env.get()));
}

TEST(PluginEnv, PassesOnWhyThereIsNoSimulation) {
  EXPECT_THAT(MakeFailing("MakeFails"),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("plug-in task MakeFails: make failed: no seat left")));
  EXPECT_THAT(MakeFailing("MakeGivesNull"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("returned null")));
  EXPECT_THAT(MakeFailing("ResetFails"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("failed: no dice")));
}

struct Failure {
  std::string id;
  std::string message;
};

class FailingStep : public testing::TestWithParam<Failure> {};

TEST_P(FailingStep, IsReportedUntilTheStateIsSetAgain) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing(GetParam().id));
  Rng rng(1);
  env->Reset(rng);
  const std::string start = env->Save();
  const auto failed = StatusIs(absl::StatusCode::kInternal, HasSubstr(GetParam().message));
  EXPECT_THAT(FirstFailure(env.get()), failed);
  EXPECT_THAT(env->Step(kAction), failed);
  // What comes after a failure is not blamed on the policy that saw it.
  EXPECT_THAT(env->Step({std::nan("")}), failed);
  env->Reset(rng);
  EXPECT_OK(env->Step(kAction));
  EXPECT_THAT(FirstFailure(env.get()), failed);
  ASSERT_OK(env->Restore(start));
  EXPECT_THAT(ObservationOf(*env), ElementsAre(0, 0));
  EXPECT_OK(env->Step(kAction));
}

INSTANTIATE_TEST_SUITE_P(
    All, FailingStep,
    testing::Values(
        Failure{"StepFails", "plug-in task StepFails: Step failed: the solver did not converge"},
        Failure{"StepThrows", "plug-in task StepThrows: Step threw an exception: joint 7"},
        Failure{"StepThrowsNumber", "threw an exception of an unknown type"},
        Failure{"RewardIsHuge", "gave the reward 1e+300, expected a finite number"},
        Failure{"ObservesInfinity",
                "plug-in task ObservesInfinity: Observe gave inf at "
                "position 1, expected a finite number"},
        Failure{"ObservesHalf", "gave nan at position 1"},
        Failure{"ObserveThrows", "threw an exception: blind"}),
    [](const testing::TestParamInfo<Failure>& info) { return info.param.id; });

TEST(PluginEnv, NoticesARewardThatWasNotSet) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("StepSetsNoReward"));
  EXPECT_THAT(env->Step(kAction),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("gave the reward nan")));
}

TEST(PluginEnv, ReportsAFailedResetAtTheNextStep) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("ResetFailsLater"));
  Rng rng(1);
  env->Reset(rng);
  EXPECT_OK(env->Step(kAction));
  env->Reset(rng);
  EXPECT_THAT(env->Step(kAction), StatusIs(absl::StatusCode::kInternal,
                                           HasSubstr("plug-in task ResetFailsLater: Reset failed: "
                                                     "out of dice")));
}

TEST(PluginEnv, DrawsOneSeedAtAReset) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("Sound"));
  Rng used(3), expected(3);
  env->Reset(used);
  expected.Next();
  EXPECT_EQ(used.Save(), expected.Save());
}

TEST(PluginEnv, GivesNoStateThatWasNotSaved) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("SaveThrows"));
  EXPECT_THAT(env->Restore(env->Save()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has 0 bytes, expected 16")));
  EXPECT_OK(env->Step(kAction));
}

TEST(PluginEnv, RefusesStatesOfOtherTasks) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("Sound"));
  ASSERT_OK_AND_ASSIGN(const auto other, MakeFailing("StepFails"));
  ASSERT_OK(env->Step(kAction));
  EXPECT_THAT(env->Restore(other->Save()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not one of Sound")));
  EXPECT_THAT(ObservationOf(*env), ElementsAre(1, 1));
}

TEST(PluginEnv, KeepsItsStateWhereThePluginRefusesAnother) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("RestoreFails"));
  const std::string start = env->Save();
  ASSERT_OK(env->Step(kAction));
  EXPECT_THAT(env->Restore(start),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("refused the state: sealed")));
  EXPECT_THAT(ObservationOf(*env), ElementsAre(1, 1));
  EXPECT_OK(env->Step(kAction));
}

TEST(PluginEnv, DoesNotGoOnAfterABrokenRestore) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeFailing("RestoreThrows"));
  const auto torn = StatusIs(absl::StatusCode::kInternal, HasSubstr("threw an exception: torn"));
  EXPECT_THAT(env->Restore(env->Save()), torn);
  EXPECT_THAT(env->Step(kAction), torn);
}

TEST(PluginEnv, RunsCopiesOnSeveralThreads) {
  EnvSpec spec;
  spec.plugin = "examples/plugin/lander.so";
  ASSERT_OK_AND_ASSIGN(const EnvFactory factory, EnvFactory::Create(spec));
  constexpr int kThreads = 4;
  std::vector<std::string> ends(kThreads);
  std::vector<std::thread> threads;
  for (std::string& end : ends) {
    threads.emplace_back([&] {
      auto env = factory.Make();
      if (!env.ok()) return;
      Rng rng(5);
      (*env)->Reset(rng);
      for (int i = 0; i < 500; ++i) {
        const absl::StatusOr<StepOutcome> outcome =
            (*env)->Step({rng.Uniform(), rng.Uniform(-1, 1)});
        if (!outcome.ok() || outcome->terminated) (*env)->Reset(rng);
      }
      end = (*env)->Save();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ends[0], HasSubstr("Lander-v0"));
  for (const std::string& end : ends) EXPECT_EQ(end, ends[0]);
}

TEST(EnvFactory, MakesATaskOfAPlugin) {
  EnvSpec spec;
  spec.plugin = "examples/plugin/lander.so";
  for (const char* id : {"", "Lander-v0"}) {
    spec.id = id;
    ASSERT_OK_AND_ASSIGN(const EnvFactory factory, EnvFactory::Create(spec));
    EXPECT_EQ(factory.task().id, "Lander-v0");
    ASSERT_OK_AND_ASSIGN(const auto env, factory.Make());
    EXPECT_OK(env->Step(std::vector<double>{1, 0}));
  }
}

TEST(EnvFactory, PassesOnWhatIsWrongWithAPlugin) {
  EnvSpec spec;
  spec.plugin = "examples/plugin/lander.so";
  spec.id = "Hopper-v4";
  EXPECT_THAT(EnvFactory::Create(spec),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("it has Lander-v0")));
  spec.plugin = "core/env/plugin/testdata/failing.so";
  spec.id = "MakeFails";
  EXPECT_THAT(EnvFactory::Create(spec),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("no seat left")));
  spec.plugin = "elsewhere.so";
  EXPECT_THAT(EnvFactory::Create(spec), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace vagram
