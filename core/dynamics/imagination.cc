#include "core/dynamics/imagination.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

at::Tensor Noise(Rng& rng, int64_t rows, int64_t width) {
  at::Tensor noise = at::empty({rows, width}, at::kFloat);
  rng.FillNormal(absl::MakeSpan(noise.data_ptr<float>(), noise.numel()));
  return noise;
}

at::Tensor IndexTensor(const std::vector<int64_t>& indices) {
  return at::tensor(indices, at::kLong);
}

template <typename T>
void CopyColumn(const at::Tensor& rows, std::vector<T>& column) {
  const at::Tensor dense = rows.contiguous();
  std::copy_n(dense.data_ptr<T>(), dense.numel(), column.begin());
}

// The elites, each apart, so that only the one drawn for a row is computed: computing every member
// for every row would cost as many times more.
class EliteModel {
 public:
  EliteModel(const Ensemble& ensemble, uint64_t seed)
      : obs_dim_(ensemble.options().obs_dim),
        probabilistic_(ensemble.options().probabilistic),
        choice_rng_(DeriveSeed(seed, "elite")),
        noise_rng_(DeriveSeed(seed, "model noise")) {
    for (int elite : ensemble.elites()) elites_.push_back(ensemble.CopyMember(elite));
  }

  // states [rows, n], actions [rows, m] -> next state and reward side by side, [rows, n + 1].
  at::Tensor Step(const at::Tensor& states, const at::Tensor& actions) {
    const int64_t rows = states.size(0);
    std::vector<std::vector<int64_t>> rows_of(elites_.size());
    for (int64_t row = 0; row < rows; ++row) {
      rows_of[choice_rng_.Below(elites_.size())].push_back(row);
    }
    const at::Tensor noise = probabilistic_ ? Noise(noise_rng_, rows, obs_dim_ + 1) : at::Tensor();

    at::Tensor outcome = at::empty({rows, obs_dim_ + 1}, states.options());
    for (size_t e = 0; e < elites_.size(); ++e) {
      if (rows_of[e].empty()) continue;
      const at::Tensor chosen = IndexTensor(rows_of[e]);
      const Prediction prediction =
          elites_[e]->Predict(states.index_select(0, chosen), actions.index_select(0, chosen));
      at::Tensor drawn = at::cat({prediction.next_state[0], prediction.reward[0]}, 1);
      if (probabilistic_) {
        const at::Tensor std = (prediction.log_variance[0] * 0.5).exp_();
        drawn.addcmul_(std, noise.index_select(0, chosen));
      }
      outcome.index_copy_(0, chosen, drawn);
    }
    return outcome;
  }

 private:
  const int64_t obs_dim_;
  const bool probabilistic_;
  std::vector<std::unique_ptr<Ensemble>> elites_;
  Rng choice_rng_;
  Rng noise_rng_;
};

absl::Status CheckArguments(const Ensemble::Options& ensemble, const Task& task,
                            const at::Tensor& starts, const ImaginationOptions& options) {
  if (ensemble.obs_dim != task.obs_dim || ensemble.act_dim != task.act_dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("the model has ", ensemble.obs_dim, " observations and ", ensemble.act_dim,
                     " actions, task ", task.id, " has ", task.obs_dim, " and ", task.act_dim));
  }
  if (!starts.defined() || starts.dim() != 2 || starts.size(1) != task.obs_dim ||
      starts.scalar_type() != at::kFloat) {
    return absl::InvalidArgumentError(
        absl::StrCat("start states are expected as float32 [rollouts, ", task.obs_dim, "]"));
  }
  if (options.length < 1 || options.chunk_rows < 1) {
    return absl::InvalidArgumentError(absl::StrCat("imagination of ", options.length,
                                                   " steps in chunks of ", options.chunk_rows,
                                                   " rows: expected at least 1 of each"));
  }
  if (options.observed_reward && !task.observed_reward) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the reward of ", task.id, " does not follow from what is observed; use the learned one"));
  }
  return absl::OkStatus();
}

void PayObservedReward(const Task& task, TransitionBatch* batch) {
  const auto row = [](const std::vector<float>& column, int64_t index, int width) {
    return absl::MakeConstSpan(column).subspan(index * width, width);
  };
  for (int64_t i = 0; i < batch->size; ++i) {
    batch->reward[i] = static_cast<float>(task.observed_reward(
        row(batch->observation, i, task.obs_dim), row(batch->action, i, task.act_dim),
        row(batch->next_observation, i, task.obs_dim)));
  }
}

}  // namespace

absl::StatusOr<ImaginationSummary> Imagine(
    const Ensemble& ensemble, GaussianPolicy& policy, const Task& task, const at::Tensor& starts,
    const ImaginationOptions& options,
    const std::function<absl::Status(const TransitionBatch&)>& sink) {
  RETURN_IF_ERROR(CheckArguments(ensemble.options(), task, starts, options));
  at::NoGradGuard no_gradient;
  EliteModel model(ensemble, options.seed);
  Rng action_rng(DeriveSeed(options.seed, "action"));
  ImaginationSummary summary;

  at::Tensor live = starts.contiguous();
  for (int64_t step = 0; step < options.length && live.size(0) > 0; ++step) {
    std::vector<at::Tensor> survivors;
    for (int64_t begin = 0; begin < live.size(0); begin += options.chunk_rows) {
      const int64_t rows = std::min(options.chunk_rows, live.size(0) - begin);
      at::Tensor states = live.narrow(0, begin, rows);
      at::Tensor actions = policy.Sample(states, Noise(action_rng, rows, task.act_dim));
      at::Tensor outcome = model.Step(states, actions);

      const at::Tensor finite = outcome.isfinite().all(1);
      const int64_t num_finite = finite.sum().item<int64_t>();
      if (num_finite < rows) {
        summary.dropped_branches += rows - num_finite;
        const at::Tensor kept = finite.nonzero().squeeze(1);
        states = states.index_select(0, kept);
        actions = actions.index_select(0, kept);
        outcome = outcome.index_select(0, kept);
        if (num_finite == 0) continue;
      }

      TransitionBatch batch(num_finite, task.obs_dim, task.act_dim);
      CopyColumn(states, batch.observation);
      CopyColumn(actions, batch.action);
      CopyColumn(outcome.narrow(1, 0, task.obs_dim), batch.next_observation);
      if (options.observed_reward) {
        PayObservedReward(task, &batch);
      } else {
        CopyColumn(outcome.narrow(1, task.obs_dim, 1), batch.reward);
      }
      JudgeTermination(task, batch.next_observation, absl::MakeSpan(batch.terminated));

      std::vector<int64_t> going_on;
      for (int64_t row = 0; row < num_finite; ++row) {
        if (!batch.terminated[row]) going_on.push_back(row);
      }
      summary.transitions += num_finite;
      summary.terminated_branches += num_finite - static_cast<int64_t>(going_on.size());
      survivors.push_back(
          outcome.narrow(1, 0, task.obs_dim).index_select(0, IndexTensor(going_on)));
      RETURN_IF_ERROR(sink(batch));
    }
    live = survivors.empty() ? live.narrow(0, 0, 0) : at::cat(survivors);
  }
  return summary;
}

}  // namespace vagram
