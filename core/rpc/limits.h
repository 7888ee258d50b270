#ifndef CORE_RPC_LIMITS_H_
#define CORE_RPC_LIMITS_H_

#include <cstddef>

namespace vagram {

// Largest message either side accepts; bulk data is chunked far below it.
inline constexpr int kMaxMessageBytes = 64 << 20;

// A model server's state travels in chunks of this size, and is no larger than that in all.
inline constexpr size_t kStateChunkBytes = size_t{1} << 20;
inline constexpr size_t kMaxStateBytes = size_t{1} << 30;

// Largest headers or trailers either side accepts: room for an error that names many faults, for
// which gRPC's default of 8 KiB is too little.
inline constexpr int kMaxMetadataBytes = 64 << 10;

}  // namespace vagram

#endif  // CORE_RPC_LIMITS_H_
