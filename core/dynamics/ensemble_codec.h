#ifndef CORE_DYNAMICS_ENSEMBLE_CODEC_H_
#define CORE_DYNAMICS_ENSEMBLE_CODEC_H_

#include <cstdint>

#include "absl/status/status.h"
#include "core/dynamics/ensemble.h"
#include "proto/model_server.pb.h"

namespace vagram {

// A trained ensemble on the wire: everything that predictions and the choice of elites depend on.
v1::GetModelResponse EncodeEnsemble(const Ensemble& ensemble, int64_t version);

// Gives `ensemble`, made with the options of the one that was encoded, its parameters, normalizer
// and elites.   INVALID_ARGUMENT: another size, or elites that are no members; nothing is changed.
absl::Status DecodeEnsemble(const v1::GetModelResponse& model, Ensemble* ensemble);

}  // namespace vagram

#endif  // CORE_DYNAMICS_ENSEMBLE_CODEC_H_
