# Every library that is not ours, under one name each: deps::NAME. See
# docs/decisions/0003-how-dependencies-are-obtained.md.

include(pinned_archive)

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(date REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(CURL REQUIRED)

function(offset_reset_dependency name)
  add_library(deps_${name} INTERFACE)
  add_library(deps::${name} ALIAS deps_${name})
  target_link_libraries(deps_${name} INTERFACE ${ARGN})
endfunction()

offset_reset_dependency(expected tl::expected)
offset_reset_dependency(json nlohmann_json::nlohmann_json)
offset_reset_dependency(date date::date)
offset_reset_dependency(prometheus prometheus-cpp::core)
offset_reset_dependency(cli11 CLI11::CLI11)
offset_reset_dependency(curl CURL::libcurl)
offset_reset_dependency(openssl OpenSSL::SSL OpenSSL::Crypto)

if(OFFSET_RESET_STATIC)
  # Debian has fmt and spdlog as shared libraries or headers, yaml-cpp as an archive beside the
  # shared library, prometheus-cpp as a shared library only.
  offset_reset_dependency(fmt fmt::fmt-header-only)
  offset_reset_dependency(spdlog spdlog::spdlog_header_only fmt::fmt-header-only)
  find_library(YAML_CPP_ARCHIVE libyaml-cpp.a REQUIRED)
  mark_as_advanced(YAML_CPP_ARCHIVE)
  offset_reset_dependency(yaml "${YAML_CPP_ARCHIVE}")
else()
  offset_reset_dependency(fmt fmt::fmt)
  offset_reset_dependency(spdlog spdlog::spdlog fmt::fmt)
  if(TARGET yaml-cpp::yaml-cpp)
    offset_reset_dependency(yaml yaml-cpp::yaml-cpp)
  else()
    offset_reset_dependency(yaml yaml-cpp)
  endif()
endif()

# An installed library will not do where it has to be linked statically, or instrumented.
set(OFFSET_RESET_OWN_LIBRARIES OFF)
if(OFFSET_RESET_STATIC OR OFFSET_RESET_SANITIZERS MATCHES "thread")
  set(OFFSET_RESET_OWN_LIBRARIES ON)
endif()
find_package(PkgConfig REQUIRED)
include(httplib)
include(librdkafka)
