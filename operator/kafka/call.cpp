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

// How long after the first connection failure an answer may come from another server: some fifteen
// round trips, with TLS and SASL and then all of it with a coordinator.
constexpr milliseconds kGraceForOthers{4000};
// The same when every server of the list has failed: one may be starting just now. (2.14 has an
// error for "all brokers are down", but does not raise it for a list of one.)
constexpr milliseconds kGraceForAll{1000};
// How late a connection failure may be noticed, and after how many such slices of silence another
// server is tried without one.
constexpr milliseconds kPollSlice{50};
constexpr int kSilentSlices = 10;
// The deadline is ours, outside: the library's own timeouts raced into crashes and leaks (2.14).
constexpr int kLibraryTimeoutMs = 3'600'000;

rd_kafka_IsolationLevel_t level_of(core::Isolation isolation) {
  return isolation == core::Isolation::ReadCommitted ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
                                                     : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED;
}

Options options_for(rd_kafka_t* handle, const Request& request, std::size_t index) {
  std::array<char, 256> text{};
  Options options(rd_kafka_AdminOptions_new(handle, request.kind));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kLibraryTimeoutMs, text.data(),
                                            text.size());
  rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(index));
  if (request.kind == RD_KAFKA_ADMIN_OP_LISTOFFSETS) {
    // Said, not left to the library's default, which is not that of Kafka's tool.
    const ErrorObject error(
        rd_kafka_AdminOptions_set_isolation_level(options.get(), level_of(request.isolation)));
  }
  if (request.with_rights) {
    const ErrorObject error(
        rd_kafka_AdminOptions_set_include_authorized_operations(options.get(), 1));
  }
  return options;
}

core::Error silence(Client& client, const Task& task) {
  auto error = client.failures().error().value_or(
      core::Error{core::Reason::KafkaUnavailable, "no answer from Kafka in time"});
  error.message = fmt::format("{}: {}", in_words(task), error.message);
  return error;
}

// The library's code for a refused connection says less than its log does.
core::Error refusal(Client& client, const Task& task, rd_kafka_resp_err_t code) {
  auto error = error_of(task, code);
  const bool is_known = client.failures().error().has_value();
  const bool is_of_connection = error.reason == core::Reason::NotAuthenticated;
  return is_known && is_of_connection ? silence(client, task) : error;
}

// Left alone without a connection, 2.14 tries the next server of the list only once a second; a
// question for metadata makes it do so at once. Where there is a connection it does no harm.
void try_next_server(rd_kafka_t* handle) {
  constexpr int kTimeoutMs = 10;
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(handle, 0, nullptr, &metadata, kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_metadata_destroy(metadata);
  }
}

// When an answer is not to be hoped for any more.
Deadline end_of_hope(const Channel& channel) {
  const ConnectionFailures& failures = channel.client.failures();
  const auto failed_at = failures.first_at();
  if (!failed_at) return channel.deadline;
  if (failures.is_refused_everywhere()) return *failed_at;
  const auto grace = failures.has_failed_everywhere() ? kGraceForAll : kGraceForOthers;
  return std::min(channel.deadline, *failed_at + grace);
}

// The next event, or none when it has been waited for long enough.
Event next_event(const Channel& channel) {
  Client& client = channel.client;
  for (int slice = 1;; ++slice) {
    Event event(rd_kafka_queue_poll(client.queue(), static_cast<int>(kPollSlice.count())));
    if (event) return event;
    if (steady_clock::now() >= end_of_hope(channel)) return nullptr;
    const bool has_failed = client.failures().first_at().has_value();
    if (has_failed || slice % kSilentSlices == 0) try_next_server(client.handle());
  }
}

// Of the request that an event answers.
std::size_t index_of(rd_kafka_event_t* event) {
  return reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event));
}

const Request& first_unanswered(const std::vector<Event>& answers,
                                const std::vector<Request>& requests) {
  const auto missing = std::find(answers.begin(), answers.end(), nullptr) - answers.begin();
  return requests[static_cast<std::size_t>(missing)];
}

void send_all(const Client& client, const std::vector<Request>& requests) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto options = options_for(client.handle(), requests[i], i);
    requests[i].send(client.handle(), options.get(), client.queue());
  }
}

}  // namespace

core::Result<std::vector<Event>> call(const Channel& channel,
                                      const std::vector<Request>& requests) {
  const auto start = steady_clock::now();
  channel.client.failures().clear();
  send_all(channel.client, requests);

  std::vector<Event> answers(requests.size());
  for (std::size_t missing = requests.size(); missing > 0;) {
    auto event = next_event(channel);
    if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) continue;  // Logged too.
    const auto& request =
        event ? requests[index_of(event.get())] : first_unanswered(answers, requests);
    channel.metrics.observe(request.task.operation, steady_clock::now() - start);
    if (!event) return tl::unexpected(silence(channel.client, request.task));
    const auto code = rd_kafka_event_error(event.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != request.tolerated) {
      return tl::unexpected(refusal(channel.client, request.task, code));
    }
    auto& answer = answers[index_of(event.get())];
    answer = std::move(event);
    --missing;
  }
  return answers;
}

}  // namespace kafka
