// Steps per second of the environments, printed as Markdown tables:
//   1. every task through Env; for MuJoCo tasks beside the bare engine: the same model, states and
//      actions, driven by nothing but mj_step (and mj_forward where an episode begins).
//   2. BatchedEnv on one thread and on two.
// Both sides of a ratio take turns, a few milliseconds each, and do the same steps; the ratio is
// the median over the turns, so that what else the machine does cancels.
#include <mujoco/mujoco.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/logging.h"
#include "core/base/random.h"
#include "core/env/batched_env.h"
#include "core/env/env.h"
#include "core/env/env_factory.h"
#include "core/env/mujoco_env.h"
#include "core/env/mujoco_model.h"
#include "core/env/task.h"
#include "core/env/tasks/catalogue.h"

ABSL_FLAG(int, turns, 100, "turns of each side of a ratio");
ABSL_FLAG(int, copies, 64, "copies in a BatchedEnv");
ABSL_FLAG(std::string, task, "", "only this task");

namespace vagram {
namespace {

constexpr double kSecondsPerTurn = 0.02;
constexpr int kActions = 1024;  // drawn ahead, so that drawing them is not measured

template <typename Number>
std::vector<Number> RandomActions(const Task& task, int rows) {
  Rng rng(1);
  std::vector<Number> actions;
  for (int i = 0; i < rows * task.act_dim; ++i) {
    const int k = i % task.act_dim;
    actions.push_back(static_cast<Number>(rng.Uniform(task.act_low[k], task.act_high[k])));
  }
  return actions;
}

// Seconds on this thread's CPU: what other processes take does not count.
double CpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// One copy of a task through Env.
class EnvRunner {
 public:
  explicit EnvRunner(const Task& task)
      : env_(MakeEnv(task.id).value()),
        actions_(RandomActions<double>(task, kActions)),
        observation_(task.obs_dim) {
    env_->Reset(rng_);
  }

  void Step() {
    const size_t act_dim = env_->task().act_dim;
    const StepOutcome outcome =
        *env_->Step(absl::MakeConstSpan(actions_).subspan(next_++ % kActions * act_dim, act_dim));
    env_->Observe(absl::MakeSpan(observation_));
    if (outcome.terminated) env_->Reset(rng_);
  }

  const Env& env() const { return *env_; }

 private:
  const std::unique_ptr<Env> env_;
  const std::vector<double> actions_;
  std::vector<double> observation_;
  Rng rng_{2};
  size_t next_ = 0;
};

// The same on the bare engine.
class EngineRunner {
 public:
  explicit EngineRunner(const MujocoTask& task)
      : task_(task),
        model_(SharedModel(task.model).value()),
        data_(mj_makeData(model_), mj_deleteData),
        view_(ViewOf(*model_, *data_)),
        actions_(RandomActions<double>(task.task, kActions)) {
    Reset();
  }

  void Step() {
    std::copy_n(actions_.data() + next_++ % kActions * model_->nu, model_->nu, data_->ctrl);
    for (int i = 0; i < task_.frame_skip; ++i) mj_step(model_, data_.get());
    if (task_.terminated(view_)) Reset();
  }

  absl::Span<const double> qpos() const { return view_.qpos; }

 private:
  void Reset() {
    mj_resetData(model_, data_.get());
    task_.draw_start(rng_, absl::MakeSpan(data_->qpos, model_->nq),
                     absl::MakeSpan(data_->qvel, model_->nv));
    mj_forward(model_, data_.get());
  }

  const MujocoTask& task_;
  const mjModel* const model_;
  const std::unique_ptr<mjData, void (*)(mjData*)> data_;
  const MujocoView view_;
  const std::vector<double> actions_;
  Rng rng_{2};
  size_t next_ = 0;
};

template <typename Runner>
void Run(Runner& runner, int num_steps) {
  for (int i = 0; i < num_steps; ++i) runner.Step();
}

// Many copies, all stepped by one Step.
class BatchRunner {
 public:
  BatchRunner(const Task& task, int num_copies, int num_threads)
      : actions_(RandomActions<float>(task, kActions * num_copies)) {
    EnvSpec spec;
    spec.id = task.id;
    BatchedEnv::Options options;
    options.num_copies = num_copies;
    options.num_threads = num_threads;
    envs_ = BatchedEnv::Create(EnvFactory::Create(spec).value(), options).value();
  }

  void Step() {
    const size_t size = actions_.size() / kActions;
    CHECK(envs_->Step(absl::MakeConstSpan(actions_).subspan(next_++ % kActions * size, size)).ok());
  }

 private:
  const std::vector<float> actions_;
  std::unique_ptr<BatchedEnv> envs_;
  size_t next_ = 0;
};

// Two threads with half of the copies each that have nothing to do with one another: what the
// machine's second core is worth at this moment, whoever uses it.
class ApartRunner {
 public:
  ApartRunner(const Task& task, int num_copies)
      : here_(task, num_copies / 2, 1), there_(task, num_copies - num_copies / 2, 1) {}

  void Run(int num_steps) {
    const auto run = [num_steps](BatchRunner& half) {
      for (int i = 0; i < num_steps; ++i) half.Step();
    };
    std::thread other([&] { run(there_); });
    run(here_);
    other.join();
  }

 private:
  BatchRunner here_, there_;
};

void Run(ApartRunner& runner, int num_steps) { runner.Run(num_steps); }

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

struct Comparison {
  double first_rate = 0, second_rate = 0;  // steps a second, medians
  double ratio = 0;                        // of the rates, first to second: the median over turns
};

// Both sides step equally often, so that they end in the same state.
template <typename First, typename Second>
Comparison Compare(double (*clock)(), First& first, Second& second) {
  const auto seconds = [clock](auto& runner, int num_steps) {
    const double start = clock();
    Run(runner, num_steps);
    return clock() - start;
  };
  // Doubled until a turn is long enough to be measured.
  int num_steps = 1;
  for (bool enough = false; !enough; num_steps *= 2) {
    enough = seconds(first, num_steps) + seconds(second, num_steps) > kSecondsPerTurn;
  }
  std::vector<double> first_rates, second_rates, ratios;
  for (int turn = 0; turn < absl::GetFlag(FLAGS_turns); ++turn) {
    double first_seconds, second_seconds;
    if (turn % 2 == 0) {
      first_seconds = seconds(first, num_steps);
      second_seconds = seconds(second, num_steps);
    } else {
      second_seconds = seconds(second, num_steps);
      first_seconds = seconds(first, num_steps);
    }
    first_rates.push_back(num_steps / first_seconds);
    second_rates.push_back(num_steps / second_seconds);
    ratios.push_back(second_seconds / first_seconds);
  }
  return {Median(first_rates), Median(second_rates), Median(ratios)};
}

const MujocoTask* AsMujocoTask(const Task& task) {
  for (const MujocoTask* mujoco : MujocoTasks()) {
    if (mujoco->task.id == task.id) return mujoco;
  }
  return nullptr;
}

bool Wanted(absl::string_view id) {
  return absl::GetFlag(FLAGS_task).empty() || absl::GetFlag(FLAGS_task) == id;
}

void CompareWithTheEngine() {
  absl::PrintF("| task | steps/s | bare engine | share |\n| --- | --- | --- | --- |\n");
  for (const Task& task : AllTasks()) {
    if (!Wanted(task.id)) continue;
    EnvRunner env(task);
    if (const MujocoTask* mujoco = AsMujocoTask(task)) {
      EngineRunner engine(*mujoco);
      const Comparison result = Compare(CpuSeconds, env, engine);
      const PhysicsState state = dynamic_cast<const SimulatedEnv&>(env.env()).State();
      CHECK(state.qpos == std::vector<double>(engine.qpos().begin(), engine.qpos().end()))
          << task.id << ": both sides should have simulated the same";
      absl::PrintF("| %s | %.0f | %.0f | %.1f %% |\n", task.id, result.first_rate,
                   result.second_rate, 100 * result.ratio);
    } else {
      EnvRunner again(task);
      absl::PrintF("| %s | %.3g M | | |\n", task.id,
                   Compare(CpuSeconds, env, again).first_rate / 1e6);
    }
    std::fflush(stdout);
  }
}

void CompareThreads() {
  const int copies = absl::GetFlag(FLAGS_copies);
  absl::PrintF("\n| %d copies of | steps/s, 1 thread | 2 threads | speed-up | apart |\n", copies);
  absl::PrintF("| --- | --- | --- | --- | --- |\n");
  for (const Task& task : AllTasks()) {
    const bool chosen =
        task.id == "HalfCheetah-v4" || task.id == "Hopper-v4" || task.id == "Humanoid-v4";
    if (!chosen || !Wanted(task.id)) continue;
    BatchRunner two(task, copies, 2), one(task, copies, 1);
    const Comparison result = Compare(WallSeconds, two, one);
    ApartRunner apart(task, copies);
    const Comparison control = Compare(WallSeconds, apart, one);
    absl::PrintF("| %s | %.0f | %.0f | %.2f | %.2f |\n", task.id, copies * result.second_rate,
                 copies * result.first_rate, result.ratio, control.ratio);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  vagram::InitLogging(argv[0]);
  vagram::CompareWithTheEngine();
  vagram::CompareThreads();
}
