#ifndef CORE_BASE_VERSION_H_
#define CORE_BASE_VERSION_H_

namespace vagram {

// The project's version, of every binary: semantic versioning.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace vagram

#endif  // CORE_BASE_VERSION_H_
