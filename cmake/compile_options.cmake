# How our own code is compiled. Nothing third-party is compiled in this tree (see librdkafka.cmake),
# so directory-wide options do not reach foreign code.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(WARNING "Tried with g++ 12 and newer only; "
    "this is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Kind of build" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(
  -Wall
  -Wextra
  -Wpedantic
  -Wcast-align
  -Wconversion
  -Wduplicated-branches
  -Wduplicated-cond
  -Wextra-semi
  -Wformat=2
  -Wlogical-op
  -Wmissing-declarations
  -Wnon-virtual-dtor
  -Wold-style-cast
  -Woverloaded-virtual
  -Wredundant-decls
  -Wshadow
  -Wsign-conversion
  -Wundef
  -Wunused)
if(OFFSET_RESET_WERROR)
  add_compile_options(-Werror)
endif()

add_link_options(-Wl,--as-needed)

# No path of the building machine in the binary, and the same object from every clone.
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")

if(OFFSET_RESET_SANITIZERS)
  add_compile_options(-fsanitize=${OFFSET_RESET_SANITIZERS} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OFFSET_RESET_SANITIZERS})
endif()

if(OFFSET_RESET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(OFFSET_RESET_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

# The two variables let builds in different clones share what they compiled.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    "${CCACHE_PROGRAM}")
endif()
