# deps::rdkafka: librdkafka >= 2.12, mended. In this order:
#   1. the sources in FETCHCONTENT_SOURCE_DIR_LIBRDKAFKA, built in the build folder;
#   2. the pinned archive, built once into the cache folder and shared by all builds with the same
#      inputs: it takes about a minute on two cores.
# Never an installed one: releases up to 2.14.2 end the process when a group's coordinator changes
# (docs/decisions/0005-librdkafka-is-mended.md).
# It is built outside of this tree, so that neither our warnings nor our link-time optimization nor
# clang-tidy meet foreign C.
#
# ThreadSanitizer must see the library's locks and atomics, or it reports races that are none: then
# the library is instrumented too, and must use pthreads: C11's thrd_create and mtx_lock, which it
# prefers, are unknown to ThreadSanitizer and crash (gcc 12, glibc 2.36). AddressSanitizer works
# well with a library that is not: malloc is intercepted all the same, so leaks and double frees of
# handles are found.

set(librdkafka_minimum 2.12.0)
add_library(deps_rdkafka INTERFACE)
add_library(deps::rdkafka ALIAS deps_rdkafka)

# The flags are those of upstream's own Makefile; CMake's build types would drop its assertions.
set(librdkafka_flags "-O2 -g")
if(OFFSET_RESET_SANITIZERS MATCHES "thread")
  string(APPEND librdkafka_flags " -fsanitize=thread -D_THREADS_H")  # Hides <threads.h>.
endif()
# WITH_CURL: OAuth tokens by OIDC. SASL needs libsasl2 at link time, for GSSAPI, which is not used.
set(librdkafka_options
  -DCMAKE_BUILD_TYPE=None
  -DRDKAFKA_BUILD_STATIC=ON
  -DRDKAFKA_BUILD_EXAMPLES=OFF
  -DRDKAFKA_BUILD_TESTS=OFF
  -DWITH_SSL=ON
  -DWITH_SASL=ON
  -DWITH_ZLIB=ON
  -DWITH_ZSTD=ON
  -DWITH_CURL=ON
  -DENABLE_LZ4_EXT=OFF)

# An answer of OffsetFetch that tells of another coordinator is handed to the group of the client,
# which an admin client does not have: a null pointer (confluentinc/librdkafka issue 5040).
set(librdkafka_mended_file src/rdkafka_request.c)
set(librdkafka_broken "rd_kafka_cgrp_op(rkb->rkb_rk->rk_cgrp, NULL,")
set(librdkafka_mended "if (rkb->rkb_rk->rk_cgrp != NULL) ${librdkafka_broken}")

function(mend_librdkafka source)
  set(file "${source}/${librdkafka_mended_file}")
  file(READ "${file}" text)
  string(REPLACE "${librdkafka_broken}" "${librdkafka_mended}" mended "${text}")
  if(mended STREQUAL text)
    message(FATAL_ERROR "${file} is not as expected: see whether this version of librdkafka still "
      "needs what cmake/librdkafka.cmake mends")
  endif()
  file(WRITE "${file}" "${mended}")
endfunction()

# Builds and installs a mended copy of the sources in <original> into <prefix>.
function(build_librdkafka original prefix)
  set(source "${prefix}.source")
  set(build "${prefix}.build")
  set(log "${prefix}.log")
  message(STATUS "Building librdkafka: takes about a minute, once (log: ${log})")
  file(REMOVE_RECURSE "${source}" "${build}" "${log}")
  file(COPY "${original}/" DESTINATION "${source}")
  mend_librdkafka("${source}")
  # A stable name of the sources: in assertions, and for tests/tsan.supp.
  set(flags "${librdkafka_flags} -ffile-prefix-map=${source}/=librdkafka/")
  set(configure
    "${CMAKE_COMMAND}" -S "${source}" -B "${build}" -G "${CMAKE_GENERATOR}"
    "-DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM}"
    "-DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}"
    "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}"
    "-DCMAKE_C_FLAGS=${flags}"
    "-DCMAKE_CXX_FLAGS=${flags}"
    "-DCMAKE_INSTALL_PREFIX=${prefix}.new"
    -DCMAKE_INSTALL_LIBDIR=lib
    ${librdkafka_options})
  if(CCACHE_PROGRAM)
    list(APPEND configure "-DCMAKE_C_COMPILER_LAUNCHER=${CCACHE_PROGRAM}"
                          "-DCMAKE_CXX_COMPILER_LAUNCHER=${CCACHE_PROGRAM}")
  endif()
  foreach(command IN ITEMS "${configure}" "${CMAKE_COMMAND};--build;${build}"
                           "${CMAKE_COMMAND};--install;${build}")
    execute_process(COMMAND ${command}
      RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    file(APPEND "${log}" "${output}")
    if(failed)
      message(FATAL_ERROR "librdkafka does not build:\n${output}")
    endif()
  endforeach()
  file(REMOVE_RECURSE "${source}" "${build}" "${prefix}")
  file(RENAME "${prefix}.new" "${prefix}")
endfunction()

if(FETCHCONTENT_SOURCE_DIR_LIBRDKAFKA)
  set(librdkafka_prefix "${CMAKE_BINARY_DIR}/librdkafka")
else()
  pinned_version(librdkafka librdkafka_version)
  string(SHA256 librdkafka_key
    "${librdkafka_mended} ${librdkafka_options} ${librdkafka_flags} ${CMAKE_SYSTEM_PROCESSOR} ${CMAKE_C_COMPILER} \
${CMAKE_C_COMPILER_VERSION} ${OPENSSL_VERSION} $ENV{CFLAGS} $ENV{CPPFLAGS} $ENV{LDFLAGS}")
  string(SUBSTRING "${librdkafka_key}" 0 12 librdkafka_key)
  offset_reset_cache_folder(librdkafka_cache)
  set(librdkafka_prefix "${librdkafka_cache}/lib/librdkafka-${librdkafka_version}-${librdkafka_key}")
endif()

# Builds that are configured at the same time wait for the first.
file(LOCK "${librdkafka_prefix}.lock" TIMEOUT 1800)
if(NOT EXISTS "${librdkafka_prefix}/lib/librdkafka.a")
  get_pinned(librdkafka)
  build_librdkafka("${librdkafka_SOURCE_DIR}" "${librdkafka_prefix}")
endif()
file(LOCK "${librdkafka_prefix}.lock" RELEASE)

unset(RdKafka_DIR CACHE)
find_package(RdKafka ${librdkafka_minimum} CONFIG REQUIRED
  PATHS "${librdkafka_prefix}" NO_DEFAULT_PATH)
message(STATUS "librdkafka ${RdKafka_VERSION} in ${librdkafka_prefix}")
target_link_libraries(deps_rdkafka INTERFACE RdKafka::rdkafka)
