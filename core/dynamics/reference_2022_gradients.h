#ifndef CORE_DYNAMICS_REFERENCE_2022_GRADIENTS_H_
#define CORE_DYNAMICS_REFERENCE_2022_GRADIENTS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/base/random.h"

namespace vagram {

// Which value gradients the published code of Voelcker 2022 weighs which transitions with during
// one training (pairlab/vagram: VAMLMLP._vaml_loss, BootstrapIterator, ModelTrainer.evaluate).
// Every member has its own bootstrap sample of the training transitions, drawn once with
// replacement; an epoch goes through the *positions* of these samples in one order for all members,
// and gradients are cached by position, from member 0:
// - A training batch whose positions are all known takes the cached gradients, for every member;
//   else every member's transitions have their own, and member 0's are cached. So from the second
//   epoch on, members 1 and up weigh their transitions with the gradients of member 0's.
// - A held-out batch marks its positions as known in the *training* cache, without filling it, and
//   reads that cache when they are. So only the first score, before the first epoch, is taken with
//   the held-out transitions' own gradients; later ones use those of unrelated transitions.
// Not thread-safe.
class Reference2022Gradients {
 public:
  // train_rows: rows of the set [N], int64. value_functions, obs_dim: as the gradients have them.
  Reference2022Gradients(const at::Tensor& train_rows, int64_t members, int64_t num_holdout,
                         int64_t value_functions, int64_t obs_dim, Rng& rng);

  // The rows of the set in the order of a new epoch, per member: [members, N].
  at::Tensor NextEpoch(Rng& rng);

  // What the batch of the present epoch's places [begin, begin + rows) is weighed with; `own`
  // [J, members, rows, n] are its transitions' own. Returns `own`, or [J, rows, n] of the cache.
  at::Tensor OfBatch(int64_t begin, const at::Tensor& own);

  // The same of the held-out transitions [begin, begin + rows); `own`: [J, rows, n].
  at::Tensor OfHoldout(int64_t begin, const at::Tensor& own);

 private:
  bool AllKnown(const at::Tensor& positions) const;

  at::Tensor samples_;    // [members, N], rows of the set by position
  at::Tensor order_;      // [N], positions of the present epoch
  at::Tensor gradients_;  // [J, max(N, num_holdout), n], zero until filled
  at::Tensor known_;      // [max(N, num_holdout)], bool
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_REFERENCE_2022_GRADIENTS_H_
