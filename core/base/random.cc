#include "core/base/random.h"

#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

uint64_t SplitMix64(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t RotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

constexpr size_t kSavedSize = 4 * sizeof(uint64_t) + sizeof(double) + 1;

}  // namespace

uint64_t DeriveSeed(uint64_t seed, absl::string_view purpose, uint64_t index) {
  // FNV-1a over the purpose, then SplitMix64 rounds over all three, so that neighbouring seeds
  // and indices part in every bit.
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : purpose) hash = (hash ^ c) * 0x100000001b3;
  uint64_t state = seed;
  state = SplitMix64(state) ^ hash;
  state = SplitMix64(state) ^ index;
  return SplitMix64(state);
}

Rng::Rng(uint64_t seed) {
  for (uint64_t& word : state_) word = SplitMix64(seed);
}

uint64_t Rng::Next() {
  const uint64_t result = RotateLeft(state_[0] + state_[3], 23) + state_[0];
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

double Rng::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

uint64_t Rng::Below(uint64_t bound) {
  // Lemire's multiply-and-reject.
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(Next()) * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t threshold = -bound % bound;
    while (static_cast<uint64_t>(product) < threshold) product = static_cast<Wide>(Next()) * bound;
  }
  return static_cast<uint64_t>(product >> 64);
}

double Rng::Normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  double u, v, s;
  do {
    u = Uniform(-1, 1);
    v = Uniform(-1, 1);
    s = u * u + v * v;
  } while (s >= 1 || s == 0);
  const double scale = std::sqrt(-2 * std::log(s) / s);
  spare_normal_ = v * scale;
  has_spare_normal_ = true;
  return u * scale;
}

void Rng::FillNormal(absl::Span<float> out) {
  for (float& x : out) x = static_cast<float>(Normal());
}

void Rng::FillNormal(absl::Span<double> out) {
  for (double& x : out) x = Normal();
}

void Rng::FillPermutation(absl::Span<int64_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t j = Below(i + 1);
    out[i] = out[j];
    out[j] = static_cast<int64_t>(i);
  }
}

std::string Rng::Save() const {
  std::string bytes(kSavedSize, '\0');
  std::memcpy(bytes.data(), state_.data(), 4 * sizeof(uint64_t));
  std::memcpy(bytes.data() + 4 * sizeof(uint64_t), &spare_normal_, sizeof(double));
  bytes.back() = has_spare_normal_ ? 1 : 0;
  return bytes;
}

absl::Status Rng::Restore(absl::string_view bytes) {
  if (bytes.size() != kSavedSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("generator state has ", bytes.size(), " bytes, expected ", kSavedSize));
  }
  std::memcpy(state_.data(), bytes.data(), 4 * sizeof(uint64_t));
  std::memcpy(&spare_normal_, bytes.data() + 4 * sizeof(uint64_t), sizeof(double));
  has_spare_normal_ = bytes.back() != 0;
  return absl::OkStatus();
}

}  // namespace vagram
