#include "core/config/env_spec_from_config.h"

#include "core/base/random.h"

namespace vagram {
namespace {

// The names are those that the experiment file admits.
DistractorSpec::Kind KindOf(const std::string& name) {
  if (name == "reference_2022") return DistractorSpec::Kind::kReference2022;
  if (name == "gaussian") return DistractorSpec::Kind::kGaussian;
  return DistractorSpec::Kind::kPaper;
}

}  // namespace

EnvSpec EnvSpecFromConfig(const v1::TrialConfig& config) {
  const v1::EnvConfig& env = config.env();
  EnvSpec spec;
  spec.id = env.id();
  spec.plugin = env.plugin();
  for (const v1::TaskFile& file : env.task_files()) {
    spec.task_files.push_back({file.path(), file.content()});
  }
  const v1::DistractorsConfig& distractors = env.distractors();
  if (distractors.dims() > 0) {
    spec.distractors = DistractorSpec{
        distractors.dims(), KindOf(distractors.kind()),
        distractors.has_seed() ? static_cast<uint64_t>(distractors.seed())
                               : DeriveSeed(static_cast<uint64_t>(config.seed()), "distractors")};
  }
  return spec;
}

}  // namespace vagram
