// A library that holds no tasks.
extern "C" int Answer() { return 42; }
