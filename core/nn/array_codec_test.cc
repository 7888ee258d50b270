#include "core/nn/array_codec.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(ArrayCodecTest, ReturnsWhatWasEncoded) {
  for (at::ScalarType type : {at::kFloat, at::kDouble, at::kByte, at::kLong}) {
    const at::Tensor tensor = at::arange(24, at::TensorOptions(type)).view({2, 3, 4});
    const at::Tensor decoded = TensorFromArray(ArrayFromTensor(tensor)).value();
    EXPECT_EQ(decoded.scalar_type(), type);
    EXPECT_TRUE(at::equal(decoded, tensor));
  }
}

TEST(ArrayCodecTest, WritesRowMajorLittleEndianBytes) {
  const at::Tensor columns = at::tensor(at::ArrayRef<int64_t>({1, 2, 258, 4})).view({2, 2}).t();
  const v1::Array array = ArrayFromTensor(columns);
  EXPECT_EQ(array.dtype(), v1::INT64);
  EXPECT_THAT(array.shape(), ::testing::ElementsAre(2, 2));
  ASSERT_EQ(array.data().size(), 32u);
  EXPECT_EQ(array.data().substr(8, 3), std::string("\x02\x01\x00", 3));
}

TEST(ArrayCodecTest, KeepsEmptyAndScalarArrays) {
  EXPECT_EQ(TensorFromArray(ArrayFromTensor(at::zeros({0, 5}))).value().sizes(),
            at::IntArrayRef({0, 5}));
  EXPECT_EQ(TensorFromArray(ArrayFromTensor(at::full({}, 3.5))).value().item<double>(), 3.5);
}

TEST(ArrayCodecTest, RefusesDataOfTheWrongSize) {
  v1::Array array = ArrayFromTensor(at::zeros({2, 3}));
  array.mutable_data()->pop_back();
  EXPECT_THAT(TensorFromArray(array).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("24 bytes of data, got 23")));
}

TEST(ArrayCodecTest, RefusesImpossibleShapes) {
  v1::Array array;
  array.set_dtype(v1::FLOAT32);
  array.add_shape(-1);
  EXPECT_THAT(TensorFromArray(array).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  // The product of the sizes wraps around to zero.
  array.set_shape(0, int64_t{1} << 32);
  array.add_shape(int64_t{1} << 32);
  EXPECT_THAT(TensorFromArray(array).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  array.add_shape(0);
  EXPECT_THAT(TensorFromArray(array).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::Array deep = ArrayFromTensor(at::zeros({1}));
  for (int i = 0; i < 100; ++i) deep.add_shape(1);
  EXPECT_THAT(TensorFromArray(deep).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("101 dimensions")));
}

TEST(ArrayCodecTest, RefusesAnUnknownType) {
  v1::Array array = ArrayFromTensor(at::zeros({1}));
  array.set_dtype(v1::DTYPE_UNSPECIFIED);
  EXPECT_THAT(TensorFromArray(array).status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ArrayCodecTest, ChecksTheExpectedTypeAndShape) {
  const v1::Array array = ArrayFromTensor(at::zeros({2, 3}));
  EXPECT_TRUE(TensorFromArray(array, v1::FLOAT32, {-1, 3}, "states").ok());
  EXPECT_THAT(TensorFromArray(array, v1::FLOAT32, {-1, 4}, "states").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("states is FLOAT32 [2, 3], expected FLOAT32 [-1, 4]")));
  EXPECT_THAT(TensorFromArray(array, v1::FLOAT64, {-1, 3}, "states").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(TensorFromArray(array, v1::FLOAT32, {6}, "states").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram
