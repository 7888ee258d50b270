#ifndef TESTING_EVENTUALLY_H_
#define TESTING_EVENTUALLY_H_

#include <type_traits>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {

// Asks `value()` again until it satisfies `matcher`, for at most `deadline`: for what another
// process or library does and gives no signal of. A failure prints the last value.
//   EXPECT_TRUE(Eventually(absl::Seconds(10), [&] { return server.calls(); }, Ge(3)));
// The deadline is only ever spent by a failing test, so choose it generously.
template <typename F, typename M>
::testing::AssertionResult Eventually(absl::Duration deadline, F value, const M& matcher) {
  using T = std::decay_t<decltype(value())>;
  const ::testing::Matcher<const T&> wanted = ::testing::SafeMatcherCast<const T&>(matcher);
  const absl::Time end = absl::Now() + deadline;
  while (true) {
    const bool last = absl::Now() >= end;
    const T now = value();
    if (wanted.Matches(now)) return ::testing::AssertionSuccess();
    if (last) {
      return ::testing::AssertionFailure()
             << "after " << absl::FormatDuration(deadline) << " the value is still "
             << ::testing::PrintToString(now) << ", expected one that "
             << ::testing::DescribeMatcher<const T&>(wanted);
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
}

// The same for a condition.
template <typename F>
::testing::AssertionResult Eventually(absl::Duration deadline, F condition) {
  return Eventually(deadline, condition, ::testing::IsTrue());
}

}  // namespace vagram

#endif  // TESTING_EVENTUALLY_H_
