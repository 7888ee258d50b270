// Tasks from shared libraries: the one header that a library with tasks includes.
// docs/plugins.md is the guide, examples/plugin/lander.cc a complete example.
//
// It needs C++11 and no other file. The interface is plain numbers, pointers and one class with
// virtual functions, and stands or falls with kInterfaceVersion: a library and a VaGraM with the
// same number work together, whichever compilers of the platform built them.
//
//   class Lander : public vagram::plugin::Simulation { ... };
//
//   const vagram::plugin::Library* VagramPlugin() {
//     static const vagram::plugin::Task tasks[] = {DescribeLander()};
//     static const vagram::plugin::Library library(tasks);
//     return &library;
//   }
//
// Ownership. Task and Library, and all that they point to, belong to the library and stay as they
// are until the process ends; the library is never unloaded. A simulation belongs to VaGraM, which
// deletes it. All other pointers are good for the call that they are passed to.
//
// Threads. A simulation is used by one thread at a time, not always the same. Different ones, and
// the functions of a Task, are used by several threads at once: share only what does not change.
//
// Failures. An Error is null, or says what went wrong, for people; its text stays as it is until
// the next call of the same function. Exceptions must not leave the library. One that leaves a
// function of Simulation, or make, is taken for a failure where both sides use the same C++
// runtime; any other ends the process.
//
// Repeatability. Whatever a simulation does follows from the seed of its last Reset and the actions
// since, or from the state given to its last Restore and the actions since: not from the clock,
// from addresses, from other simulations, or from what it did before.

#ifndef CORE_ENV_PLUGIN_TASK_PLUGIN_H_
#define CORE_ENV_PLUGIN_TASK_PLUGIN_H_

#include <stddef.h>
#include <stdint.h>

namespace vagram {
namespace plugin {

// Raised with every change to what follows.
static const uint32_t kInterfaceVersion = 1;

typedef const char* Error;

// One copy of a task, stepped one control interval at a time. The first call is always Reset.
class Simulation {
 public:
  virtual ~Simulation() {}

  // Begins an episode from the start distribution, all of whose randomness comes from `seed`. It is
  // one draw of VaGraM's generator, so that the library can use any generator of its own and the
  // draws that others make do not depend on how many it needs.
  virtual Error Reset(uint64_t seed) = 0;

  // Applies `action` [act_dim], finite but not held to the bounds. `reward` must be finite. After a
  // step that terminated, there is a Reset or Restore, or the simulation goes on as best it can.
  virtual Error Step(const double* action, double* reward, bool* terminated) = 0;

  // Writes the observation [obs_dim] of the present state, finite as float32.
  virtual void Observe(double* observation) const = 0;

  // Writes everything that the future depends on, generators included, into `state`
  // [Task::state_size, not aligned], and takes it back, also in another process. The restored copy
  // continues bit for bit. Equal states are written as equal bytes. Restore may refuse bytes that
  // make no sense; the present state is then unchanged.
  virtual void Save(unsigned char* state) const = 0;
  virtual Error Restore(const unsigned char* state) = 0;
};

// Consecutive entries of an observation that mean the same kind of thing.
struct ObservationPart {
  int32_t size;
  const char* meaning;
  const char* unit;  // "": a number without one
};

// What is known of a task without simulating it. Everything is required unless it says otherwise.
struct Task {
  const char* id = nullptr;  // letters, digits, '.', '_' and '-'
  int32_t obs_dim = 0;
  int32_t act_dim = 0;
  const double* act_low = nullptr;   // [act_dim]
  const double* act_high = nullptr;  // [act_dim], above act_low
  int32_t max_episode_steps = 0;     // default time limit
  double dt_seconds = 0;             // simulated time per step
  size_t state_size = 0;             // bytes that Simulation::Save writes

  // For people. The parts' sizes add up to obs_dim.
  int32_t num_parts = 0;
  const ObservationPart* observation = nullptr;  // [num_parts]
  const char* reward = nullptr;
  const char* termination = nullptr;  // "never" if only the time limit ends an episode

  // Whether a state ends the episode, by its observation [obs_dim] alone; agrees with Step. The
  // model's imagined rollouts end by it.
  bool (*terminated)(const float* observation) = nullptr;

  // Optional: the reward of a step by what is observed before and after it and the action
  // [act_dim], to float32's precision. Null if the observation does not tell it. Is asked about
  // predicted observations too, which may lie a little beside what the simulation can give: where
  // it is not finite, the imagined step is left out.
  double (*observed_reward)(const float* observation, const float* action,
                            const float* next_observation) = nullptr;

  // A new simulation, made with new; null after a failure, which `error` then tells.
  Simulation* (*make)(Error* error) = nullptr;
};

// The tasks of a shared library.
struct Library {
  template <size_t kNumTasks>
  explicit Library(const Task (&all)[kNumTasks])
      : interface_version(kInterfaceVersion), num_tasks(kNumTasks), tasks(all) {}

  uint32_t interface_version;  // stays at this place in every version
  uint32_t num_tasks;
  const Task* tasks;  // [num_tasks], no two with the same id
};

// A generator for simulations that have none of their own: SplitMix64 (Steele, Lea and Flood,
// 2014), the same on every machine. Its one number is its whole state, to be saved with the
// simulation's.
struct Random {
  uint64_t state;

  uint64_t Next() {
    state += 0x9e3779b97f4a7c15u;
    uint64_t bits = state;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
  }

  // Uniform in [low, high).
  double Uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(Next() >> 11) / 9007199254740992.0);
  }
};

}  // namespace plugin
}  // namespace vagram

// The function that a library defines, once, to hand out its tasks.
extern "C" __attribute__((visibility("default"))) const vagram::plugin::Library* VagramPlugin();

#endif  // CORE_ENV_PLUGIN_TASK_PLUGIN_H_
