#ifndef LEARNER_SAC_SAC_METRICS_H_
#define LEARNER_SAC_SAC_METRICS_H_

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/checkpoint.pb.h"

namespace vagram {

// Means over the updates since the last report; q_mean over all critics.
struct SacMetrics {
  double critic_loss = 0;
  double actor_loss = 0;
  double temperature = 0;
  double entropy = 0;
  double q_mean = 0;
  int64_t updates = 0;
};

// Sums of SAC's metrics, kept on the device and read only when somebody asks. They double as the
// watch over divergence: a sum that met a NaN or an infinity never becomes finite again, so the
// number of updates that it was finite for tells which update was the first bad one.
// Not thread-safe.
class SacMetricSums {
 public:
  explicit SacMetricSums(const at::Device& device);

  // One update: the critics', then the actor's if it is due, then the end. Waits for nothing.
  void AddCritics(const at::Tensor& loss, const at::Tensor& q_mean, const at::Tensor& temperature);
  void AddActor(const at::Tensor& loss, const at::Tensor& entropy);
  void EndUpdate();

  // The means, and a new window.
  SacMetrics Take();

  // The window so far, and back, after `total_updates` which another process did.
  //   INVALID_ARGUMENT: no window of these metrics.
  v1::SacWindow Save() const;
  absl::Status Restore(const v1::SacWindow& window, int64_t total_updates);

  // OK while all sums are finite; remembers the means since the last call.
  //   INTERNAL (DivergedError): names what stopped being finite first and in which update, the
  //   last finite critic loss and mean Q, and what to try.
  absl::Status CheckFinite();

  // That error for `what`, in update number `update`.
  absl::Status Diverged(absl::string_view what, int64_t update) const;

 private:
  // In the order in which an update computes them: the first of equals is the cause.
  enum Quantity { kTemperature, kQMean, kCriticLoss, kEntropy, kActorLoss, kNumQuantities };
  using Values = std::array<double, kNumQuantities>;
  Values Read() const;

  at::Tensor sums_;                             // float64 [kNumQuantities], over the window
  at::Tensor finite_updates_;                   // float64 [kNumQuantities], counts in the window
  std::array<at::Tensor, kNumQuantities> sum_;  // views of sums_
  int64_t updates_ = 0;                         // in the window
  int64_t actor_updates_ = 0;
  int64_t total_updates_ = 0;

  // At the last check that found all finite.
  Values checked_sums_ = {};
  int64_t checked_updates_ = 0;  // of the window
  int64_t last_updates_ = 0;     // how many updates the next two are means of; 0: none yet
  double last_critic_loss_ = 0;
  double last_q_mean_ = 0;
};

}  // namespace vagram

#endif  // LEARNER_SAC_SAC_METRICS_H_
