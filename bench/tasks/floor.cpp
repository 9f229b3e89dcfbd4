// The machine's floor under every round trip between two threads: one mutex, one condition variable each way.
// Argument: round trips; prints nanoseconds for one.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

int main(int, char** arguments) {
  const int trips = std::atoi(arguments[1]);
  std::mutex mutex;
  std::condition_variable there;
  std::condition_variable back;
  int sent = 0;
  int answered = 0;
  std::thread other([&] {
    std::unique_lock lock(mutex);
    while (answered < trips) {
      there.wait(lock, [&] { return sent > answered; });
      answered++;
      back.notify_one();
    }
  });
  const auto start = std::chrono::steady_clock::now();
  {
    std::unique_lock lock(mutex);
    for (int trip = 1; trip <= trips; trip++) {
      sent = trip;
      there.notify_one();
      back.wait(lock, [&] { return answered == trip; });
    }
  }
  const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
  other.join();
  std::printf("%f\n", time.count() / trips);
}
