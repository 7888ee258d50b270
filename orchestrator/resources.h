#ifndef ORCHESTRATOR_RESOURCES_H_
#define ORCHESTRATOR_RESOURCES_H_

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "proto/spec.pb.h"

namespace vagram {

// What trials take of a service's budget, or the budget itself.
struct Resources {
  int64_t slots = 0;
  int64_t threads = 0;     // compute threads that are busy at the same time
  int64_t memory_mib = 0;  // of all processes together

  Resources& operator+=(const Resources& other);
  Resources& operator-=(const Resources& other);
};

enum class Resource { kSlots, kThreads, kMemory };

// What one trial takes. In lockstep its roles take turns, so that the widest of them counts; in the
// other modes all work at the same time.
Resources NeedsOf(const v1::TrialConfig& config);

// A limit on every resource; 0 threads or memory: no limit on these.
class Budget {
 public:
  explicit Budget(const Resources& limits) : limits_(limits) {}

  const Resources& limits() const { return limits_; }

  // The first resource of which too little is left beside what is `used`; nullopt: it fits.
  absl::optional<Resource> Short(const Resources& needs, const Resources& used) const;

  // Whether some of everything that is needed is left.
  bool SomeLeft(const Resources& needs, const Resources& used) const;

  // The largest part of a limited resource that is used, 0 to 1: the dominant share of Ghodsi et
  // al. 2011, "Dominant Resource Fairness".
  double Share(const Resources& used) const;

 private:
  const Resources limits_;
};

// "4 slots", "1 thread", "2.5 GiB of memory"; the number alone.
std::string Amount(Resource resource, const Resources& amounts);
std::string Number(Resource resource, const Resources& amounts);
// What somebody waits for: "memory: 3 of 4 GiB in use, needs 2".
std::string Shortage(Resource resource, const Resources& needs, const Resources& used,
                     const Resources& limits);
// How an experiment file and `vagram up` call it: "resources.slots", "--slots".
std::string KeyOf(Resource resource);
std::string FlagOf(Resource resource);

double ToGib(int64_t mib);
int64_t ToMib(double gib);  // rounded up

}  // namespace vagram

#endif  // ORCHESTRATOR_RESOURCES_H_
