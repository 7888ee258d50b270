#include "core/dynamics/ensemble_codec.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

Ensemble::Options SmallOptions() {
  Ensemble::Options options;
  options.obs_dim = 3;
  options.act_dim = 2;
  options.members = 4;
  options.hidden_sizes = {8};
  options.probabilistic = true;
  return options;
}

TEST(EnsembleCodecTest, WhatArrivesPredictsTheSameBits) {
  const std::unique_ptr<Ensemble> sent = Ensemble::Create(SmallOptions(), 1).value();
  sent->normalizer().Set(at::full({5}, 0.5, at::kFloat), at::full({5}, 2.0, at::kFloat));
  sent->SetElites({2, 0});
  const std::unique_ptr<Ensemble> received = Ensemble::Create(SmallOptions(), 2).value();
  const v1::GetModelResponse model = EncodeEnsemble(*sent, 7);
  EXPECT_EQ(model.parameters().version(), 7);
  ASSERT_THAT(DecodeEnsemble(model, received.get()), IsOk());

  const at::Tensor states = at::full({6, 3}, 0.3, at::kFloat);
  const at::Tensor actions = at::full({6, 2}, -0.2, at::kFloat);
  const Prediction expected = sent->Predict(states, actions);
  const Prediction actual = received->Predict(states, actions);
  EXPECT_TRUE(at::equal(actual.next_state, expected.next_state));
  EXPECT_TRUE(at::equal(actual.reward, expected.reward));
  EXPECT_TRUE(at::equal(actual.log_variance, expected.log_variance));
  EXPECT_EQ(received->elites(), sent->elites());
}

TEST(EnsembleCodecTest, RefusesAnotherEnsembleAndElitesThatAreNoMembers) {
  const std::unique_ptr<Ensemble> ensemble = Ensemble::Create(SmallOptions(), 1).value();
  Ensemble::Options larger = SmallOptions();
  larger.hidden_sizes = {9};
  const std::unique_ptr<Ensemble> other = Ensemble::Create(larger, 1).value();
  EXPECT_THAT(DecodeEnsemble(EncodeEnsemble(*ensemble, 1), other.get()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  v1::GetModelResponse model = EncodeEnsemble(*ensemble, 1);
  model.add_elites(4);
  EXPECT_THAT(DecodeEnsemble(model, ensemble.get()), StatusIs(absl::StatusCode::kInvalidArgument));
  model.clear_elites();
  EXPECT_THAT(DecodeEnsemble(model, ensemble.get()), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(EnsembleCodecTest, CopiesOfSomeMembersPredictWhatTheMembersDo) {
  const std::unique_ptr<Ensemble> ensemble = Ensemble::Create(SmallOptions(), 1).value();
  const std::unique_ptr<Ensemble> copy = ensemble->CopyMembers({3, 1}, at::Device(at::kCPU));
  const at::Tensor states = at::full({6, 3}, 0.3, at::kFloat);
  const at::Tensor actions = at::full({6, 2}, -0.2, at::kFloat);
  const Prediction all = ensemble->Predict(states, actions);
  const Prediction some = copy->Predict(states, actions);
  EXPECT_TRUE(at::equal(some.next_state[0], all.next_state[3]));
  EXPECT_TRUE(at::equal(some.reward[1], all.reward[1]));
  EXPECT_TRUE(at::equal(some.log_variance[1], all.log_variance[1]));
}

}  // namespace
}  // namespace vagram
