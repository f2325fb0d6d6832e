# Where downloads and slow builds are kept between builds and clones: the folder that scripts/setup
# fills. Falls back to the build folder where there is no home or it can't be written.

set(OFFSET_RESET_CACHE "" CACHE PATH "Folder for downloads and built libraries")

function(offset_reset_cache_folder result)
  if(OFFSET_RESET_CACHE)
    set(folder "${OFFSET_RESET_CACHE}")
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(folder "$ENV{XDG_CACHE_HOME}/offset-reset-operator")
  elseif(DEFINED ENV{HOME})
    set(folder "$ENV{HOME}/.cache/offset-reset-operator")
  else()
    set(folder "${CMAKE_BINARY_DIR}/cache")
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}/downloads" "${folder}/lib"
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(failed)
    set(folder "${CMAKE_BINARY_DIR}/cache")
    file(MAKE_DIRECTORY "${folder}/downloads" "${folder}/lib")
  endif()
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()
