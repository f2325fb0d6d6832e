# deps::httplib: cpp-httplib >= 0.26 with OpenSSL. In this order:
#   1. an installed one that is new enough, unless it has to be our own (see dependencies.cmake);
#   2. the sources in FETCHCONTENT_SOURCE_DIR_CPP-HTTPLIB;
#   3. the pinned archive.
# Of the last two, the header is cut into declarations and implementation, as upstream's split.py
# does it (which would need Python): whoever includes it compiles in 2 s instead of 20.

set(httplib_minimum 0.26.0)
add_library(deps_httplib INTERFACE)
add_library(deps::httplib ALIAS deps_httplib)
target_link_libraries(deps_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
# No "Expect: 100-continue" for bodies over 1 KiB (0.41.0): it costs every status write a round trip.
set(httplib_definitions CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_EXPECT_100_THRESHOLD=0)
target_compile_definitions(deps_httplib INTERFACE ${httplib_definitions})

if(NOT OFFSET_RESET_OWN_LIBRARIES AND NOT FETCHCONTENT_SOURCE_DIR_CPP-HTTPLIB)
  pkg_check_modules(system_httplib QUIET IMPORTED_TARGET "cpp-httplib>=${httplib_minimum}")
  if(system_httplib_FOUND)
    message(STATUS "cpp-httplib ${system_httplib_VERSION}, as installed")
    target_link_libraries(deps_httplib INTERFACE PkgConfig::system_httplib)
    return()
  endif()
  # Installed with CMake it has no pkg-config file. Its package file takes only the same minor
  # version for compatible, so it is not asked for one.
  find_package(httplib CONFIG QUIET COMPONENTS OpenSSL)
  if(httplib_FOUND AND httplib_VERSION VERSION_GREATER_EQUAL httplib_minimum)
    message(STATUS "cpp-httplib ${httplib_VERSION}, as installed")
    target_link_libraries(deps_httplib INTERFACE httplib::httplib)
    return()
  endif()
endif()

# Writes httplib.h and httplib.cc into <folder>. The implementation is what is between two border
# lines of <header>.
function(split_httplib header folder)
  set(border "// ----------------------------------------------------------------------------\n")
  string(LENGTH "${border}" border_length)
  file(READ "${header}" text)
  string(FIND "${text}" "${border}" begin)
  string(FIND "${text}" "${border}" end REVERSE)
  math(EXPR after_begin "${begin} + ${border_length}")
  math(EXPR after_end "${end} + ${border_length}")
  math(EXPR length "${end} - ${after_begin}")
  if(begin LESS 0 OR length LESS 0)
    message(FATAL_ERROR "${header} is not made as expected: no implementation between two borders")
  endif()
  string(SUBSTRING "${text}" 0 ${begin} declarations)
  string(SUBSTRING "${text}" ${after_begin} ${length} implementation)
  string(SUBSTRING "${text}" ${after_end} -1 rest)
  string(REPLACE "inline " "" implementation "${implementation}")
  file(WRITE "${folder}/new/httplib.h" "${declarations}${rest}")
  file(WRITE "${folder}/new/httplib.cc"
    "#include \"httplib.h\"\nnamespace httplib {\n${implementation}}\n")
  foreach(file IN ITEMS httplib.h httplib.cc)
    file(COPY_FILE "${folder}/new/${file}" "${folder}/${file}" ONLY_IF_DIFFERENT)
  endforeach()
endfunction()

get_pinned(cpp-httplib)
set(httplib_folder "${CMAKE_BINARY_DIR}/httplib")
split_httplib("${cpp-httplib_SOURCE_DIR}/httplib.h" "${httplib_folder}")
add_library(httplib STATIC "${httplib_folder}/httplib.cc")
target_include_directories(httplib SYSTEM PUBLIC "${httplib_folder}")
target_compile_definitions(httplib PUBLIC ${httplib_definitions})
target_compile_options(httplib PRIVATE -w)
target_link_libraries(httplib PUBLIC OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_link_libraries(deps_httplib INTERFACE httplib)
