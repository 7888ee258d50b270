#include "core/replay/transition_batch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

// Calls `visit(name, column, width)` for every column of every batch given, side by side.
template <typename Visit, typename... Batch>
void ForEachColumn(Visit visit, int obs_dim, int act_dim, Batch&... batch) {
  visit("observation", obs_dim, batch.observation...);
  visit("action", act_dim, batch.action...);
  visit("reward", 1, batch.reward...);
  visit("next_observation", obs_dim, batch.next_observation...);
  visit("terminated", 1, batch.terminated...);
  visit("truncated", 1, batch.truncated...);
}

}  // namespace

TransitionBatch::TransitionBatch(int64_t size, int obs_dim, int act_dim)
    : obs_dim(obs_dim), act_dim(act_dim) {
  Resize(size);
}

void TransitionBatch::Resize(int64_t new_size) {
  size = new_size;
  ForEachColumn(
      [new_size](const char*, int width, auto& column) { column.resize(new_size * width); },
      obs_dim, act_dim, *this);
}

void TransitionBatch::Reserve(int64_t num_rows) {
  ForEachColumn(
      [num_rows](const char*, int width, auto& column) { column.reserve(num_rows * width); },
      obs_dim, act_dim, *this);
}

absl::Status TransitionBatch::CheckColumns() const {
  absl::Status status;
  ForEachColumn(
      [&](const char* name, int width, const auto& column) {
        if (status.ok() && static_cast<int64_t>(column.size()) != size * width) {
          status = absl::InvalidArgumentError(
              absl::StrCat("column ", name, " has ", column.size(), " values, expected ",
                           size * width, " for ", size, " transitions of width ", width));
        }
      },
      obs_dim, act_dim, *this);
  return status;
}

void CopyRows(const TransitionBatch& from, int64_t from_row, int64_t num_rows, TransitionBatch* to,
              int64_t to_row) {
  ForEachColumn(
      [=](const char*, int width, const auto& source, auto& target) {
        std::copy_n(source.begin() + from_row * width, num_rows * width,
                    target.begin() + to_row * width);
      },
      from.obs_dim, from.act_dim, from, *to);
}

}  // namespace vagram
