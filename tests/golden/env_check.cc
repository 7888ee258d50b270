#include "tests/golden/env_check.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "core/base/status_macros.h"
#include "core/env/mujoco_env.h"
#include "core/env/mujoco_model.h"
#include "core/env/registry.h"
#include "core/env/tasks/catalogue.h"
#include "core/env/user_task/task_bundle.h"
#include "core/env/user_task/user_task.h"
#include "tests/golden/distractor_check.h"
#include "tests/golden/model_check.h"

namespace vagram {
namespace {

using nlohmann::json;
using Vector = std::vector<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kStepBar = 1e-12;
constexpr double kStepRewardBar = 1e-9;
constexpr double kFreeRunBar = 1e-6;
constexpr double kDistractorBar = 1e-9;

// The one file that is not about a task.
constexpr char kDistractorFile[] = "VagramDistractor";

double Error(double ours, double reference) {
  const double error = std::abs(ours - reference) / (1 + std::abs(reference));
  return std::isnan(error) ? kInfinity : error;
}

double Error(absl::Span<const double> ours, const Vector& reference) {
  if (ours.size() != reference.size()) return kInfinity;
  double worst = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    worst = std::max(worst, Error(ours[i], reference[i]));
  }
  return worst;
}

double Error(bool ours, bool reference) { return ours == reference ? 0 : kInfinity; }

void Note(double error, const std::string& where, EnvCheck* check) {
  if (error <= check->worst) return;
  check->worst = error;
  check->where = where;
}

// A recorded trajectory, checked for its form once.
struct Trajectory {
  std::string kind;
  PhysicsState start;  // with the recorded warm start
  Vector start_observation;
  std::vector<Vector> actions;
  std::vector<PhysicsState> states;  // after each step, as the lists below
  std::vector<Vector> observations;
  std::vector<double> rewards;
  std::vector<bool> terminated;
};

// A reward is paid for a position that lags behind qpos, so a run from a recorded state needs the
// recorded one: of Ant's torso, of Humanoid's centre of mass, of Reacher's fingertip from its
// target.
void TakeLandmark(const json& recorded, size_t step, PhysicsState* state) {
  const auto position = [&](const char* key) { return recorded.at(key).at(step).get<Vector>(); };
  const auto take = [&](const Vector& values) {
    state->landmark.emplace();
    std::copy_n(values.begin(), std::min(values.size(), state->landmark->size()),
                state->landmark->begin());
  };
  if (recorded.contains("torso_xpos")) take(position("torso_xpos"));
  if (recorded.contains("com")) take(position("com"));
  if (recorded.contains("fingertip_xpos")) {
    Vector way = position("fingertip_xpos");
    const Vector target = position("target_xpos");
    for (size_t i = 0; i < way.size(); ++i) way[i] -= target.at(i);
    take(way);
  }
}

Trajectory Parse(const json& recorded) {
  Trajectory trajectory;
  trajectory.kind = recorded.at("kind").get<std::string>();
  trajectory.start.qpos = recorded.at("init_qpos").get<Vector>();
  trajectory.start.qvel = recorded.at("init_qvel").get<Vector>();
  trajectory.start.warm_start = recorded.value("init_qacc_warmstart", Vector());
  trajectory.start_observation = recorded.at("init_obs").get<Vector>();
  trajectory.actions = recorded.at("actions").get<std::vector<Vector>>();
  trajectory.observations = recorded.at("obs").get<std::vector<Vector>>();
  trajectory.rewards = recorded.at("rewards").get<Vector>();
  trajectory.terminated = recorded.at("terminated").get<std::vector<bool>>();
  for (size_t i = 0; i < trajectory.actions.size(); ++i) {
    PhysicsState state;
    state.qpos = recorded.at("qpos").at(i).get<Vector>();
    state.qvel = recorded.at("qvel").at(i).get<Vector>();
    if (recorded.contains("qacc_warmstart")) {
      state.warm_start = recorded.at("qacc_warmstart").at(i).get<Vector>();
    }
    TakeLandmark(recorded, i, &state);
    // Reading all lists here as well means that a short one is noticed before anything runs.
    recorded.at("obs").at(i);
    recorded.at("rewards").at(i);
    recorded.at("terminated").at(i);
    trajectory.states.push_back(std::move(state));
  }
  return trajectory;
}

// The first steps over which rounding alone leaves observations and rewards within 1e-6, measured
// on the reference with starts moved by 1e-12.
size_t Horizon(absl::string_view task_id, absl::string_view kind) {
  if (task_id == "HalfCheetah-v4" && kind == "uniform") return 20;
  if (absl::StartsWith(task_id, "Ant") && kind == "uniform") return 35;
  if (absl::StartsWith(task_id, "Ant") && kind == "uniform_x0.1") return 90;
  return std::numeric_limits<size_t>::max();
}

// How far one step from a recorded state may lead from the recorded next one. The Humanoids' solver
// stops before it converges, so that a warm start or a model that is off by one bit shows; and
// their observations are the engine's own numbers, so that nothing is to be forgiven.
double StepBar(absl::string_view task_id) {
  return absl::StartsWith(task_id, "Humanoid") ? 0 : kStepBar;
}

double StateError(const PhysicsState& ours, const PhysicsState& reference) {
  return std::max({Error(ours.qpos, reference.qpos), Error(ours.qvel, reference.qvel),
                   Error(ours.warm_start, reference.warm_start)});
}

class EnvChecker {
 public:
  // `reference_id`: the task that the reference recorded.
  EnvChecker(SimulatedEnv* env, absl::string_view reference_id)
      : env_(*env), reference_id_(reference_id), observation_(env->task().obs_dim) {
    state_.bar = observed_.bar = StepBar(reference_id);
  }

  absl::Status StepByStep(const Trajectory& trajectory) {
    const PhysicsState* before = &trajectory.start;
    for (size_t i = 0; i < trajectory.actions.size(); ++i) {
      RETURN_IF_ERROR(env_.SetState(*before));
      ASSIGN_OR_RETURN(const StepOutcome outcome, env_.Step(trajectory.actions[i]));
      env_.Observe(absl::MakeSpan(observation_));
      const std::string where = absl::StrCat(trajectory.kind, " step ", i);
      Note(StateError(env_.State(), trajectory.states[i]), where, &state_);
      Note(Error(observation_, trajectory.observations[i]), where, &observed_);
      Note(Error(outcome.reward, trajectory.rewards[i]), where, &reward_);
      Note(Error(outcome.terminated, trajectory.terminated[i]), where, &terminated_);
      before = &trajectory.states[i];
    }
    num_steps_ += trajectory.actions.size();
    return absl::OkStatus();
  }

  absl::Status FreeRun(const Trajectory& trajectory) {
    PhysicsState start = trajectory.start;
    start.warm_start.clear();  // a fresh start has its own
    RETURN_IF_ERROR(env_.SetState(start));
    env_.Observe(absl::MakeSpan(observation_));
    Note(Error(observation_, trajectory.start_observation), absl::StrCat(trajectory.kind, " start"),
         &free_run_);
    const size_t horizon =
        std::min(trajectory.actions.size(), Horizon(reference_id_, trajectory.kind));
    for (size_t i = 0; i < horizon; ++i) {
      ASSIGN_OR_RETURN(const StepOutcome outcome, env_.Step(trajectory.actions[i]));
      env_.Observe(absl::MakeSpan(observation_));
      const PhysicsState state = env_.State();
      Note(std::max({Error(state.qpos, trajectory.states[i].qpos),
                     Error(state.qvel, trajectory.states[i].qvel),
                     Error(observation_, trajectory.observations[i]),
                     Error(outcome.reward, trajectory.rewards[i]),
                     Error(outcome.terminated, trajectory.terminated[i])}),
           absl::StrCat(trajectory.kind, " step ", i), &free_run_);
    }
    return absl::OkStatus();
  }

  std::vector<EnvCheck> checks() const {
    std::vector<EnvCheck> all = {state_, observed_, reward_, terminated_, free_run_};
    for (EnvCheck& check : all) {
      if (check.where.empty()) check.where = absl::StrCat(num_steps_, " steps, all equal");
    }
    return all;
  }

 private:
  SimulatedEnv& env_;
  const std::string reference_id_;
  Vector observation_;
  size_t num_steps_ = 0;
  EnvCheck state_{"step state", 0, 0, ""};
  EnvCheck observed_{"step observation", 0, 0, ""};
  EnvCheck reward_{"step reward", 0, kStepRewardBar, ""};
  EnvCheck terminated_{"step terminated", 0, 0, ""};
  EnvCheck free_run_{"free run", 0, kFreeRunBar, ""};
};

EnvCheck CheckModel(const mjModel& model, const json& reference) {
  const ModelDifferences differences = CompareModel(model, reference);
  EnvCheck check{"model", differences.worst, 0, ""};
  check.where = differences.fields.empty() ? absl::StrCat(differences.values_compared, " values")
                                           : absl::StrJoin(differences.fields, "; ");
  return check;
}

// The compiled model of a task of the catalogue; nullptr for one without.
absl::StatusOr<const mjModel*> ModelOf(const std::string& task_id) {
  for (const MujocoTask* task : MujocoTasks()) {
    if (task->task.id == task_id) return SharedModel(task->model);
  }
  return nullptr;
}

absl::StatusOr<std::vector<EnvCheck>> CheckTask(SimulatedEnv* env, const mjModel* model,
                                                absl::string_view reference_id,
                                                const json& golden) {
  std::vector<EnvCheck> checks;
  if (golden.at("trajectories").empty()) {
    return absl::InvalidArgumentError("it has no trajectories to compare with");
  }
  if (model != nullptr) checks.push_back(CheckModel(*model, golden.at("model")));
  EnvChecker checker(env, reference_id);
  for (const json& recorded : golden.at("trajectories")) {
    const Trajectory trajectory = Parse(recorded);
    RETURN_IF_ERROR(checker.StepByStep(trajectory));
    RETURN_IF_ERROR(checker.FreeRun(trajectory));
  }
  for (EnvCheck& check : checker.checks()) checks.push_back(std::move(check));
  return checks;
}

absl::StatusOr<std::vector<EnvCheck>> CheckDistractors(const json& golden) {
  ASSIGN_OR_RETURN(const std::vector<DistractorDifference> differences, CompareDistractors(golden));
  std::vector<EnvCheck> checks;
  for (const DistractorDifference& difference : differences) {
    checks.push_back({absl::StrCat(difference.dims, " dims"), difference.worst, kDistractorBar,
                      absl::StrCat(difference.components_compared, " components, ",
                                   difference.components_skipped, " skipped; ", difference.where)});
  }
  return checks;
}

using Check = absl::FunctionRef<absl::StatusOr<std::vector<EnvCheck>>(const json& golden)>;

// Reports what `check` finds in a golden file.
absl::StatusOr<EnvReport> CheckJson(const std::string& path, Check check) {
  EnvReport report;
  report.file = std::filesystem::path(path).filename().string();
  std::ifstream stream(path);
  if (!stream) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  const json golden = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  const auto fault = [&path](absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not of the golden files' form: ", what));
  };
  if (golden.is_discarded()) return fault("it is not JSON and may be cut short");
  try {
    absl::StatusOr<std::vector<EnvCheck>> checks = check(golden);
    if (absl::IsInvalidArgument(checks.status())) return fault(checks.status().message());
    RETURN_IF_ERROR(checks.status());
    report.checks = *std::move(checks);
  } catch (const json::exception& error) {
    return fault(error.what());
  }
  return report;
}

}  // namespace

absl::StatusOr<EnvReport> CheckEnv(SimulatedEnv* env, const mjModel* model,
                                   const std::string& path) {
  const std::string reference_id = std::filesystem::path(path).stem().string();
  return CheckJson(path,
                   [&](const json& golden) { return CheckTask(env, model, reference_id, golden); });
}

absl::StatusOr<EnvReport> CheckEnvFile(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string task_id = file.stem().string();
  if (task_id == kDistractorFile) return CheckJson(path, CheckDistractors);
  if (!FindTask(task_id).ok()) {
    return EnvReport{file.filename().string(), absl::StrCat("no task is called ", task_id), {}};
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<SimulatedEnv> env, MakeSimulatedEnv(task_id));
  ASSIGN_OR_RETURN(const mjModel* model, ModelOf(task_id));
  return CheckEnv(env.get(), model, path);
}

absl::StatusOr<EnvReport> CheckTaskFile(const std::string& yaml_path, const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<TaskFile> files, ReadTaskFiles(yaml_path));
  ASSIGN_OR_RETURN(const UserTask user, MakeUserTask(files));
  ASSIGN_OR_RETURN(const std::unique_ptr<MujocoEnv> env, MujocoEnv::Create(user.task, user.model));
  return CheckEnv(env.get(), user.model.get(), path);
}

absl::StatusOr<std::vector<EnvReport>> CheckEnvFolder(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".json") paths.push_back(entry->path().string());
  }
  if (error) {
    return absl::NotFoundError(absl::StrCat("cannot list ", folder, ": ", error.message()));
  }
  if (paths.empty()) return absl::NotFoundError(absl::StrCat("no *.json files in ", folder));
  std::sort(paths.begin(), paths.end());

  std::vector<EnvReport> reports;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(EnvReport report, CheckEnvFile(path));
    reports.push_back(std::move(report));
  }
  return reports;
}

bool AllPassed(const std::vector<EnvReport>& reports) {
  return std::all_of(reports.begin(), reports.end(), [](const EnvReport& report) {
    return std::all_of(report.checks.begin(), report.checks.end(),
                       [](const EnvCheck& check) { return check.passed(); });
  });
}

std::string FormatTable(const std::vector<EnvReport>& reports) {
  std::string table = absl::StrFormat("%-31s %-17s %11s %9s %-6s  %s\n", "file", "check",
                                      "worst error", "allowed", "", "where");
  for (const EnvReport& report : reports) {
    if (!report.skipped.empty()) {
      absl::StrAppendFormat(&table, "%-31s skipped: %s\n", report.file, report.skipped);
    }
    for (const EnvCheck& check : report.checks) {
      absl::StrAppendFormat(&table, "%-31s %-17s %11.3g %9.3g %-6s  %s\n", report.file, check.name,
                            check.worst, check.bar, check.passed() ? "ok" : "FAILED", check.where);
    }
  }
  return table;
}

}  // namespace vagram
