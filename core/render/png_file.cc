#include "core/render/png_file.h"

#include <png.h>

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace vagram {

absl::Status WritePng(const std::string& path, const Picture& picture) {
  const size_t expected = size_t{3} * picture.width * picture.height;
  if (picture.width < 1 || picture.height < 1 || picture.rgb.size() != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("a picture of ", picture.width, " x ", picture.height, " pixels has ",
                     picture.rgb.size(), " bytes, expected ", expected));
  }
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = picture.width;
  image.height = picture.height;
  image.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, path.c_str(), /*convert_to_8bit=*/0, picture.rgb.data(),
                              /*row_stride=*/0, /*colormap=*/nullptr) == 0) {
    return absl::FailedPreconditionError(absl::StrCat("cannot write ", path, ": ", image.message));
  }
  return absl::OkStatus();
}

absl::StatusOr<Picture> ReadPng(const std::string& path) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  Picture picture;
  if (png_image_begin_read_from_file(&image, path.c_str()) != 0) {
    image.format = PNG_FORMAT_RGB;
    picture.width = static_cast<int>(image.width);
    picture.height = static_cast<int>(image.height);
    picture.rgb.resize(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, /*background=*/nullptr, picture.rgb.data(),
                              /*row_stride=*/0, /*colormap=*/nullptr) != 0) {
      return picture;
    }
  }
  png_image_free(&image);
  return absl::FailedPreconditionError(absl::StrCat("cannot read ", path, ": ", image.message));
}

}  // namespace vagram
