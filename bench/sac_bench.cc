// What a SAC update costs beside the matrix products it cannot do without, both measured in turns
// in this process, on one thread, in CPU time of that thread: a busy machine then disturbs both
// alike. Hopper's sizes: 11 observations, 3 actions, two hidden layers of 256, batch 256.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/nn/adam.h"
#include "learner/sac/sac.h"

namespace vagram {
namespace {

constexpr int64_t kBatch = 256;
constexpr int kRun = 5;

SacOptions HopperOptions() {
  SacOptions options;
  options.obs_dim = 11;
  options.act_dim = 3;
  options.act_low = {-1, -1, -1};
  options.act_high = {1, 1, 1};
  options.hidden_sizes = {256, 256};
  options.target_entropy = -1;
  options.batch_size = kBatch;
  return options;
}

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

TransitionBatch RandomBatch(const SacOptions& options) {
  Rng rng(1);
  TransitionBatch batch(options.batch_size, options.obs_dim, options.act_dim);
  rng.FillNormal(absl::MakeSpan(batch.observation));
  rng.FillNormal(absl::MakeSpan(batch.action));
  rng.FillNormal(absl::MakeSpan(batch.reward));
  rng.FillNormal(absl::MakeSpan(batch.next_observation));
  return batch;
}

// The matrix products of one update and nothing else. Products of equal shape share their memory,
// so that they run on warm caches: the least that they can take.
class Products {
 public:
  explicit Products(const SacOptions& options) {
    std::vector<int64_t> actor = options.hidden_sizes, critic = options.hidden_sizes;
    actor.insert(actor.begin(), options.obs_dim);
    actor.push_back(2 * options.act_dim);
    critic.insert(critic.begin(), options.obs_dim + options.act_dim);
    critic.push_back(1);
    AddForward(actor);  // critic loss: next action, target values, values, gradient
    for (int network = 0; network < 2; ++network) {
      AddForward(critic);
      AddForward(critic);
      AddWeightGradients(critic);
      AddInputGradients(critic);
    }
    AddForward(actor);  // actor loss: action, values, gradient of the action, gradient
    for (int network = 0; network < 2; ++network) {
      AddForward(critic);
      AddInputGradients(critic);
      Add(kBatch, critic[1], options.act_dim, false, true);
    }
    AddWeightGradients(actor);
    AddInputGradients(actor);
  }

  void Run() {
    for (Product& p : products_) at::mm_out(p.out, p.left, p.right);
  }
  double gigaflop() const { return flop_ * 1e-9; }

 private:
  struct Product {
    at::Tensor left, right, out;
  };

  // [m, k] times [k, n]; a transposed operand is a view of its transpose, as in the update.
  void Add(int64_t m, int64_t k, int64_t n, bool transpose_left, bool transpose_right) {
    at::Tensor left = transpose_left ? Shared(k, m, 0).t() : Shared(m, k, 0);
    at::Tensor right = transpose_right ? Shared(n, k, 1).t() : Shared(k, n, 1);
    products_.push_back({std::move(left), std::move(right), Shared(m, n, 2)});
    flop_ += 2.0 * static_cast<double>(m * k * n);
  }
  const at::Tensor& Shared(int64_t rows, int64_t cols, int place) {
    at::Tensor& tensor = shared_[{rows, cols, place}];
    if (!tensor.defined()) tensor = Normal({rows, cols}, place);
    return tensor;
  }
  void AddForward(const std::vector<int64_t>& sizes) {
    for (size_t l = 0; l + 1 < sizes.size(); ++l) {
      Add(kBatch, sizes[l], sizes[l + 1], false, false);
    }
  }
  void AddWeightGradients(const std::vector<int64_t>& sizes) {
    for (size_t l = 0; l + 1 < sizes.size(); ++l) {
      Add(sizes[l], kBatch, sizes[l + 1], true, false);
    }
  }
  void AddInputGradients(const std::vector<int64_t>& sizes) {  // of all layers but the first
    for (size_t l = 1; l + 1 < sizes.size(); ++l) {
      Add(kBatch, sizes[l + 1], sizes[l], false, true);
    }
  }

  std::map<std::tuple<int64_t, int64_t, int>, at::Tensor> shared_;
  std::vector<Product> products_;
  double flop_ = 0;
};

// Counters: the least CPU time of an update and of its products, and their ratio. The goal is 1.35.
void SacUpdate(benchmark::State& state) {
  const SacOptions options = HopperOptions();
  const TransitionBatch batch = RandomBatch(options);
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  Products products(options);
  double least_update = 1e9, least_products = 1e9;
  const auto time = [](double& least, auto run) {
    const double start = ThreadSeconds();
    run();
    const double seconds = ThreadSeconds() - start;
    least = std::min(least, seconds);
    return seconds;
  };
  for (auto _ : state) {
    // A few at a time, as a learner runs them: the first of a run finds the other's data cached.
    double seconds = 0;
    for (int i = 0; i < kRun; ++i) time(least_products, [&] { products.Run(); });
    for (int i = 0; i < kRun; ++i) seconds += time(least_update, [&] { sac->Update(batch); });
    state.SetIterationTime(seconds / kRun);
  }
  state.counters["products_ms"] = least_products * 1e3;
  state.counters["update_ms"] = least_update * 1e3;
  state.counters["ratio"] = least_update / least_products;
  state.counters["gflop"] = products.gigaflop();
  state.counters["gflops"] = products.gigaflop() / least_products;
}
BENCHMARK(SacUpdate)->UseManualTime()->Unit(benchmark::kMillisecond)->MinTime(1);

void ValueGradients(benchmark::State& state) {
  const SacOptions options = HopperOptions();
  const std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  ValueGradientFunction function =
      ValueGradientFunction::Create(options, sac->Snapshot(), ValueFunctions::kAll).value();
  const at::Tensor states = Normal({20000, options.obs_dim}, 1);
  for (auto _ : state) benchmark::DoNotOptimize(function(states));
  state.SetItemsProcessed(state.iterations() * states.size(0));
}
BENCHMARK(ValueGradients)->Unit(benchmark::kMillisecond);

void AdamPass(benchmark::State& state) {
  const at::Tensor parameters = Normal({state.range(0)}, 1), gradient = Normal({state.range(0)}, 2);
  Adam adam(parameters, {});
  for (auto _ : state) adam.Step(parameters, gradient);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(AdamPass)->Arg(2 * 69889)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vagram
