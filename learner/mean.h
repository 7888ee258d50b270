#ifndef LEARNER_MEAN_H_
#define LEARNER_MEAN_H_

#include <google/protobuf/repeated_field.h>

namespace vagram {

inline double Mean(const google::protobuf::RepeatedField<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum / values.size();
}

}  // namespace vagram

#endif  // LEARNER_MEAN_H_
