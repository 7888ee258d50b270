// What a user's task makes of its model. The test model, testdata/arm.xml, has a free base, an arm
// of two hinges and a slide, sites and one mesh.
#include "core/env/user_task/user_task.h"

#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/env/env_factory.h"
#include "core/env/mujoco_env.h"
#include "core/env/mujoco_model.h"
#include "core/env/user_task/task_bundle.h"
#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char kFolder[] = "core/env/user_task/testdata/";

const char kBase[] = R"(name: arm_test
model: arm.xml
frame_skip: 2
episode_length: 50
observation:
  - qpos: all
reward:
  - alive: 1
reset_noise:
  - qpos: [shoulder]
    uniform: 0.1
)";

std::vector<TaskFile> Files(const std::string& yaml) {
  absl::StatusOr<std::vector<TaskFile>> files = ReadTaskFiles(absl::StrCat(kFolder, "arm.yaml"));
  EXPECT_OK(files);
  if (!files.ok()) return {};
  (*files)[0].content = yaml;
  return *std::move(files);
}

// The task after `before` was replaced by `after`.
absl::StatusOr<UserTask> Change(const std::string& before, const std::string& after) {
  EXPECT_THAT(kBase, HasSubstr(before));
  return MakeUserTask(Files(absl::StrReplaceAll(kBase, {{before, after}})));
}

absl::StatusOr<UserTask> Observing(const std::string& terms) {
  return Change("  - qpos: all\n", terms);
}

// A state in which nothing is zero.
PhysicsState Moving() {
  PhysicsState state;
  state.qpos = {0.1, -0.2, 1.3, 0.8, 0.6, 0, 0, 0.3, -0.4, 0.05};
  state.qvel = {1, 2, -3, 0.5, -0.7, 0.9, 1.1, -1.3, 0.2};
  return state;
}

std::vector<double> ObservationOf(const UserTask& user, const PhysicsState& state) {
  const auto env = *MujocoEnv::Create(user.task, user.model);
  EXPECT_OK(env->SetState(state));
  std::vector<double> observation(user.task->task.obs_dim);
  env->Observe(absl::MakeSpan(observation));
  return observation;
}

std::vector<std::string> Parts(const UserTask& user) {
  std::vector<std::string> texts;
  for (const ObservationPart& part : user.task->task.observation) {
    texts.push_back(absl::StrCat(part.size, " ", part.meaning, " [", part.unit, "]"));
  }
  return texts;
}

TEST(UserTask, ShowsWhatWasNamedInItsOrderAndWithinItsRange) {
  ASSERT_OK_AND_ASSIGN(const UserTask user, Observing("  - qpos: [slide, 2]\n"
                                                      "  - qvel: {from: 1, to: 2}\n"
                                                      "    clip: [-2.5, 1.5]\n"
                                                      "  - sin_qpos: [elbow, shoulder]\n"
                                                      "  - cos_qpos: elbow\n"));
  EXPECT_THAT(ObservationOf(user, Moving()),
              ElementsAre(0.05, 1.3, 1.5, -2.5, std::sin(-0.4), std::sin(0.3), std::cos(-0.4)));
  EXPECT_THAT(Parts(user), ElementsAre("2 position of slide, base [m]",
                                       "2 velocity of base, within [-2.5, 1.5] [m/s]",
                                       "2 sine of the angle of elbow, shoulder []",
                                       "1 cosine of the angle of elbow []"));
}

TEST(UserTask, ExplainsAFreeJointByItsKindsOfEntry) {
  ASSERT_OK_AND_ASSIGN(const UserTask user, Observing("  - qpos: base\n"
                                                      "  - qvel: base\n"
                                                      "  - qpos: shoulder\n"
                                                      "    meaning: lift\n"));
  EXPECT_THAT(Parts(user),
              ElementsAre("3 position of base [m]", "4 quaternion of base []",
                          "3 velocity of base [m/s]", "3 rate of base [rad/s]", "1 lift []"));
}

// Against the engine's own functions.
TEST(UserTask, ShowsBodiesSitesAndForcesAsTheEngineHasThem) {
  ASSERT_OK_AND_ASSIGN(const UserTask user, Observing("  - body_position: hand\n"
                                                      "  - body_orientation: hand\n"
                                                      "  - body_velocity: hand\n"
                                                      "  - body_angular_velocity: hand\n"
                                                      "  - site_position: tip\n"
                                                      "  - difference: [body/base, site/tip]\n"
                                                      "  - actuator_force: shoulder\n"
                                                      "  - constraint_force: elbow\n"
                                                      "  - contact_force: [hand, world]\n"));
  const PhysicsState state = Moving();
  const mjModel* model = user.model.get();
  mjData* data = mj_makeData(model);
  std::copy(state.qpos.begin(), state.qpos.end(), data->qpos);
  std::copy(state.qvel.begin(), state.qvel.end(), data->qvel);
  mj_forward(model, data);
  const int hand = mj_name2id(model, mjOBJ_BODY, "hand");
  const int base = mj_name2id(model, mjOBJ_BODY, "base");
  const int tip = mj_name2id(model, mjOBJ_SITE, "tip");
  double velocity[6];  // rotation first
  mj_objectVelocity(model, data, mjOBJ_XBODY, hand, velocity, /*flg_local=*/0);

  std::vector<double> expected;
  const auto append = [&expected](const double* values, int size) {
    expected.insert(expected.end(), values, values + size);
  };
  append(data->xpos + 3 * hand, 3);
  append(data->xquat + 4 * hand, 4);
  append(velocity + 3, 3);
  append(velocity, 3);
  append(data->site_xpos + 3 * tip, 3);
  for (int axis = 0; axis < 3; ++axis) {
    expected.push_back(data->site_xpos[3 * tip + axis] - data->xpos[3 * base + axis]);
  }
  append(data->qfrc_actuator + model->jnt_dofadr[mj_name2id(model, mjOBJ_JOINT, "shoulder")], 1);
  append(data->qfrc_constraint + model->jnt_dofadr[mj_name2id(model, mjOBJ_JOINT, "elbow")], 1);
  expected.insert(expected.end(), 12, 0.0);  // cfrc_ext at a start
  mj_deleteData(data);

  EXPECT_THAT(ObservationOf(user, state), testing::Pointwise(testing::DoubleNear(1e-12), expected));
}

// The reward of one step from Moving, and what led there.
struct Rewarded {
  double reward;
  std::vector<double> before, after;  // observations
};

Rewarded StepOf(const UserTask& user) {
  const auto env = *MujocoEnv::Create(user.task, user.model);
  EXPECT_OK(env->SetState(Moving()));
  Rewarded step;
  step.before.resize(user.task->task.obs_dim);
  env->Observe(absl::MakeSpan(step.before));
  const absl::StatusOr<StepOutcome> outcome = env->Step({0.5, -1, 0.25});
  EXPECT_OK(outcome);
  step.reward = outcome.ok() ? outcome->reward : std::nan("");
  step.after.resize(user.task->task.obs_dim);
  env->Observe(absl::MakeSpan(step.after));
  return step;
}

// `term` is rewarded alone; `observed` is what it is computed from.
Rewarded Reward(const std::string& term, const std::string& observed) {
  const std::string yaml =
      absl::StrReplaceAll(kBase, {{"  - alive: 1\n", term}, {"  - qpos: all\n", observed}});
  const absl::StatusOr<UserTask> user = MakeUserTask(Files(yaml));
  EXPECT_OK(user);
  return user.ok() ? StepOf(*user) : Rewarded();
}

TEST(UserTask, PaysForEveryTermByItsWeight) {
  const double dt = 2 * 0.005;
  Rewarded step = Reward("  - forward_velocity: qpos/0\n    weight: 2\n", "  - qpos: 0\n");
  EXPECT_NEAR(step.reward, 2 * (step.after[0] - step.before[0]) / dt, 1e-12);
  step = Reward("  - forward_velocity: site/tip/z\n", "  - site_position: tip\n");
  EXPECT_NEAR(step.reward, (step.after[2] - step.before[2]) / dt, 1e-12);
  step = Reward("  - value: body/hand/z\n    weight: -3\n", "  - body_position: hand\n");
  EXPECT_NEAR(step.reward, -3 * step.after[2], 1e-12);
  step = Reward("  - squared: qvel/elbow\n    around: 0.5\n", "  - qvel: elbow\n");
  EXPECT_NEAR(step.reward, (step.after[0] - 0.5) * (step.after[0] - 0.5), 1e-12);
  step = Reward("  - distance: [body/base, site/tip]\n", "  - difference: [body/base, site/tip]\n");
  EXPECT_NEAR(step.reward, std::hypot(step.after[0], step.after[1], step.after[2]), 1e-12);
  step = Reward("  - upright: base\n", "  - body_orientation: base\n");
  const double* q = step.after.data();
  EXPECT_NEAR(step.reward, q[0] * q[0] - q[1] * q[1] - q[2] * q[2] + q[3] * q[3], 1e-9);
  EXPECT_NEAR(Reward("  - control_cost: 0.1\n", "  - qpos: 0\n").reward, -0.1 * 1.3125, 1e-12);
  EXPECT_EQ(Reward("  - alive: -2\n  - healthy: 5\n", "  - qpos: 0\n").reward, 3);
}

TEST(UserTask, PaysForContactsByWhatIsLeftOfTheForces) {
  // Deep in the floor.
  const auto pay = [](const std::string& options) {
    const absl::StatusOr<UserTask> user =
        Change("  - alive: 1\n", "  - contact_cost: 0.01\n" + options);
    EXPECT_OK(user);
    const auto env = *MujocoEnv::Create(user->task, user->model);
    PhysicsState state = Moving();
    state.qpos[2] = 0.05;
    EXPECT_OK(env->SetState(state));
    return env->Step({0, 0, 0})->reward;
  };
  EXPECT_LT(pay(""), -1);
  EXPECT_EQ(pay("    at_most: 0.5\n"), -0.5);
  EXPECT_LT(pay("    clip: [-1, 1]\n"), -0.005);
  EXPECT_GT(pay("    clip: [-1, 1]\n"), -0.01 * 6 * 6);
}

TEST(UserTask, EndsOutsideItsBoundsInSimulationAndImagination) {
  ASSERT_OK_AND_ASSIGN(const UserTask user, Change("reset_noise:",
                                                   "alive_while:\n"
                                                   "  - qpos: 2\n"
                                                   "    at_least: 0.5\n"
                                                   "  - qpos: [shoulder, elbow]\n"
                                                   "    above: -1\n"
                                                   "    below: 1\n"
                                                   "  - finite: true\n"
                                                   "reset_noise:"));
  const Task& task = user.task->task;
  EXPECT_EQ(task.termination,
            "qpos of base < 0.5, any qpos of shoulder or qpos of elbow <= -1 or >= 1, an "
            "observation that is not finite");
  const auto ends = [&](int index, float value) {
    std::vector<float> observation(task.obs_dim, 0.0f);
    observation[2] = 1;
    observation[index] = value;
    return task.terminated(observation);
  };
  EXPECT_FALSE(ends(2, 0.5f));
  EXPECT_TRUE(ends(2, 0.49f));
  EXPECT_FALSE(ends(7, 0.99f));
  EXPECT_TRUE(ends(7, 1));
  EXPECT_TRUE(ends(8, -1));
  EXPECT_TRUE(ends(0, HUGE_VALF));
  EXPECT_TRUE(ends(8, std::nanf("")));

  const auto env = *MujocoEnv::Create(user.task, user.model);
  PhysicsState state = Moving();
  ASSERT_OK(env->SetState(state));
  EXPECT_FALSE(env->Step({0, 0, 0})->terminated);
  state.qpos[2] = 0.4;
  ASSERT_OK(env->SetState(state));
  EXPECT_TRUE(env->Step({0, 0, 0})->terminated);
}

TEST(UserTask, PaysHealthOnlyWhileItGoesOn) {
  ASSERT_OK_AND_ASSIGN(const UserTask user, Change("  - alive: 1\n",
                                                   "  - alive: 1\n"
                                                   "  - healthy: 10\n"
                                                   "alive_while:\n"
                                                   "  - qpos: 2\n"
                                                   "    above: 1.4\n"));
  EXPECT_EQ(StepOf(user).reward, 1);  // at 1.3
}

TEST(UserTask, DrawsStartsWhereItWasTold) {
  ASSERT_OK_AND_ASSIGN(const UserTask user, Change("    uniform: 0.1\n",
                                                   "    uniform: 0.1\n"
                                                   "  - qvel: slide\n"
                                                   "    normal: 2\n"));
  const auto env = *MujocoEnv::Create(user.task, user.model);
  Rng rng(1);
  double largest = 0, squares = 0;
  constexpr int kDraws = 500;
  for (int i = 0; i < kDraws; ++i) {
    env->Reset(rng);
    const PhysicsState start = env->State();
    EXPECT_EQ(start.qpos[8], 0);
    EXPECT_EQ(start.qvel[0], 0);
    largest = std::max(largest, std::abs(start.qpos[7]));
    squares += start.qvel[8] * start.qvel[8];
  }
  EXPECT_LE(largest, 0.1);
  EXPECT_GT(largest, 0.09);
  EXPECT_NEAR(std::sqrt(squares / kDraws), 2, 0.3);
}

// Field and description of every fault.
std::vector<std::string> FaultsOf(const absl::StatusOr<UserTask>& user) {
  std::vector<std::string> texts;
  for (const FieldFault& fault : FieldFaults(user.status())) {
    texts.push_back(absl::StrCat(fault.field, ": ", fault.description));
  }
  return texts;
}

TEST(MakeUserTask, NamesEveryWordThatTheModelDoesNotKnow) {
  EXPECT_THAT(
      FaultsOf(Observing("  - qpos: [sholder, 10]\n"
                         "  - qvel: {from: 0, to: 9}\n"
                         "  - sin_qpos: slide\n"
                         "  - body_position: {from: 0, to: 1}\n"
                         "  - site_position: tipp\n"
                         "  - difference: [tip, body/nobody]\n")),
      ElementsAre(
          "arm.yaml:6:12: observation.qpos: sholder: unknown joint; did you mean shoulder?",
          "arm.yaml:6:21: observation.qpos: expected an index below 10, the size of qpos, got 10",
          "arm.yaml:7:11: observation.qvel: expected indices below 9, the size of qvel, got 9",
          "arm.yaml:8:15: observation.sin_qpos: expected hinge joints, slide is of another kind",
          HasSubstr("arm.yaml:9:20: observation.body_position: expected names or all"),
          "arm.yaml:10:20: observation.site_position: tipp: unknown site; did you mean tip?",
          "arm.yaml:11:18: observation.difference: expected body/NAME, site/NAME or com, got tip",
          HasSubstr("arm.yaml:11:23: observation.difference: nobody: unknown body; expected one "
                    "of world, base")));
  EXPECT_THAT(FaultsOf(Change("  - alive: 1\n",
                              "  - value: qpos/base\n"
                              "  - value: hand/z\n"
                              "  - value: body/hand\n"
                              "  - upright: had\n")),
              ElementsAre(HasSubstr("base has 7 entries in qpos, from 0 on; name one by its index"),
                          HasSubstr("expected body/NAME, site/NAME or com, got hand"),
                          HasSubstr("expected qpos/JOINT, qvel/JOINT"),
                          HasSubstr("reward.upright: had: unknown body; did you mean hand?")));
}

TEST(MakeUserTask, WantsToSeeWhatEndsTheTask) {
  EXPECT_THAT(FaultsOf(Change("  - qpos: all\n",
                              "  - cos_qpos: shoulder\n"
                              "alive_while:\n"
                              "  - qpos: shoulder\n"
                              "    below: 1\n"
                              "  - body_height: hand\n"
                              "    above: 0\n")),
              ElementsAre(AllOf(HasSubstr("arm.yaml:8:5: alive_while: qpos of shoulder ends the "
                                          "task but is not observed"),
                                HasSubstr("add a term qpos")),
                          HasSubstr("add a term body_position")));
}

TEST(MakeUserTask, BoundsTheVelocitiesThatAreRewarded) {
  std::string terms;
  for (int i = 0; i < 4; ++i) absl::StrAppend(&terms, "  - forward_velocity: qpos/", i, "\n");
  EXPECT_THAT(FaultsOf(Change("  - alive: 1\n", terms)),
              ElementsAre(HasSubstr("expected at most 3 terms of this kind")));
}

TEST(MakeUserTask, WantsBoundedActions) {
  std::vector<TaskFile> files = Files(kBase);
  ASSERT_EQ(files[1].path, "arm.xml");
  files[1].content = absl::StrReplaceAll(
      files[1].content,
      {{"name=\"lift\" ctrllimited=\"true\" ctrlrange=\"-1 1\"", "name=\"lift\""}});
  EXPECT_THAT(FaultsOf(MakeUserTask(files)),
              ElementsAre(AllOf(HasSubstr("arm.yaml:2:8: model: lift has no control range"),
                                HasSubstr("give it ctrllimited=\"true\""))));
}

TEST(MakeUserTask, PassesOnWhatTheEngineSaysOfAModel) {
  std::vector<TaskFile> files = Files(kBase);
  files[1].content = "<mujoco>\n<wurldbody/></mujoco>";
  files.resize(2);
  EXPECT_THAT(FaultsOf(MakeUserTask(files)),
              ElementsAre(AllOf(HasSubstr("arm.yaml:2:8: model: the engine does not compile it"),
                                HasSubstr("wurldbody"))));
  files[1].content = "<mujoco>\n<worldbody><body></worldbody></mujoco>";
  EXPECT_THAT(MakeUserTask(files).status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(MakeUserTask, SurvivesAModelThatIsCutShortOrGarbled) {
  const std::vector<TaskFile> whole = Files(kBase);
  ASSERT_OK(MakeUserTask(whole));
  for (size_t size = 0; size + 20 < whole[1].content.size(); size += 97) {
    std::vector<TaskFile> files = whole;
    files[1].content.resize(size);
    EXPECT_THAT(MakeUserTask(files).status(), StatusIs(absl::StatusCode::kInvalidArgument)) << size;
    files = whole;
    files[1].content[size] = '<';
    (void)MakeUserTask(files);  // may still be a model
  }
  std::vector<TaskFile> files = whole;
  files[2].content.resize(100);
  EXPECT_THAT(FaultsOf(MakeUserTask(files)), ElementsAre(HasSubstr("meshes/wedge.stl")));
}

TEST(MakeUserTask, CompilesOnSeveralThreads) {
  const std::vector<TaskFile> files = Files(kBase);
  std::vector<absl::Status> made(4);
  std::vector<std::thread> threads;
  for (absl::Status& status : made) {
    threads.emplace_back([&files, &status] { status = MakeUserTask(files).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(made, testing::Each(IsOk()));
}

TEST(MakeUserTask, AsksForContactForcesOnlyWhereTheyAreRead) {
  ASSERT_OK_AND_ASSIGN(const UserTask without, Change("name:", "name:"));
  EXPECT_FALSE(without.task->reads_contact_forces);
  ASSERT_OK_AND_ASSIGN(const UserTask paid, Change("  - alive: 1", "  - contact_cost: 1"));
  EXPECT_TRUE(paid.task->reads_contact_forces);
  ASSERT_OK_AND_ASSIGN(const UserTask shown, Observing("  - contact_force: hand\n"));
  EXPECT_TRUE(shown.task->reads_contact_forces);
}

TEST(EnvFactory, MakesCopiesThatShareOneModel) {
  EnvSpec spec;
  spec.task_files = Files(kBase);
  ASSERT_OK_AND_ASSIGN(const EnvFactory factory, EnvFactory::Create(spec));
  EXPECT_EQ(factory.task().id, "arm_test");
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Env> one, factory.Make());
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Env> other, factory.Make());
  EXPECT_EQ(&one->task(), &other->task());
}

TEST(EnvFactory, TakesATaskFileOrAnId) {
  EnvSpec spec;
  spec.id = "Hopper-v4";
  spec.task_files = Files(kBase);
  EXPECT_THAT(EnvFactory::Create(spec).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("got Hopper-v4 and arm.yaml; remove one")));
}

}  // namespace
}  // namespace vagram
