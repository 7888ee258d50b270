#include "core/env/distractors/distractor_env.h"

#include <cmath>
#include <string>
#include <vector>

#include "core/env/env_factory.h"
#include "core/env/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

using Kind = DistractorSpec::Kind;
using Vector = std::vector<double>;

EnvSpec Spec(const std::string& id, DistractorSpec distractors) {
  EnvSpec spec;
  spec.id = id;
  spec.distractors = distractors;
  return spec;
}

std::unique_ptr<Env> Make(const EnvSpec& spec) {
  const absl::StatusOr<EnvFactory> factory = EnvFactory::Create(spec);
  EXPECT_OK(factory);
  return factory.ok() ? *factory->Make() : nullptr;
}

std::unique_ptr<Env> MakeHopper(Kind kind, int dims = 10, uint64_t seed = 0) {
  return Make(Spec("Hopper-v4", {dims, kind, seed}));
}

Vector Observation(const Env& env) {
  Vector observation(env.task().obs_dim, std::nan(""));
  env.Observe(absl::MakeSpan(observation));
  return observation;
}

Vector Own(const Env& env) {
  Vector observation = Observation(env);
  observation.resize((*FindTask(env.task().id))->obs_dim);
  return observation;
}

Vector Distractors(const Env& env) {
  const Vector observation = Observation(env);
  return Vector(observation.begin() + (*FindTask(env.task().id))->obs_dim, observation.end());
}

Vector RandomAction(const Env& env, Rng& rng) {
  Vector action;
  for (int i = 0; i < env.task().act_dim; ++i) {
    action.push_back(rng.Uniform(env.task().act_low[i], env.task().act_high[i]));
  }
  return action;
}

class EveryKind : public testing::TestWithParam<Kind> {};

TEST_P(EveryKind, LeavesTheTaskAsItIs) {
  for (const std::string id : {"Hopper-v4", "Pendulum-v1"}) {
    SCOPED_TRACE(id);
    const auto plain = *MakeEnv(id);
    const auto distracted = Make(Spec(id, {10, GetParam(), 0}));
    Rng plain_rng(1), distracted_rng(1), actions(2);
    plain->Reset(plain_rng);
    distracted->Reset(distracted_rng);
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(Own(*distracted), Observation(*plain));
      const Vector action = RandomAction(*plain, actions);
      ASSERT_OK_AND_ASSIGN(const StepOutcome expected, plain->Step(action));
      ASSERT_OK_AND_ASSIGN(const StepOutcome outcome, distracted->Step(action));
      ASSERT_EQ(outcome.reward, expected.reward);
      ASSERT_EQ(outcome.terminated, expected.terminated);
    }
  }
}

TEST_P(EveryKind, MovesInEveryStepAndTheSameForTheSameSeeds) {
  const auto env = MakeHopper(GetParam()), copy = MakeHopper(GetParam());
  Rng rng(1), same_rng(1);
  env->Reset(rng);
  copy->Reset(same_rng);
  for (int i = 0; i < 20; ++i) {
    const Vector before = Distractors(*env);
    EXPECT_EQ(before.size(), 10u);
    ASSERT_OK(env->Step({0, 0, 0}));
    ASSERT_OK(copy->Step({0, 0, 0}));
    EXPECT_NE(Distractors(*env), before);
    EXPECT_EQ(Observation(*env), Observation(*copy));
    EXPECT_EQ(Observation(*env), Observation(*env));
  }
}

TEST_P(EveryKind, TakesOneDrawAtAReset) {
  const auto plain = *MakeEnv("Hopper-v4"), distracted = MakeHopper(GetParam());
  Rng plain_rng(1), distracted_rng(1);
  plain->Reset(plain_rng);
  plain_rng.Next();
  distracted->Reset(distracted_rng);
  EXPECT_EQ(distracted_rng.Save(), plain_rng.Save());
}

TEST_P(EveryKind, StaysWhereItIsWhenAnActionIsRefused) {
  const auto env = MakeHopper(GetParam());
  Rng rng(1);
  env->Reset(rng);
  const std::string state = env->Save();
  EXPECT_THAT(env->Step({0, 0, std::nan("")}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(env->Step({0, 0}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(env->Save(), state);
}

TEST_P(EveryKind, ContinuesBitForBitWhereItWasSaved) {
  const auto env = MakeHopper(GetParam()), other = MakeHopper(GetParam());
  Rng rng(1), other_rng(2);
  env->Reset(rng);
  other->Reset(other_rng);
  for (int i = 0; i < 5; ++i) ASSERT_OK(env->Step({0.1, 0, 0}));
  ASSERT_OK(other->Restore(env->Save()));
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(Observation(*other), Observation(*env));
    ASSERT_OK(env->Step({0.1, 0, 0}));
    ASSERT_OK(other->Step({0.1, 0, 0}));
  }
  EXPECT_EQ(other->Save(), env->Save());
}

TEST_P(EveryKind, RefusesStatesThatAreNotItsOwn) {
  const auto env = MakeHopper(GetParam(), 10, 5);
  Rng rng(1);
  env->Reset(rng);
  const std::string state = env->Save();
  for (const Kind kind : {Kind::kPaper, Kind::kReference2022, Kind::kGaussian}) {
    if (kind == GetParam()) continue;
    EXPECT_THAT(
        env->Restore(MakeHopper(kind, 10, 5)->Save()),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not one of Hopper-v4 with 10")));
  }
  for (const auto& other :
       {MakeHopper(GetParam(), 1, 5), MakeHopper(GetParam(), 10, 55), *MakeEnv("Hopper-v4"),
        Make(Spec("Pendulum-v1", {10, GetParam(), 5}))}) {
    EXPECT_THAT(env->Restore(other->Save()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not one of")));
    EXPECT_THAT(other->Restore(state),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not one of")));
  }
  for (size_t size = 0; size < state.size(); ++size) {
    ASSERT_THAT(env->Restore(state.substr(0, size)), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(env->Restore(state.substr(0, state.size() / 3)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected")));
  EXPECT_THAT(env->Restore(state + "x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(env->Save(), state);
}

INSTANTIATE_TEST_SUITE_P(Distractors, EveryKind,
                         testing::Values(Kind::kPaper, Kind::kReference2022, Kind::kGaussian),
                         [](const testing::TestParamInfo<Kind>& info) {
                           return std::string(DistractorKindName(info.param));
                         });

// The evaluation's environment comes from another factory and another generator.
TEST(DistractorEnv, SharesDynamicsThroughTheSeedOfTheSpec) {
  const auto training = MakeHopper(Kind::kReference2022, 10, 3);
  const auto evaluation = MakeHopper(Kind::kReference2022, 10, 3);
  const auto another = MakeHopper(Kind::kReference2022, 10, 4);
  Rng rng(1);
  for (int i = 0; i < 7; ++i) training->Reset(rng);
  ASSERT_OK(evaluation->Restore(training->Save()));
  ASSERT_OK(training->Step({0, 0, 0}));
  ASSERT_OK(evaluation->Step({0, 0, 0}));
  EXPECT_EQ(Distractors(*evaluation), Distractors(*training));
  Rng first(1), second(1);
  evaluation->Reset(first);
  another->Reset(second);
  EXPECT_EQ(Own(*evaluation), Own(*another));
  EXPECT_NE(Distractors(*evaluation), Distractors(*another));
}

TEST(WithDistractors, JudgesByTheTasksOwnEntries) {
  Task task;
  task.id = "Toy";
  task.obs_dim = 2;
  task.act_dim = 1;
  task.observation = {{2, "position", "m"}};
  task.terminated = [](absl::Span<const float> observation) {
    EXPECT_EQ(observation.size(), 2u);
    return observation[1] > 1;
  };
  task.observed_reward = [](absl::Span<const float> observation, absl::Span<const float> action,
                            absl::Span<const float> next_observation) {
    EXPECT_EQ(observation.size(), 2u);
    EXPECT_EQ(next_observation.size(), 2u);
    return next_observation[0] - observation[0] - action[0];
  };
  const Task distracted = WithDistractors(task, {3, Kind::kPaper, 0});
  EXPECT_EQ(distracted.id, "Toy");
  EXPECT_EQ(distracted.obs_dim, 5);
  EXPECT_EQ(distracted.act_dim, 1);
  ASSERT_EQ(distracted.observation.size(), 2u);
  EXPECT_EQ(distracted.observation[1].size, 3);
  EXPECT_THAT(distracted.observation[1].meaning, HasSubstr("distractors (paper)"));
  const float wild = HUGE_VALF;
  EXPECT_FALSE(distracted.terminated({0, 0, wild, wild, wild}));
  EXPECT_TRUE(distracted.terminated({0, 2, 0, 0, 0}));
  EXPECT_EQ(distracted.observed_reward({1, 0, wild, 0, 0}, {0.5}, {3, 0, 0, wild, 0}), 1.5);

  task.observed_reward = nullptr;
  EXPECT_FALSE(WithDistractors(task, {3, Kind::kPaper, 0}).observed_reward);
}

TEST(EnvFactory, DescribesTheDistractedTaskAndSaysWhatIsWrongWithDistractors) {
  ASSERT_OK_AND_ASSIGN(const EnvFactory factory,
                       EnvFactory::Create(Spec("Hopper-v4", {10, Kind::kGaussian, 0})));
  EXPECT_EQ(factory.task().obs_dim, 21);
  EXPECT_THAT(EnvFactory::Create(Spec("Hopper-v4", {0, Kind::kPaper, 0})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 dims")));
  EXPECT_THAT(EnvFactory::Create(Spec("Hoper-v4", {10, Kind::kPaper, 0})),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("'Hopper-v4'")));
}

}  // namespace
}  // namespace vagram
