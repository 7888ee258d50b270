// How the published code of Voelcker 2022 gets its value gradients while it trains, each behaviour
// beside what `vagram` does.
#include "core/dynamics/reference_2022_gradients.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/dynamics/model_training.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

constexpr int64_t kMembers = 3, kRows = 40, kHoldout = 10, kFunctions = 2, kObsDim = 2;

// What transition i has: value function j, dimension d.
at::Tensor GradientsOfRows(const at::Tensor& rows) {
  std::vector<at::Tensor> functions;
  for (int64_t j = 0; j < kFunctions; ++j) {
    functions.push_back(at::stack({rows + 1000 * (j + 1), -rows}, -1).to(at::kFloat));
  }
  return at::stack(functions);  // [J, (members,) rows, n]
}

class Reference2022GradientsTest : public testing::Test {
 protected:
  // A whole epoch in batches of 8; per batch the rows and what they were weighed with.
  struct Batch {
    at::Tensor rows, own, used;
  };
  std::vector<Batch> Epoch() {
    const at::Tensor order = gradients_.NextEpoch(rng_);
    std::vector<Batch> batches;
    for (int64_t begin = 0; begin < kRows; begin += 8) {
      const at::Tensor rows = order.narrow(1, begin, 8);
      const at::Tensor own = GradientsOfRows(rows);
      batches.push_back({rows, own, gradients_.OfBatch(begin, own)});
    }
    return batches;
  }

  const at::Tensor train_rows_ = at::arange(100, 100 + kRows, at::kLong);
  const at::Tensor holdout_rows_ = at::arange(0, kHoldout, at::kLong);
  Rng rng_{3};
  Reference2022Gradients gradients_{train_rows_, kMembers, kHoldout, kFunctions, kObsDim, rng_};
};

TEST_F(Reference2022GradientsTest, EveryMemberHasABootstrapSampleOfItsOwn) {
  const at::Tensor first = gradients_.NextEpoch(rng_), second = gradients_.NextEpoch(rng_);
  EXPECT_FALSE(at::equal(first, second));
  for (int64_t k = 0; k < kMembers; ++k) {
    const auto sorted = [&](const at::Tensor& epoch) { return std::get<0>(epoch[k].sort()); };
    EXPECT_TRUE(at::equal(sorted(first), sorted(second))) << "drawn once per training";
    EXPECT_FALSE(at::equal(sorted(first), train_rows_)) << "with replacement";
    EXPECT_GE(first[k].min().item<int64_t>(), 100);
    EXPECT_LT(first[k].max().item<int64_t>(), 100 + kRows);
  }
  EXPECT_FALSE(at::equal(std::get<0>(first[0].sort()), std::get<0>(first[1].sort())));
}

TEST_F(Reference2022GradientsTest, InTheFirstEpochTransitionsHaveTheirOwnGradients) {
  for (const Batch& batch : Epoch()) EXPECT_TRUE(at::equal(batch.used, batch.own));
}

TEST_F(Reference2022GradientsTest, FromTheSecondEpochOnAllMembersHaveThoseOfMemberZero) {
  Epoch();
  for (const Batch& batch : Epoch()) {
    ASSERT_EQ(batch.used.sizes(), at::IntArrayRef({kFunctions, 8, kObsDim}));
    EXPECT_TRUE(at::equal(batch.used, GradientsOfRows(batch.rows[0])));
    EXPECT_FALSE(at::equal(batch.used, GradientsOfRows(batch.rows[1])));
  }
}

TEST_F(Reference2022GradientsTest, OnlyTheFirstScoreHasTheHeldOutGradients) {
  const at::Tensor own = GradientsOfRows(holdout_rows_);
  EXPECT_TRUE(at::equal(gradients_.OfHoldout(0, own), own));
  Epoch();
  const at::Tensor later = gradients_.OfHoldout(0, own);
  // Those of member 0's training transitions at the positions 0, 1, ...
  EXPECT_TRUE(later.select(0, 0).select(1, 0).ge(1100).all().item<bool>());
  Epoch();
  EXPECT_TRUE(at::equal(gradients_.OfHoldout(0, own), later));
}

TEST_F(Reference2022GradientsTest, ABatchOfHeldOutPositionsIsWeighedWithNothing) {
  gradients_.OfHoldout(0, GradientsOfRows(holdout_rows_));
  const at::Tensor order = gradients_.NextEpoch(rng_);
  // Batches of one: a quarter of the positions are those that the score has marked as known.
  int64_t zeros = 0;
  for (int64_t begin = 0; begin < kRows; ++begin) {
    const at::Tensor own = GradientsOfRows(order.narrow(1, begin, 1));
    if (!gradients_.OfBatch(begin, own).any().item<bool>()) ++zeros;
  }
  EXPECT_EQ(zeros, kHoldout);
}

// A model without inputs that matter: s' - s is drawn, not a function of s and a.
TrainingSet Noise() {
  Rng rng(5);
  const auto draw = [&](at::IntArrayRef sizes) {
    at::Tensor out = at::empty(sizes, at::kFloat);
    rng.FillNormal(absl::MakeSpan(out.data_ptr<float>(), out.numel()));
    return out;
  };
  TrainingSet set;
  set.states = draw({60, kObsDim});
  set.actions = draw({60, 1});
  set.next_states = set.states + draw({60, kObsDim});
  set.rewards = at::zeros({60, 1});
  // The same everywhere, so that it does not matter whose they are.
  set.value_gradients = at::ones({kFunctions, 60, kObsDim});
  return set;
}

struct Trained {
  at::Tensor before, after;
  TrainingResult result;
};
Trained Train(const std::string& loss, double learning_rate) {
  Ensemble::Options ensemble_options;
  ensemble_options.obs_dim = kObsDim;
  ensemble_options.act_dim = 1;
  ensemble_options.members = kMembers;
  ensemble_options.hidden_sizes = {8};
  const auto ensemble = Ensemble::Create(ensemble_options, 1).value();
  ModelTraining::Options options;
  options.loss = loss;
  options.elites = 2;
  options.learning_rate = learning_rate;
  options.patience = 3;
  options.batch_size = 16;
  Trained trained;
  trained.before = ensemble->parameters().clone();
  trained.result =
      ModelTraining::Create(options, ensemble.get()).value()->Train(Noise(), 1, nullptr).value();
  trained.after = ensemble->parameters();
  return trained;
}

TEST(Reference2022TrainingTest, TheScoreBeforeTheFirstEpochIsOneToBeat) {
  // Steps so small that no score differs from the last by a hundredth: for `vagram` the first
  // epoch's is an improvement on none, here it is not.
  EXPECT_EQ(Train("vagram", 1e-9).result.epochs, 1 + 3);
  EXPECT_EQ(Train("vagram_reference_2022", 1e-9).result.epochs, 3);
}

TEST(Reference2022TrainingTest, AModelThatNeverImprovesStaysAsTheLastEpochLeftIt) {
  const Trained reference = Train("vagram_reference_2022", 1e-9);
  EXPECT_FALSE(at::equal(reference.after, reference.before));
  EXPECT_TRUE(at::allclose(reference.after, reference.before, 0, 1e-6));
}

TEST(Reference2022TrainingTest, TheSameSeedGivesTheSameBits) {
  EXPECT_TRUE(at::equal(Train("vagram_reference_2022", 1e-2).after,
                        Train("vagram_reference_2022", 1e-2).after));
}

}  // namespace
}  // namespace vagram
