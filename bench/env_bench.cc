// Steps per second of every task, through Env and through Episode, and for MuJoCo tasks of the bare
// engine: the same model and number of engine steps, driven by nothing but mj_step.
#include <benchmark/benchmark.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/base/logging.h"
#include "core/base/random.h"
#include "core/env/env.h"
#include "core/env/episode.h"
#include "core/env/mujoco_model.h"
#include "core/env/task.h"
#include "core/env/tasks/catalogue.h"

namespace vagram {
namespace {

// Actions drawn ahead, so that drawing them is not measured; the bare engine gets the same ones.
template <typename Number>
std::vector<std::vector<Number>> RandomActions(const Task& task) {
  Rng rng(1);
  std::vector<std::vector<Number>> actions(1024, std::vector<Number>(task.act_dim));
  for (std::vector<Number>& action : actions) {
    for (int i = 0; i < task.act_dim; ++i) {
      action[i] = static_cast<Number>(rng.Uniform(task.act_low[i], task.act_high[i]));
    }
  }
  return actions;
}

void StepEnv(benchmark::State& state, const Task& task) {
  const std::unique_ptr<Env> env = *MakeEnv(task.id);
  const auto actions = RandomActions<double>(task);
  std::vector<double> observation(task.obs_dim);
  Rng rng(2);
  env->Reset(rng);
  size_t next = 0;
  for (auto _ : state) {
    const StepOutcome outcome = *env->Step(actions[next++ % actions.size()]);
    env->Observe(absl::MakeSpan(observation));
    benchmark::DoNotOptimize(observation.data());
    if (outcome.terminated) env->Reset(rng);
  }
  state.SetItemsProcessed(state.iterations());
}

void StepEpisode(benchmark::State& state, const Task& task) {
  const std::unique_ptr<Episode> episode = *Episode::Create(task.id, 2);
  const auto actions = RandomActions<float>(task);
  size_t next = 0;
  for (auto _ : state) {
    const EpisodeStep step = *episode->Step(actions[next++ % actions.size()]);
    benchmark::DoNotOptimize(step.next_observation.data());
  }
  state.SetItemsProcessed(state.iterations());
}

// Starts over where the task would, so that the same kind of states is simulated.
void StepEngine(benchmark::State& state, const MujocoTask& task) {
  const mjModel* model = *SharedModel(task.model);
  const std::unique_ptr<mjData, void (*)(mjData*)> data(mj_makeData(model), mj_deleteData);
  const auto actions = RandomActions<double>(task.task);
  Rng rng(2);
  MujocoView view;  // all that a termination rule reads
  view.qpos = {data->qpos, static_cast<size_t>(model->nq)};
  view.qvel = {data->qvel, static_cast<size_t>(model->nv)};
  const auto reset = [&] {
    mj_resetData(model, data.get());
    task.draw_start(rng, absl::MakeSpan(data->qpos, model->nq),
                    absl::MakeSpan(data->qvel, model->nv));
  };
  reset();
  size_t next = 0;
  for (auto _ : state) {
    const std::vector<double>& action = actions[next++ % actions.size()];
    std::copy(action.begin(), action.end(), data->ctrl);
    for (int i = 0; i < task.frame_skip; ++i) mj_step(model, data.get());
    if (task.terminated(view)) reset();
  }
  state.SetItemsProcessed(state.iterations());
}

void Register() {
  for (const Task& task : AllTasks()) {
    benchmark::RegisterBenchmark(("env/" + task.id).c_str(), StepEnv, task);
    benchmark::RegisterBenchmark(("episode/" + task.id).c_str(), StepEpisode, task);
  }
  for (const MujocoTask* task : MujocoTasks()) {
    benchmark::RegisterBenchmark(("mj_step/" + task->task.id).c_str(), StepEngine, *task);
  }
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::InitLogging(argv[0]);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  vagram::Register();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
