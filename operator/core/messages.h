#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/kafka_connection.h"
#include "core/offset_reset.h"
#include "core/progress.h"

// The sentences that people read in conditions. They name the group and what to do, and hold
// nothing that changes from poll to poll: a changed message is a status write.
namespace core {

std::string planned_message(const Spec& spec, const Summary& summary);
std::string reset_message(const Spec& spec, const Summary& summary);
std::string nothing_message(const Spec& spec, const Summary& summary);
std::string dry_run_message(const Spec& spec, const Summary& summary);
std::string queued_message(const Spec& spec, const ObjectKey& ahead);
std::string active_message(const Spec& spec, const GroupStatus& group, TimePoint deadline);
std::string still_active_message(const Spec& spec, const GroupStatus& group);
std::string settling_message(const Spec& spec);
std::string never_settled_message(const Spec& spec);
std::string not_yet_message(const Spec& spec);
std::string suspended_message(const Spec& spec, bool has_plan);
std::string expired_message(const Spec& spec);
std::string half_applied_message(const Progress& progress);
std::string partly_applied_message(const Error& refusal, const Summary& summary);
std::string too_many_message(std::size_t partitions, std::size_t fit);
std::string moved_message(const Spec& spec, const std::vector<Elsewhere>& moved);
std::string returned_message(const Spec& spec);
std::string cannot_tell_message(const Spec& spec, const Error& why);
std::string unread_message(const Spec& spec, const Error& why);
std::string unseen_message(const Spec& spec, const Error& why);
std::string plan_lost_message(const Spec& spec);
std::string not_applied_message(const Spec& spec, const std::vector<Elsewhere>& failed);
std::string applied_again_message(std::string_view gitops_tool);
std::string other_cluster_message(const Spec& spec, const std::string& planned,
                                  const std::string& answering);
std::string other_cluster_undo_message(const OffsetReset& undone, const std::string& answering);
std::string inline_servers_message();
std::string cluster_connections_message();
// `part`: what is refused, see refused_part().
std::string access_denied_message(const ConnectionId& id, const std::string& namespace_name,
                                  const std::string& part);
std::string unusable_message(const ConnectionId& id, const Error& why);
std::string not_kept_message(std::string_view field);

}  // namespace core
