#include "core/metrics/npy.h"

#include <cstring>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::StartsWith;

// What numpy's reader does: magic, version, length of the header, header, data.
struct ReadBack {
  std::string header;
  std::vector<double> values;
};

ReadBack Read(const std::string& bytes) {
  EXPECT_THAT(bytes, StartsWith(std::string("\x93NUMPY\x01\x00", 8)));
  const size_t size = static_cast<uint8_t>(bytes[8]) + 256 * static_cast<uint8_t>(bytes[9]);
  EXPECT_EQ((10 + size) % 64, 0u) << "data are aligned";
  ReadBack read;
  read.header = bytes.substr(10, size);
  read.values.resize((bytes.size() - 10 - size) / 8);
  std::memcpy(read.values.data(), bytes.data() + 10 + size, 8 * read.values.size());
  return read;
}

TEST(Npy, DescribesAMatrixAndHoldsItRowByRow) {
  const ReadBack read = Read(NpyBytes({2, 3}, {1, 2.5, -3, 4, 5e-324, 6}));
  EXPECT_THAT(read.header,
              StartsWith("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"));
  EXPECT_EQ(read.header.back(), '\n');
  EXPECT_THAT(read.values, ::testing::ElementsAre(1, 2.5, -3, 4, 5e-324, 6));
}

TEST(Npy, WritesTheShapesThatPythonReads) {
  EXPECT_THAT(Read(NpyBytes({2}, {1, 2})).header, ::testing::HasSubstr("'shape': (2,), }"));
  EXPECT_THAT(Read(NpyBytes({}, {1})).header, ::testing::HasSubstr("'shape': (), }"));
  EXPECT_THAT(Read(NpyBytes({0, 4}, {})).header, ::testing::HasSubstr("'shape': (0, 4), }"));
  EXPECT_THAT(Read(NpyBytes({0, 4}, {})).values, ::testing::IsEmpty());
}

TEST(Npy, KeepsNanAndInfinity) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(Read(NpyBytes({2}, {nan, -infinity})).values,
              ::testing::ElementsAre(::testing::IsNan(), -infinity));
}

}  // namespace
}  // namespace vagram
