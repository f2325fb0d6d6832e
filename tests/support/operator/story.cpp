#include "support/operator/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/builders.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Chapter = Moment::Chapter;

constexpr const char* kNamespace = "payments";
constexpr const char* kName = "replay";
constexpr std::chrono::hours kTimeToLive{1};
constexpr std::chrono::seconds kPatience{20};

struct Crash : std::runtime_error {
  Crash() : std::runtime_error("the operator has crashed") {}
};

World world() {
  return World(resource(SpecBuilder(), kName),
               {{0, 100, core::Commit{90, 0, ""}, {}}, {0, 100, core::Commit{80, 0, ""}, {}}});
}

std::string reason_in(const json& status) {
  for (const json& condition : status.value("conditions", json::array())) {
    if (condition.at("type") == "Succeeded") return condition.at("reason");
  }
  return "";
}

bool is_final(const json& status) {
  const auto reason = core::reason_from(reason_in(status));
  return reason && core::is_final(*reason);
}

bool is_allowed(const SeenRequest& request) {
  const auto& target = request.target;
  const auto contains = [&](const char* part) { return target.find(part) != std::string::npos; };
  if (request.method == "GET") return true;
  if (request.method == "PUT")
    return contains("/offsetresets/replay/status") || contains("/leases/");
  if (request.method == "POST") return contains("/events") || contains("/leases");
  if (request.method == "PATCH") return contains("/events/");
  return request.method == "DELETE" && contains("/offsetresets/replay");
}

}  // namespace

const std::vector<Moment>& moments() {
  static const std::vector<Moment> kMoments = [] {
    std::vector<Moment> made;
    const auto add = [&](const std::string& step, Chapter chapter, const std::string& effect) {
      for (const std::string when : {"before ", "after "}) {
        made.push_back({when + step, chapter, when + effect, static_cast<int>(made.size())});
      }
    };
    add("Wait", Chapter::Waits, "Finish");
    add("ReadKafka", Chapter::Runs, "ReadKafka");
    add("SavePlan", Chapter::Runs, "SavePlan");
    add("CommitPlan", Chapter::Runs, "CommitRequest");
    add("Verify", Chapter::Runs, "Verify");
    add("Finish", Chapter::Runs, "Finish");
    add("DeleteReset", Chapter::Ends, "DeleteReset");
    return made;
  }();
  return kMoments;
}

const Moment& moment(std::string_view name) {
  return *std::ranges::find(moments(), name, &Moment::name);
}

Story::Story() : kafka_(world()) {}

Story::~Story() = default;

// ---- the world

json Story::reset() {
  const auto found = stored().find(kNamespace, kName);
  return found ? *found : json();
}

std::string Story::reason() {
  const json found = reset();
  return found.is_null() ? "" : reason_in(found.value("status", json::object()));
}

bool Story::is_finished() {
  const json found = reset();
  return !found.is_null() && is_final(found.value("status", json::object()));
}

void Story::create(const json& spec_changes) {
  json spec{{"bootstrapServers", "kafka:9092"},
            {"groupId", "orders-consumer"},
            {"topic", "orders"},
            {"to", {{"offset", 10}}},
            {"waitSeconds", 604'800},
            {"ttlSecondsAfterFinished", std::chrono::seconds(kTimeToLive).count()}};
  spec.update(spec_changes);
  (void)stored().create({{"kind", "OffsetReset"},
                         {"apiVersion", "offsetreset.io/v1alpha1"},
                         {"metadata", {{"name", kName}, {"namespace", kNamespace}}},
                         {"spec", spec}});
}

void Story::remove() { (void)stored().remove(kNamespace, kName); }

void Story::edit(const std::function<void(json&)>& change) {
  json object = reset();
  if (object.is_null()) return;
  change(object);
  (void)stored().replace(object);
}

void Story::edit_status(const std::function<void(json&)>& change) {
  json object = reset();
  if (object.is_null()) return;
  change(object["status"]);
  (void)stored().replace_status(object);
}

void Story::crash() {
  has_crashed_ = true;
  throw Crash();
}

void Story::let_another_one_work() {
  another_ = std::make_unique<RunningOperator>(
      server_.url(), kafka_, OperatorSettings{.workers = 2, .now = [this] { return now(); }});
  another_->start();
  if (chapter_ == Chapter::Waits) return;
  const auto is_done = [&] {
    return reset().is_null() || (chapter_ == Chapter::Runs && is_finished());
  };
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!is_done() && std::chrono::steady_clock::now() < end) {
    another_->enqueue(kName);
    std::this_thread::sleep_for(2ms);
  }
}

int Story::passes_since_fault() const {
  return turns_ == 0 ? 0 : running_->passes() - passes_at_fault_;
}

// ---- what happens

void Story::start() {
  has_crashed_ = false;
  reads_ = 0;
  ++lives_;
  running_ = std::make_unique<RunningOperator>(
      server_.url(), kafka_,
      OperatorSettings{.workers = 2,
                       .now = [this] { return now(); },
                       .at_effect = [this](std::string_view at) { reached(at); },
                       .elects_leader = plot_->elects_leader});
  running_->start();
}

// Between two reads: one that has begun while the group had members must not see it without.
void Story::let_group_leave() {
  std::unique_lock lock(reads_mutex_);
  read_ended_.wait_for(lock, kPatience, [this] { return reads_ == 0; });
  chapter_ = Chapter::Runs;
  kafka_.with([](World& world) { world.leave(); });
}

void Story::count_reads(std::string_view at) {
  const std::lock_guard lock(reads_mutex_);
  if (at == "before ReadKafka") ++reads_;
  if (at == "after ReadKafka") --reads_;
  read_ended_.notify_all();
}

// One that has crashed does nothing any more.
void Story::reached(std::string_view at) {
  if (has_crashed_) throw Crash();
  count_reads(at);
  if (chapter_ == Chapter::Waits && at == "after Finish") has_waited_ = true;
  if (chapter_ != moment_->chapter || at != moment_->at || is_reached_) return;
  is_at_fault_ = true;
  is_reached_ = true;
  const std::shared_ptr<void> end(nullptr, [this](void*) { is_at_fault_ = false; });
  plot_->fault(*this);
}

bool Story::is_over() {
  if (is_reached_ && plot_->is_over) return plot_->is_over(*this);
  return is_finished() || reset().is_null();
}

// Does not wait for pauses of the queue to be over: what a timer would bring comes now.
void Story::turn() {
  if (has_crashed_ || running_->has_lost_lease()) {
    running_.reset();
    start();
    passes_at_fault_ = 0;
  }
  if (chapter_ == Chapter::Ends) set_clock(clock_ahead_.load() + kTimeToLive);
  if (is_reached_) {
    if (turns_ == 0) passes_at_fault_ = running_->passes();
    ++turns_;
    if (plot_->meanwhile) plot_->meanwhile(*this);
  }
  running_->enqueue(kName);
  std::this_thread::sleep_for(2ms);
}

void Story::go_on(const std::function<bool()>& until, const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (is_at_fault_ || !until()) {
    if (std::chrono::steady_clock::now() >= end) {
      return complain(
          fmt::format("lost: not {} after {} s, but {}", what, kPatience.count(), reset().dump()));
    }
    turn();
  }
}

std::vector<std::string> Story::run(const Plot& plot, const Moment& moment, const Ending& ending) {
  plot_ = &plot;
  moment_ = &moment;
  kafka_.with([](World& world) { world.join("app-1"); });
  create(plot.spec);
  start();
  const auto is_reached = [&] { return is_reached_ || moment.chapter != chapter_; };
  go_on(
      [&] {
        const bool waits = has_waited_ && reason() == "GroupActive";
        return is_reached() && (waits || is_over());
      },
      "waiting");
  let_group_leave();
  go_on([&] { return is_reached() && is_over(); }, "over");
  chapter_ = Chapter::Ends;
  set_clock(clock_ahead_.load() + 72h);
  if (is_reached_ && plot.is_over) remove();
  go_on([&] { return is_reached() && reset().is_null(); }, "deleted");
  another_.reset();
  running_->stop();
  if (!is_reached_) complain("false: the moment of the fault was never reached");
  check_kafka(ending);
  check_status(ending);
  check_requests();
  return problems_;
}

// ---- the four oracles

void Story::check_kafka(const Ending& ending) {
  kafka_.with([&](World& world) {
    std::map<std::int32_t, std::int64_t> committed;
    for (const auto& [at, offset] : world.commits_of_group()) committed[at.partition] = offset;
    if (committed != ending.committed) {
      complain(fmt::format("false: the group stands at {}", json(committed).dump()));
    }
    const int commits = world.effective_commits();
    if (commits == ending.effective_commits) return;
    complain(fmt::format("{}: {} effective commits, not {}",
                         commits > ending.effective_commits ? "repeated" : "lost", commits,
                         ending.effective_commits));
  });
}

// Each status that was stored, of all resets that had the name.
std::vector<json> Story::statuses() {
  std::vector<json> found;
  for (const StoredChange& change : stored().all_changes()) {
    if (change.after.is_null()) continue;
    const json status = change.after.value("status", json::object());
    if (change.before.is_null() || change.before.value("status", json::object()) != status) {
      found.push_back({{"uid", change.after["metadata"]["uid"]}, {"status", status}});
    }
  }
  return found;
}

void Story::check_status(const Ending& ending) {
  const auto all = statuses();
  const std::string last = reason_in(all.back()["status"]);
  const bool is_as_wanted = ending.reasons.empty() ? last.empty() : ending.reasons.contains(last);
  if (!is_as_wanted) {
    complain(fmt::format("false: its last status is {}", all.back()["status"].dump()));
  }
  if (all.back().dump().find(ending.words) == std::string::npos) {
    complain(fmt::format("false: it does not tell \"{}\": {}", ending.words, all.back().dump()));
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool is_same_reset = all[i]["uid"] == all[i - 1]["uid"];
    const std::string before = reason_in(all[i - 1]["status"]);
    const std::string after = reason_in(all[i]["status"]);
    if (is_same_reset && is_final(all[i - 1]["status"]) && !after.empty() && before != after) {
      complain(fmt::format("false: it was finished as {}, and then as {}", before, after));
    }
  }
}

// Nothing is written but the status, events and the lease; and of these no more than needed.
void Story::check_requests() {
  for (const SeenRequest& request : server_.requests()) {
    if (!is_allowed(request)) complain("false: " + request.method + " " + request.target);
  }
  const int writes = static_cast<int>(statuses().size()) - 1;
  if (writes > plot_->most_status_writes) complain(fmt::format("false: {} status writes", writes));
  std::map<std::string, int> events;
  for (const json& event : server_.events().all()) {
    if (event["regarding"]["kind"] == "OffsetReset") {
      events[event["reason"]] += event.contains("series") ? event["series"].value("count", 1) : 1;
    }
  }
  const bool in_wait = moment_->chapter == Chapter::Waits;
  const int most = std::max(plot_->most_events, in_wait ? plot_->most_events_in_wait : 1);
  for (const auto& [reason, count] : events) {
    if (count > most) complain(fmt::format("false: {} events {}", count, reason));
  }
}

std::string Story::outcome() {
  const std::string last = reason_in(statuses().back()["status"]);
  const int commits = kafka_.with([](World& world) { return world.effective_commits(); });
  return fmt::format(
      "{}, {}", last.empty() ? "never begun" : last,
      commits == 0
          ? "nothing committed"
          : fmt::format("committed {}", commits == 1 ? "once" : fmt::format("{} times", commits)));
}

}  // namespace tests
