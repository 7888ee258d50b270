#ifndef CORE_WIRE_TRANSITION_CODEC_H_
#define CORE_WIRE_TRANSITION_CODEC_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/replay/transition_batch.h"
#include "proto/types.pb.h"

namespace vagram {

// Rows that fit one stream message near 1 MiB.
int64_t RowsPerChunk(int obs_dim, int act_dim);

// Rows [first_row, end_row) as columns for the wire.
v1::TransitionColumns EncodeTransitions(const TransitionBatch& batch, int64_t first_row,
                                        int64_t end_row);
v1::TransitionColumns EncodeTransitions(const TransitionBatch& batch);

// Back again.   INVALID_ARGUMENT: a column's type, shape or length does not fit obs_dim, act_dim
// and the stated size; a flag that is neither 0 nor 1; a value that is not finite.
absl::StatusOr<TransitionBatch> DecodeTransitions(const v1::TransitionColumns& columns, int obs_dim,
                                                  int act_dim);

}  // namespace vagram

#endif  // CORE_WIRE_TRANSITION_CODEC_H_
