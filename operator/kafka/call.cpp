#include "kafka/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "kafka/errors.h"

namespace kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long after the first connection failure the others of the list have to come up. (2.14 has an
// error for "all brokers are down", but does not raise it for a list of one.)
constexpr milliseconds kGraceAfterFailure{1500};
// How late a connection failure may be noticed.
constexpr milliseconds kPollSlice{50};
// The deadline is ours, outside: the library's own timeouts raced into crashes and leaks (2.14).
constexpr int kLibraryTimeoutMs = 3'600'000;

Options options_for(rd_kafka_t* handle, const Request& request, std::size_t index) {
  std::array<char, 256> text{};
  Options options(rd_kafka_AdminOptions_new(handle, request.kind));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kLibraryTimeoutMs, text.data(),
                                            text.size());
  rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(index));
  if (request.kind == RD_KAFKA_ADMIN_OP_LISTOFFSETS) {
    // Said, not left to the default: the end of a log is the high watermark, as for Kafka's tool.
    const ErrorObject error(rd_kafka_AdminOptions_set_isolation_level(
        options.get(), RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED));
  }
  return options;
}

core::Error silence(Client& client, const Task& task) {
  auto error = client.failures().error().value_or(
      core::Error{core::Reason::KafkaUnavailable, "no answer from Kafka in time"});
  error.message = fmt::format("{}: {}", in_words(task), error.message);
  return error;
}

// The next event, or none when it has been waited for long enough.
Event next_event(Client& client, Deadline deadline) {
  for (;;) {
    Event event(rd_kafka_queue_poll(client.queue(), static_cast<int>(kPollSlice.count())));
    if (event) return event;
    const auto failed_at = client.failures().first_at();
    const auto until = failed_at ? std::min(deadline, *failed_at + kGraceAfterFailure) : deadline;
    if (steady_clock::now() >= until) return nullptr;
  }
}

}  // namespace

core::Result<std::vector<Event>> call(Client& client, RequestMetrics& metrics,
                                      const std::vector<Request>& requests, Deadline deadline) {
  const auto start = steady_clock::now();
  client.failures().clear();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto options = options_for(client.handle(), requests[i], i);
    requests[i].send(client.handle(), options.get(), client.queue());
  }

  std::vector<Event> answers(requests.size());
  for (std::size_t missing = requests.size(); missing > 0;) {
    auto event = next_event(client, deadline);
    if (!event) {
      const auto silent = std::find(answers.begin(), answers.end(), nullptr) - answers.begin();
      const auto& task = requests[static_cast<std::size_t>(silent)].task;
      metrics.observe(task.operation, steady_clock::now() - start);
      return tl::unexpected(silence(client, task));
    }
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) continue;  // It is in the log.
    const auto index = reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event.get()));
    const auto& task = requests[index].task;
    metrics.observe(task.operation, steady_clock::now() - start);
    if (const auto code = rd_kafka_event_error(event.get())) {
      return tl::unexpected(error_of(task, code));
    }
    answers[index] = std::move(event);
    --missing;
  }
  return answers;
}

}  // namespace kafka
