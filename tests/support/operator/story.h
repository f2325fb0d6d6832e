#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake_api_server.h"
#include "support/operator/locked_kafka.h"
#include "support/operator/running_operator.h"

namespace tests {

// The moments of one reset, in the order of time: before and after each step, seen by the step's
// name. Its group has a consumer first, so it waits; its time to live is over at the end.
struct Moment {
  enum class Chapter : unsigned char { Waits, Runs, Ends };

  std::string name;  // "before SavePlan"
  Chapter chapter = Chapter::Runs;
  std::string at;  // as the Reconciler calls it
  int number = 0;
};
const std::vector<Moment>& moments();
const Moment& moment(std::string_view name);

// What a reset has come to.
struct Ending {
  std::set<std::string> reasons;  // one of them; empty: nobody has looked at it
  int effective_commits = 1;
  std::map<std::int32_t, std::int64_t> committed = {{0, 10}, {1, 10}};
  std::string words = {};  // in the last message
};

// One reset of the group that has read up to 90 and 80, to offset 10, from its creation until it is
// deleted, and an operator that is started again whenever it has ended.
class Story {
 public:
  struct Plot {
    std::function<void(Story&)> fault;               // what goes wrong, in the worker that is there
    std::function<void(Story&)> meanwhile = {};      // again and again from then on
    std::function<bool(Story&)> is_over = {};        // instead of: it is finished, or gone
    nlohmann::json spec = nlohmann::json::object();  // where it differs
    bool elects_leader = false;
    int most_status_writes = 6;
    int most_events = 1;          // of each reason
    int most_events_in_wait = 1;  // the same where the fault comes while the reset waits
  };

  Story();
  ~Story();
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  // What is wrong with how it went; empty: nothing.
  std::vector<std::string> run(const Plot& plot, const Moment& moment, const Ending& ending);
  std::string outcome();  // in a few words

  // The world, for faults.
  FakeApiServer& server() { return server_; }
  FakeApiStore& stored() { return server_.store(); }
  template <typename Action>
  auto kafka(Action action) {
    return kafka_.with(action);
  }
  nlohmann::json reset();  // null: there is none
  std::string reason();
  bool is_finished();
  void create(const nlohmann::json& spec_changes = nlohmann::json::object());
  void remove();
  void edit(const std::function<void(nlohmann::json&)>& change);         // as somebody else
  void edit_status(const std::function<void(nlohmann::json&)>& change);  // as somebody else
  void set_clock(std::chrono::seconds ahead) { clock_ahead_ = ahead; }
  core::TimePoint now() const { return system_now() + clock_ahead_.load(); }
  [[noreturn]] void crash();  // the operator, for the one that is in the worker
  // A second operator beside the first, which comes as far as it can while that one stands still.
  void let_another_one_work();
  int passes_since_fault() const;
  int turns_since_fault() const { return turns_; }
  bool has_restarted() const { return lives_ > 1; }

 private:
  void start();
  void let_group_leave();
  void count_reads(std::string_view at);
  void reached(std::string_view at);
  void go_on(const std::function<bool()>& until, const std::string& what);
  void turn();
  bool is_over();
  std::vector<std::string> check(const Ending& ending);
  void check_kafka(const Ending& ending);
  void check_status(const Ending& ending);
  void check_requests();
  std::vector<nlohmann::json> statuses();
  void complain(std::string what) { problems_.push_back(std::move(what)); }

  FakeApiServer server_;
  LockedKafka kafka_;
  std::atomic<std::chrono::seconds> clock_ahead_{std::chrono::seconds(0)};
  const Plot* plot_ = nullptr;
  const Moment* moment_ = nullptr;
  std::atomic<Moment::Chapter> chapter_{Moment::Chapter::Waits};
  std::atomic<bool> is_reached_ = false;
  std::atomic<bool> is_at_fault_ = false;  // the worker is in it
  std::atomic<bool> has_waited_ = false;
  std::atomic<bool> has_crashed_ = false;
  std::mutex reads_mutex_;
  std::condition_variable read_ended_;
  int reads_ = 0;  // of Kafka, under way; guarded by reads_mutex_
  int passes_at_fault_ = 0;
  int turns_ = 0;
  int lives_ = 0;
  std::vector<std::string> problems_;
  std::unique_ptr<RunningOperator> running_;
  std::unique_ptr<RunningOperator> another_;
};

}  // namespace tests
