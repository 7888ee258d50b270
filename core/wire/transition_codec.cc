#include "core/wire/transition_codec.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

constexpr int64_t kChunkBytes = 1 << 20;

template <typename T>
constexpr v1::DType kDType = v1::DTYPE_UNSPECIFIED;
template <>
constexpr v1::DType kDType<float> = v1::FLOAT32;
template <>
constexpr v1::DType kDType<uint8_t> = v1::UINT8;

template <typename T>
void EncodeColumn(const std::vector<T>& column, int64_t first_row, int64_t end_row, int64_t width,
                  bool matrix, v1::Array* out) {
  out->set_dtype(kDType<T>);
  out->add_shape(end_row - first_row);
  if (matrix) out->add_shape(width);
  out->set_data(column.data() + first_row * width, (end_row - first_row) * width * sizeof(T));
}

template <typename T>
absl::Status DecodeColumn(const v1::Array& array, absl::string_view name, int64_t size,
                          int64_t width, bool matrix, std::vector<T>* out) {
  std::vector<int64_t> expected = {size};
  if (matrix) expected.push_back(width);
  if (array.dtype() != kDType<T> ||
      !std::equal(array.shape().begin(), array.shape().end(), expected.begin(), expected.end()) ||
      array.data().size() != size * width * sizeof(T)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "column ", name, " is ", v1::DType_Name(array.dtype()), " [",
        absl::StrJoin(array.shape(), ", "), "] in ", array.data().size(), " bytes, expected ",
        v1::DType_Name(kDType<T>), " [", absl::StrJoin(expected, ", "), "]"));
  }
  out->resize(size * width);
  if (!out->empty()) std::memcpy(out->data(), array.data().data(), array.data().size());
  return absl::OkStatus();
}

absl::Status CheckFinite(const std::vector<float>& column, absl::string_view name) {
  for (size_t i = 0; i < column.size(); ++i) {
    if (!std::isfinite(column[i])) {
      return absl::InvalidArgumentError(
          absl::StrCat("column ", name, " holds ", column[i], " at position ", i));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFlags(const std::vector<uint8_t>& column, absl::string_view name) {
  for (uint8_t flag : column) {
    if (flag > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("column ", name, " holds ", flag, ", expected 0 or 1"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

int64_t RowsPerChunk(int obs_dim, int act_dim) {
  const int64_t row_bytes = (2 * obs_dim + act_dim + 1) * sizeof(float) + 2;
  return std::max<int64_t>(1, kChunkBytes / row_bytes);
}

v1::TransitionColumns EncodeTransitions(const TransitionBatch& batch, int64_t first_row,
                                        int64_t end_row) {
  v1::TransitionColumns columns;
  columns.set_size(end_row - first_row);
  EncodeColumn(batch.observation, first_row, end_row, batch.obs_dim, true,
               columns.mutable_observation());
  EncodeColumn(batch.action, first_row, end_row, batch.act_dim, true, columns.mutable_action());
  EncodeColumn(batch.reward, first_row, end_row, 1, false, columns.mutable_reward());
  EncodeColumn(batch.next_observation, first_row, end_row, batch.obs_dim, true,
               columns.mutable_next_observation());
  EncodeColumn(batch.terminated, first_row, end_row, 1, false, columns.mutable_terminated());
  EncodeColumn(batch.truncated, first_row, end_row, 1, false, columns.mutable_truncated());
  return columns;
}

v1::TransitionColumns EncodeTransitions(const TransitionBatch& batch) {
  return EncodeTransitions(batch, 0, batch.size);
}

absl::StatusOr<TransitionBatch> DecodeTransitions(const v1::TransitionColumns& columns, int obs_dim,
                                                  int act_dim) {
  const int64_t size = columns.size();
  // A stated size beyond what one message can hold is refused before anything is allocated.
  if (size < 0 || size > (int64_t{1} << 26)) {
    return absl::InvalidArgumentError(absl::StrCat("transition columns state ", size, " rows"));
  }
  TransitionBatch batch;
  batch.size = size;
  batch.obs_dim = obs_dim;
  batch.act_dim = act_dim;
  RETURN_IF_ERROR(
      DecodeColumn(columns.observation(), "observation", size, obs_dim, true, &batch.observation));
  RETURN_IF_ERROR(DecodeColumn(columns.action(), "action", size, act_dim, true, &batch.action));
  RETURN_IF_ERROR(DecodeColumn(columns.reward(), "reward", size, 1, false, &batch.reward));
  RETURN_IF_ERROR(DecodeColumn(columns.next_observation(), "next_observation", size, obs_dim, true,
                               &batch.next_observation));
  RETURN_IF_ERROR(
      DecodeColumn(columns.terminated(), "terminated", size, 1, false, &batch.terminated));
  RETURN_IF_ERROR(DecodeColumn(columns.truncated(), "truncated", size, 1, false, &batch.truncated));
  RETURN_IF_ERROR(CheckFinite(batch.observation, "observation"));
  RETURN_IF_ERROR(CheckFinite(batch.action, "action"));
  RETURN_IF_ERROR(CheckFinite(batch.reward, "reward"));
  RETURN_IF_ERROR(CheckFinite(batch.next_observation, "next_observation"));
  RETURN_IF_ERROR(CheckFlags(batch.terminated, "terminated"));
  RETURN_IF_ERROR(CheckFlags(batch.truncated, "truncated"));
  return batch;
}

}  // namespace vagram
