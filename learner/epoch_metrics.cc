#include "learner/epoch_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/logging.h"

namespace vagram {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr absl::Duration kWindow = absl::Seconds(10);

}  // namespace

EpochMetrics::EpochMetrics(std::vector<std::string> names) {
  for (std::string& name : names) cells_.push_back({std::move(name), kNothing});
}

EpochMetrics::Cell& EpochMetrics::Find(absl::string_view name) {
  for (Cell& cell : cells_) {
    if (cell.name == name) return cell;
  }
  LOG(FATAL) << "metric " << name << " is not in this trial's list";
}

bool EpochMetrics::Has(absl::string_view name) const {
  return std::any_of(cells_.begin(), cells_.end(),
                     [name](const Cell& cell) { return cell.name == name; });
}

void EpochMetrics::Set(absl::string_view name, double value) { Find(name).value = value; }

void EpochMetrics::Add(absl::string_view name, double value) {
  Cell& cell = Find(name);
  cell.value = std::isnan(cell.value) ? value : cell.value + value;
}

void EpochMetrics::AddSample(absl::string_view name, double value) {
  Add(name, value);
  ++Find(name).samples;
}

void EpochMetrics::Save(google::protobuf::RepeatedPtrField<v1::MetricSum>* sums) const {
  for (const Cell& cell : cells_) {
    if (std::isnan(cell.value) && cell.samples == 0) continue;
    v1::MetricSum* const sum = sums->Add();
    sum->set_name(cell.name);
    sum->set_value(cell.value);
    sum->set_samples(cell.samples);
  }
}

void EpochMetrics::Restore(const google::protobuf::RepeatedPtrField<v1::MetricSum>& sums) {
  for (const v1::MetricSum& sum : sums) {
    if (!Has(sum.name())) continue;
    Cell& cell = Find(sum.name());
    cell.value = sum.value();
    cell.samples = sum.samples();
  }
}

v1::MetricRow EpochMetrics::Take(int64_t row, int64_t step, int64_t epoch, double wall_seconds) {
  v1::MetricRow out;
  out.set_row(row);
  out.set_step(step);
  out.set_epoch(epoch);
  out.set_wall_seconds(wall_seconds);
  for (Cell& cell : cells_) {
    v1::Metric* metric = out.add_metrics();
    metric->set_name(cell.name);
    metric->set_value(cell.samples > 0 ? cell.value / static_cast<double>(cell.samples)
                                       : cell.value);
    cell.value = kNothing;
    cell.samples = 0;
  }
  return out;
}

ProgressMeter::ProgressMeter(Clock* clock)
    : clock_(clock), start_(clock->Now()), older_{start_}, old_{start_}, now_{start_} {}

void ProgressMeter::Note(int64_t step, int64_t updates) {
  now_ = {clock_->Now(), step, updates};
  if (now_.time - old_.time > kWindow) {
    older_ = old_;
    old_ = now_;
  }
}

double ProgressMeter::updates_per_second() const {
  const double seconds = absl::ToDoubleSeconds(now_.time - older_.time);
  return seconds > 0 ? static_cast<double>(now_.updates - older_.updates) / seconds : 0;
}

double ProgressMeter::EtaSeconds(int64_t num_steps) const {
  const double seconds = absl::ToDoubleSeconds(now_.time - older_.time);
  const int64_t steps = now_.step - older_.step;
  return steps > 0 ? seconds * static_cast<double>(num_steps - now_.step) / steps : 0;
}

double ProgressMeter::WallSeconds() const {
  return seconds_before_ + absl::ToDoubleSeconds(clock_->Now() - start_);
}

void ProgressMeter::Restore(double wall_seconds, int64_t step, int64_t updates) {
  seconds_before_ = wall_seconds;
  older_ = old_ = now_ = {clock_->Now(), step, updates};
}

}  // namespace vagram
