// What the ensemble's gradient step and imagination cost beside the matrix products they cannot do
// without, both measured in turns in this process, on one thread, in CPU time of that thread: a
// busy machine then disturbs both alike. Hopper's sizes: 11 observations, 3 actions; 7 members of
// four layers of 200, batch 256 each.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/dynamics/ensemble.h"
#include "core/dynamics/imagination.h"
#include "core/dynamics/model_training.h"
#include "core/env/task.h"
#include "core/nn/gaussian_policy.h"

namespace vagram {
namespace {

constexpr int64_t kBatch = 256, kMembers = 7, kWidth = 200, kHiddenLayers = 4;
constexpr int kObsDim = 11, kActDim = 3;

double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

at::Tensor Normal(at::IntArrayRef sizes, uint64_t seed) {
  Rng rng(seed);
  at::Tensor out = at::empty(sizes, at::kFloat);
  rng.FillNormal(absl::MakeSpan(out.data_ptr<float>(), out.numel()));
  return out;
}

Ensemble::Options HopperEnsemble(bool probabilistic) {
  Ensemble::Options options;
  options.obs_dim = kObsDim;
  options.act_dim = kActDim;
  options.members = kMembers;
  options.hidden_sizes.assign(kHiddenLayers, kWidth);
  options.probabilistic = probabilistic;
  return options;
}

// Batched products without anything around them.
class Products {
 public:
  // [networks, m, k] x [networks, k, n]; `transposed` operands lie in memory as a network's
  // backward pass finds them.
  void Add(at::Tensor left, at::Tensor right) {
    const int64_t networks = left.size(0), m = left.size(1), n = right.size(2);
    flop_ += 2.0 * static_cast<double>(networks * m * left.size(2) * n);
    products_.push_back({std::move(left), std::move(right), at::empty({networks, m, n})});
  }
  void AddForward(int64_t networks, int64_t batch, const std::vector<int64_t>& sizes) {
    for (size_t l = 0; l + 1 < sizes.size(); ++l) {
      Add(Normal({networks, batch, sizes[l]}, 1), Normal({networks, sizes[l], sizes[l + 1]}, 2));
    }
  }
  void AddBackward(int64_t networks, int64_t batch, const std::vector<int64_t>& sizes) {
    for (size_t l = 0; l + 1 < sizes.size(); ++l) {
      const at::Tensor gradient = Normal({networks, batch, sizes[l + 1]}, 3);
      Add(Normal({networks, batch, sizes[l]}, 1).transpose(1, 2), gradient);
      if (l == 0) continue;  // nobody wants the gradient of the inputs
      Add(gradient, Normal({networks, sizes[l], sizes[l + 1]}, 2).transpose(1, 2));
    }
  }
  void Run() {
    for (Product& p : products_) at::bmm_out(p.out, p.left, p.right);
  }
  double gigaflop() const { return flop_ * 1e-9; }

 private:
  struct Product {
    at::Tensor left, right, out;
  };
  std::vector<Product> products_;
  double flop_ = 0;
};

std::vector<int64_t> Sizes(int64_t outputs) {
  std::vector<int64_t> sizes(kHiddenLayers, kWidth);
  sizes.insert(sizes.begin(), kObsDim + kActDim);
  sizes.push_back(outputs);
  return sizes;
}

// Least CPU times of the work and of its products, and their ratio.
void Report(benchmark::State& state, double work, double products, double gigaflop) {
  state.counters["work_ms"] = work * 1e3;
  state.counters["products_ms"] = products * 1e3;
  state.counters["ratio"] = work / products;
  state.counters["gflop"] = gigaflop;
  state.counters["gflops"] = gigaflop / products;
}

TrainingSet RandomSet(int64_t rows) {
  TrainingSet set;
  set.states = Normal({rows, kObsDim}, 1);
  set.actions = Normal({rows, kActDim}, 2);
  set.next_states = set.states + 0.1 * Normal({rows, kObsDim}, 3);
  set.rewards = Normal({rows, 1}, 4);
  set.value_gradients = Normal({4, rows, kObsDim}, 5);
  return set;
}

// One gradient step as a training takes it: drawing the batch, forward, loss, backward, Adam. The
// holdout is a single transition, so that scoring it weighs nothing.
void GradientStep(benchmark::State& state, const std::string& loss, bool probabilistic) {
  constexpr int64_t kSteps = 20;
  const std::unique_ptr<Ensemble> ensemble =
      Ensemble::Create(HopperEnsemble(probabilistic), 1).value();
  ModelTraining::Options options;
  options.loss = loss;
  options.batch_size = kBatch;
  options.holdout_ratio = 1e-6;
  options.max_epochs = 1;
  const std::unique_ptr<ModelTraining> training =
      ModelTraining::Create(options, ensemble.get()).value();
  const TrainingSet set = RandomSet(kSteps * kBatch + 1);
  Products products;
  const std::vector<int64_t> sizes = Sizes((probabilistic ? 2 : 1) * (kObsDim + 1));
  products.AddForward(kMembers, kBatch, sizes);
  products.AddBackward(kMembers, kBatch, sizes);

  double least_work = 1e9, least_products = 1e9;
  uint64_t seed = 0;
  for (auto _ : state) {
    const double start = ThreadSeconds();
    for (int64_t i = 0; i < kSteps; ++i) products.Run();
    const double middle = ThreadSeconds();
    const int64_t steps = training->Train(set, ++seed, nullptr).value().gradient_steps;
    const double end = ThreadSeconds();
    state.SetIterationTime((end - middle) / steps);
    least_products = std::min(least_products, (middle - start) / kSteps);
    least_work = std::min(least_work, (end - middle) / steps);
  }
  Report(state, least_work, least_products, products.gigaflop());
}
BENCHMARK_CAPTURE(GradientStep, mle, std::string("mle"), true)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(0.5);
BENCHMARK_CAPTURE(GradientStep, vagram, std::string("vagram"), false)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(0.5);

// One-step rollouts from 100,000 states; the products are those of one elite per transition and of
// the policy (two hidden layers of 256).
void ImagineOneStep(benchmark::State& state, bool probabilistic) {
  constexpr int64_t kRollouts = 100000, kBlock = 800;
  const std::unique_ptr<Ensemble> ensemble =
      Ensemble::Create(HopperEnsemble(probabilistic), 1).value();
  ensemble->SetElites({0, 1, 2, 3, 4});
  const Task task = **FindTask("Hopper-v4");
  GaussianPolicy::Options policy_options;
  policy_options.obs_dim = kObsDim;
  policy_options.act_low = task.act_low;
  policy_options.act_high = task.act_high;
  policy_options.hidden_sizes = {256, 256};
  const MlpShape actor = ActorShape(kObsDim, kActDim, {256, 256}, Activation::kRelu);
  Rng rng(1);
  GaussianPolicy policy =
      GaussianPolicy::Create(policy_options, UniformParameters(actor, rng)).value();
  const at::Tensor starts = Normal({kRollouts, kObsDim}, 1);
  Products products;
  products.AddForward(1, kBlock, Sizes((probabilistic ? 2 : 1) * (kObsDim + 1)));
  products.AddForward(1, kBlock, actor.sizes);

  double least_work = 1e9, least_products = 1e9;
  ImaginationOptions options;
  for (auto _ : state) {
    const double start = ThreadSeconds();
    for (int64_t i = 0; i < kRollouts / kBlock; ++i) products.Run();
    const double middle = ThreadSeconds();
    ++options.seed;
    const auto summary = Imagine(*ensemble, policy, task, starts, options,
                                 [](const TransitionBatch&) { return absl::OkStatus(); });
    const double end = ThreadSeconds();
    benchmark::DoNotOptimize(summary->transitions);
    state.SetIterationTime(end - middle);
    least_products = std::min(least_products, middle - start);
    least_work = std::min(least_work, end - middle);
  }
  Report(state, least_work, least_products,
         products.gigaflop() * static_cast<double>(kRollouts / kBlock));
}
BENCHMARK_CAPTURE(ImagineOneStep, mle, true)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);
BENCHMARK_CAPTURE(ImagineOneStep, vagram, false)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);

}  // namespace
}  // namespace vagram
