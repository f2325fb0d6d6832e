#pragma once

#include <string>

#include "core/kafka_connection.h"
#include "core/offset_reset.h"

namespace core {

// Writes an outcome into a status: conditions Ready, Reconciling, Stalled and Succeeded in the way
// of kstatus (Reconciling and Stalled are there only while True, and never both), `closed`,
// observedGeneration, start and completion. A condition's lastTransitionTime moves only when its
// status does. Conditions of other types are kept.
void set_outcome(Status& status, const Error& outcome, std::int64_t generation, TimePoint now);

// The same for a connection, whose work never ends: Ready, Reconciling and Stalled. Connected is
// Ready.
void set_outcome(ConnectionStatus& status, const Error& outcome, std::int64_t generation,
                 TimePoint now);

// Whether the status says Ready for that generation.
bool is_ready(const ConnectionStatus& status, std::int64_t generation);

// The reason that a status shows; none before the first write.
std::optional<Reason> reason_of(const Status& status);

// Whether it is finished for good: closed, or open only until its time to live is over.
bool is_finished(const Status& status);

// Whether the rows of a status are a write-ahead log, and not what a finished reset or a dry run
// shows.
bool has_saved_plan(const Status& status);

}  // namespace core
