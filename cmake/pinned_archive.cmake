# Gets the sources of a library of archives.txt. In this order:
#   1. the folder in FETCHCONTENT_SOURCE_DIR_<LIBRARY>, as with every FetchContent;
#   2. an archive in the cache folder, where scripts/setup puts it;
#   3. upstream's, which then stays in the cache folder.
# Archives must have the SHA-256 of the table.

include(FetchContent)
include(cache_folder)

set(pinned_archives "${CMAKE_CURRENT_LIST_DIR}/archives.txt")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${pinned_archives}")

# The rows of a library, each VERSION|SHA256|FILE|PLACE; upstream's comes first.
function(pinned_rows library result)
  file(STRINGS "${pinned_archives}" rows REGEX "^${library} ")
  list(TRANSFORM rows REPLACE "^[^ ]+ +(.*)$" "\\1")
  list(TRANSFORM rows REPLACE " +" "|")
  set(${result} "${rows}" PARENT_SCOPE)
endfunction()

function(pinned_version library result)
  pinned_rows(${library} rows)
  list(GET rows 0 row)
  string(REGEX REPLACE "[|].*" "" version "${row}")
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

# FetchContent's own download tries for minutes and does not say what to do.
function(download_pinned library sha256 url archive)
  message(STATUS "${library}: downloading ${url}")
  file(DOWNLOAD "${url}" "${archive}.part" STATUS status TIMEOUT 300 INACTIVITY_TIMEOUT 20)
  list(GET status 0 failed)
  if(failed)
    list(GET status 1 reason)
    file(REMOVE "${archive}.part")
    message(FATAL_ERROR "${library} can't be downloaded: ${reason}. scripts/setup knows another "
      "place, and puts it into the cache folder.")
  endif()
  file(SHA256 "${archive}.part" actual)
  if(NOT actual STREQUAL sha256)
    message(FATAL_ERROR "${url} has SHA-256 ${actual}, not ${sha256}")
  endif()
  file(RENAME "${archive}.part" "${archive}")
endfunction()

# After this, <library>_SOURCE_DIR is set, and nothing of it is built in this tree.
macro(get_pinned library)
  find_pinned_archive(${library} ${library}_archive ${library}_sha256)
  FetchContent_Declare(${library}
    URL "${${library}_archive}"
    URL_HASH "SHA256=${${library}_sha256}"
    DOWNLOAD_EXTRACT_TIMESTAMP ON
    SOURCE_SUBDIR none)  # A folder without CMakeLists.txt: nothing to build.
  FetchContent_MakeAvailable(${library})
endmacro()

function(find_pinned_archive library archive_result sha256_result)
  pinned_rows(${library} rows)
  offset_reset_cache_folder(cache)
  string(TOUPPER "FETCHCONTENT_SOURCE_DIR_${library}" source_folder)
  foreach(row IN LISTS rows)
    string(REPLACE "|" ";" row "${row}")
    list(GET row 1 sha256)
    list(GET row 2 file)
    set(archive "${cache}/downloads/${file}")
    if(EXISTS "${archive}" OR ${source_folder})
      set(${archive_result} "${archive}" PARENT_SCOPE)
      set(${sha256_result} "${sha256}" PARENT_SCOPE)
      return()
    endif()
  endforeach()

  list(GET rows 0 row)
  string(REPLACE "|" ";" row "${row}")
  list(GET row 1 sha256)
  list(GET row 2 file)
  list(GET row 3 url)
  set(archive "${cache}/downloads/${file}")
  download_pinned(${library} "${sha256}" "${url}" "${archive}")
  set(${archive_result} "${archive}" PARENT_SCOPE)
  set(${sha256_result} "${sha256}" PARENT_SCOPE)
endfunction()
