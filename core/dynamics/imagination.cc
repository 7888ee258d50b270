#include "core/dynamics/imagination.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/dynamics/disagreement.h"
#include "core/dynamics/value_gradients.h"

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
        deviation_(ensemble.normalizer().std().narrow(0, 0, ensemble.options().obs_dim)),
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

  // The elites' disagreement about each row, [rows]; computes every elite.
  at::Tensor DisagreementAt(const at::Tensor& states, const at::Tensor& actions) {
    std::vector<at::Tensor> means;
    for (const auto& elite : elites_) means.push_back(elite->Predict(states, actions).next_state);
    return Disagreement(at::cat(means), deviation_);
  }

 private:
  const int64_t obs_dim_;
  const bool probabilistic_;
  const at::Tensor deviation_;  // of the states in the data, [n]
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
  if (!(options.disagreement_quantile >= 0 && options.disagreement_quantile <= 1)) {
    return absl::InvalidArgumentError(absl::StrCat("a quantile of the disagreement of ",
                                                   options.disagreement_quantile,
                                                   ": expected 0 (no limit) to 1"));
  }
  if (options.observed_reward && !task.observed_reward) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the reward of ", task.id, " does not follow from what is observed; use the learned one"));
  }
  return absl::OkStatus();
}

// One chunk of the live branches, with what the policy does there.
struct Chunk {
  at::Tensor states;        // [rows, n]
  at::Tensor actions;       // [rows, m]
  at::Tensor disagreement;  // [rows]; undefined where every step is accepted

  int64_t rows() const { return states.size(0); }

  // Keeps the rows where `keep` [rows] is true. Returns how many it dropped.
  int64_t Keep(const at::Tensor& keep) {
    const int64_t before = rows();
    const at::Tensor kept = keep.nonzero().squeeze(1);
    if (kept.size(0) == before) return 0;
    states = states.index_select(0, kept);
    actions = actions.index_select(0, kept);
    return before - kept.size(0);
  }
};

// The `quantile` of the disagreement of all chunks, as far as it is finite.
double DisagreementLimit(const std::vector<Chunk>& chunks, double quantile) {
  std::vector<double> finite;
  for (const Chunk& chunk : chunks) {
    const at::Tensor values = chunk.disagreement.to(at::kDouble).contiguous();
    std::copy_if(values.data_ptr<double>(), values.data_ptr<double>() + values.numel(),
                 std::back_inserter(finite), [](double u) { return std::isfinite(u); });
  }
  return finite.empty() ? 0 : Quantile(finite, quantile);
}

absl::Span<float> Row(const at::Tensor& rows, int64_t row) {
  const int64_t width = rows.size(1);
  return {rows.data_ptr<float>() + row * width, static_cast<size_t>(width)};
}

// Puts the observed reward in the predicted one's place. Predictions that are not finite stay so.
void PayObservedReward(const Task& task, const Chunk& chunk, at::Tensor* outcome) {
  const at::Tensor states = chunk.states.contiguous(), actions = chunk.actions.contiguous();
  for (int64_t i = 0; i < chunk.rows(); ++i) {
    const absl::Span<float> predicted = Row(*outcome, i);
    if (!absl::c_all_of(predicted, [](float x) { return std::isfinite(x); })) continue;
    predicted[task.obs_dim] = static_cast<float>(
        task.observed_reward(Row(states, i), Row(actions, i), predicted.subspan(0, task.obs_dim)));
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
  const bool limited = options.disagreement_quantile > 0;
  double limit = 0;  // of the disagreement, when limited

  at::Tensor live = starts.contiguous();
  for (int64_t step = 0; step < options.length && live.size(0) > 0; ++step) {
    std::vector<Chunk> chunks;
    for (int64_t begin = 0; begin < live.size(0); begin += options.chunk_rows) {
      const int64_t rows = std::min(options.chunk_rows, live.size(0) - begin);
      Chunk chunk;
      chunk.states = live.narrow(0, begin, rows);
      chunk.actions = policy.Sample(chunk.states, Noise(action_rng, rows, task.act_dim));
      if (limited) chunk.disagreement = model.DisagreementAt(chunk.states, chunk.actions);
      chunks.push_back(std::move(chunk));
    }
    if (limited && step == 0) limit = DisagreementLimit(chunks, options.disagreement_quantile);

    std::vector<at::Tensor> survivors;
    for (Chunk& chunk : chunks) {
      if (limited) {
        summary.rejected_steps += chunk.Keep(chunk.disagreement.to(at::kDouble).le(limit));
        if (chunk.rows() == 0) continue;
      }
      at::Tensor outcome = model.Step(chunk.states, chunk.actions);
      if (options.observed_reward) PayObservedReward(task, chunk, &outcome);
      const at::Tensor finite = outcome.isfinite().all(1);
      if (const int64_t dropped = chunk.Keep(finite); dropped > 0) {
        summary.dropped_branches += dropped;
        outcome = outcome.index_select(0, finite.nonzero().squeeze(1));
        if (chunk.rows() == 0) continue;
      }

      TransitionBatch batch(chunk.rows(), task.obs_dim, task.act_dim);
      CopyColumn(chunk.states, batch.observation);
      CopyColumn(chunk.actions, batch.action);
      CopyColumn(outcome.narrow(1, 0, task.obs_dim), batch.next_observation);
      CopyColumn(outcome.narrow(1, task.obs_dim, 1), batch.reward);
      JudgeTermination(task, batch.next_observation, absl::MakeSpan(batch.terminated));

      std::vector<int64_t> going_on;
      for (int64_t row = 0; row < batch.size; ++row) {
        if (!batch.terminated[row]) going_on.push_back(row);
      }
      summary.transitions += batch.size;
      summary.terminated_branches += batch.size - static_cast<int64_t>(going_on.size());
      survivors.push_back(
          outcome.narrow(1, 0, task.obs_dim).index_select(0, IndexTensor(going_on)));
      RETURN_IF_ERROR(sink(batch));
    }
    live = survivors.empty() ? live.narrow(0, 0, 0) : at::cat(survivors);
  }
  return summary;
}

}  // namespace vagram
