#ifndef CORE_ENV_ENV_SPEC_H_
#define CORE_ENV_ENV_SPEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vagram {

// A file of a user's task, carried whole: a trial must not depend on what becomes of the original.
struct TaskFile {
  std::string path;  // relative to the folder of the task's YAML file
  std::string content;
};

// Numbers appended to the observation that have nothing to do with the task.
struct DistractorSpec {
  enum class Kind { kPaper, kReference2022, kGaussian };
  int dims = 0;
  Kind kind = Kind::kPaper;
  uint64_t seed = 0;  // of the dynamics, which all copies of the environment share
};

// Which environment: exactly what decides how it behaves, so that two processes that are given
// equal specs simulate the same thing.
struct EnvSpec {
  // A task of the catalogue, or the one of that name in `plugin`. Empty for a user's YAML task.
  std::string id;

  std::vector<TaskFile> task_files;  // a user's task: its YAML file, then the files it names
  std::string plugin;                // path of a shared library
  std::optional<DistractorSpec> distractors;
};

}  // namespace vagram

#endif  // CORE_ENV_ENV_SPEC_H_
