#include "orchestrator/resources.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "orchestrator/gang_plan.h"

namespace vagram {
namespace {

constexpr Resource kAll[] = {Resource::kSlots, Resource::kThreads, Resource::kMemory};

int64_t Of(Resource resource, const Resources& amounts) {
  switch (resource) {
    case Resource::kSlots:
      return amounts.slots;
    case Resource::kThreads:
      return amounts.threads;
    default:
      return amounts.memory_mib;
  }
}

bool IsLimited(Resource resource, const Resources& limits) {
  return resource == Resource::kSlots || Of(resource, limits) > 0;
}

}  // namespace

Resources& Resources::operator+=(const Resources& other) {
  slots += other.slots;
  threads += other.threads;
  memory_mib += other.memory_mib;
  return *this;
}

Resources& Resources::operator-=(const Resources& other) {
  slots -= other.slots;
  threads -= other.threads;
  memory_mib -= other.memory_mib;
  return *this;
}

Resources NeedsOf(const v1::TrialConfig& config) {
  const bool take_turns =
      config.schedule().mode().empty() || config.schedule().mode() == "lockstep";
  Resources needs;
  needs.slots = std::max(config.resources().slots(), 1);
  needs.memory_mib = ToMib(config.resources().memory_gib());
  for (const WorkerSlot& worker : PlanGang(config)) {
    const int threads = ThreadsOf(config, worker.role);
    needs.threads =
        take_turns ? std::max<int64_t>(needs.threads, threads) : needs.threads + threads;
  }
  return needs;
}

absl::optional<Resource> Budget::Short(const Resources& needs, const Resources& used) const {
  for (const Resource resource : kAll) {
    if (IsLimited(resource, limits_) && Of(resource, needs) > 0 &&
        Of(resource, needs) > Of(resource, limits_) - Of(resource, used)) {
      return resource;
    }
  }
  return absl::nullopt;
}

bool Budget::SomeLeft(const Resources& needs, const Resources& used) const {
  return std::all_of(std::begin(kAll), std::end(kAll), [&](Resource resource) {
    return !IsLimited(resource, limits_) || Of(resource, needs) == 0 ||
           Of(resource, used) < Of(resource, limits_);
  });
}

double Budget::Share(const Resources& used) const {
  double share = 0;
  for (const Resource resource : kAll) {
    if (!IsLimited(resource, limits_)) continue;
    share = std::max(share, static_cast<double>(Of(resource, used)) /
                                static_cast<double>(Of(resource, limits_)));
  }
  return share;
}

std::string Amount(Resource resource, const Resources& amounts) {
  const std::string number = Number(resource, amounts);
  const char* const plural = number == "1" ? "" : "s";
  switch (resource) {
    case Resource::kSlots:
      return absl::StrCat(number, " slot", plural);
    case Resource::kThreads:
      return absl::StrCat(number, " thread", plural);
    default:
      return absl::StrCat(number, " GiB of memory");
  }
}

std::string Number(Resource resource, const Resources& amounts) {
  return resource == Resource::kMemory ? absl::StrCat(ToGib(amounts.memory_mib))
                                       : absl::StrCat(Of(resource, amounts));
}

std::string Shortage(Resource resource, const Resources& needs, const Resources& used,
                     const Resources& limits) {
  const char* const what = resource == Resource::kSlots     ? "slots"
                           : resource == Resource::kThreads ? "threads"
                                                            : "memory";
  return absl::StrCat(what, ": ", Number(resource, used), " of ", Number(resource, limits),
                      resource == Resource::kMemory ? " GiB" : "", " in use, needs ",
                      Number(resource, needs));
}

std::string KeyOf(Resource resource) {
  switch (resource) {
    case Resource::kSlots:
      return "resources.slots";
    case Resource::kThreads:
      return "resources.threads";
    default:
      return "resources.memory_gib";
  }
}

std::string FlagOf(Resource resource) {
  switch (resource) {
    case Resource::kSlots:
      return "--slots";
    case Resource::kThreads:
      return "--threads";
    default:
      return "--memory_gib";
  }
}

double ToGib(int64_t mib) { return static_cast<double>(mib) / 1024; }

int64_t ToMib(double gib) { return static_cast<int64_t>(std::ceil(gib * 1024)); }

}  // namespace vagram
