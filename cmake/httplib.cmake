# deps::httplib: cpp-httplib >= 0.26 with OpenSSL, header-only. An installed one if it is new enough,
# else the sources in FETCHCONTENT_SOURCE_DIR_CPP-HTTPLIB, else the pinned archive.

set(httplib_minimum 0.26.0)
add_library(deps_httplib INTERFACE)
add_library(deps::httplib ALIAS deps_httplib)
target_link_libraries(deps_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
# No "Expect: 100-continue" for bodies over 1 KiB (0.41.0): it costs every status write a round trip.
target_compile_definitions(deps_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT
                                                  CPPHTTPLIB_EXPECT_100_THRESHOLD=0)

if(NOT FETCHCONTENT_SOURCE_DIR_CPP-HTTPLIB)
  # Its package file takes only the same minor version for compatible: ask the header.
  find_path(HTTPLIB_INCLUDE_DIR httplib.h)
  mark_as_advanced(HTTPLIB_INCLUDE_DIR)
  if(HTTPLIB_INCLUDE_DIR)
    file(STRINGS "${HTTPLIB_INCLUDE_DIR}/httplib.h" line LIMIT_COUNT 1
      REGEX "^#define CPPHTTPLIB_VERSION \"")
    string(REGEX REPLACE ".*\"(.*)\"" "\\1" installed "${line}")
    if(installed VERSION_GREATER_EQUAL httplib_minimum)
      message(STATUS "cpp-httplib ${installed}, as installed")
      target_include_directories(deps_httplib SYSTEM INTERFACE "${HTTPLIB_INCLUDE_DIR}")
      return()
    endif()
  endif()
endif()

offset_reset_declare_pinned(cpp-httplib CPP-HTTPLIB)
FetchContent_MakeAvailable(cpp-httplib)
target_include_directories(deps_httplib SYSTEM INTERFACE "${cpp-httplib_SOURCE_DIR}")
