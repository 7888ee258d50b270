#ifndef CORE_RENDER_FRAME_RATE_H_
#define CORE_RENDER_FRAME_RATE_H_

namespace vagram {

// How steps become frames so that a clip runs in real time, at 30 to 60 frames a second: a state is
// shown every `steps_per_frame` steps, as `frames_per_state` equal frames. One of the two is 1.
struct FrameRate {
  int steps_per_frame = 1;
  int frames_per_state = 1;
  double per_second = 30;  // frames
};

// For steps of `dt_seconds` > 0.
FrameRate RealTimeFrameRate(double dt_seconds);

}  // namespace vagram

#endif  // CORE_RENDER_FRAME_RATE_H_
