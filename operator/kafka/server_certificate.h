#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>

#include "kafka/pem.h"

namespace kafka {

// What OpenSSL found of one certificate of a broker's chain.
struct CertificateFinding {
  const X509* certificate = nullptr;
  int code = 0;   // X509_V_...; 0: nothing is wrong
  int depth = 0;  // 0: the broker's own; above, those who vouch for it
};

// What is wrong with it, and what to do, in a sentence; empty: nothing. `server_name` is looked for
// in the broker's own, unless it is empty.
std::string fault_of(const CertificateFinding& finding, const std::string& server_name);

// librdkafka calls it for each certificate of a chain, and refuses the chain if one has a fault.
// The opaque is a LibraryLog, to which the fault is told: 2.14 itself says only that there is one.
int on_certificate(rd_kafka_t* handle, const char* broker, std::int32_t broker_id, int* code,
                   int depth, const char* der, std::size_t size, char* text, std::size_t text_size,
                   void* opaque);

}  // namespace kafka
