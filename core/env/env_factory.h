#ifndef CORE_ENV_ENV_FACTORY_H_
#define CORE_ENV_ENV_FACTORY_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "core/env/env.h"
#include "core/env/env_spec.h"
#include "core/env/task.h"

namespace vagram {

// Makes copies of one environment. What copies share (the compiled model, a plug-in's code, the
// distractors' dynamics) is made once, so that a copy is cheap. Thread-safe.
//
//   auto factory = *EnvFactory::Create(spec);
//   std::unique_ptr<Env> env = *factory.Make();
class EnvFactory {
 public:
  //   NOT_FOUND: no such task; names the nearest.   INVALID_ARGUMENT: a spec that makes no sense;
  //   names the file and line where there is one.
  static absl::StatusOr<EnvFactory> Create(const EnvSpec& spec);

  // Of every copy. Valid as long as the factory.
  const Task& task() const { return *task_; }

  // Another copy.   INTERNAL: the engine could not be brought up.
  absl::StatusOr<std::unique_ptr<Env>> Make() const { return make_(); }

 private:
  using Maker = std::function<absl::StatusOr<std::unique_ptr<Env>>()>;

  EnvFactory(std::shared_ptr<const Task> task, Maker make)
      : task_(std::move(task)), make_(std::move(make)) {}

  std::shared_ptr<const Task> task_;
  Maker make_;
};

}  // namespace vagram

#endif  // CORE_ENV_ENV_FACTORY_H_
