# operator_library(<folder> [SOURCES file...] [USES folder...] [LINKS target...])
#
# The library of one folder of operator/: offset_reset::<folder>. USES names the folders that it may
# include, LINKS what is not ours. Headers are included from operator/: #include "core/reason.h".
function(operator_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LINKS")
  set(target offset_reset_${folder})
  if(arg_SOURCES)
    set(kind PUBLIC)
    add_library(${target} STATIC ${arg_SOURCES})
  else()
    set(kind INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  add_library(offset_reset::${folder} ALIAS ${target})
  target_include_directories(${target} ${kind} "${PROJECT_SOURCE_DIR}/operator")
  list(TRANSFORM arg_USES PREPEND offset_reset::)
  target_link_libraries(${target} ${kind} ${arg_USES} ${arg_LINKS})
endfunction()
