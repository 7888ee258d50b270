#ifndef CORE_RENDER_PICTURE_H_
#define CORE_RENDER_PICTURE_H_

#include <cstdint>
#include <vector>

namespace vagram {

// An image: rows from the top, three bytes (red, green, blue) a pixel, without padding.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // [height, width, 3]
};

}  // namespace vagram

#endif  // CORE_RENDER_PICTURE_H_
