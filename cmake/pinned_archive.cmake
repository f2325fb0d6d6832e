# Declares a library of archives.txt to FetchContent: the archive that scripts/setup put into the
# cache folder, else upstream's by its address. Either way the SHA-256 of the table is checked.
# FETCHCONTENT_SOURCE_DIR_<LIBRARY> overrides both, as with every FetchContent.

include(FetchContent)
include(cache_folder)

# Sets <prefix>_VERSION and <prefix>_SHA256 in the caller's scope.
function(offset_reset_declare_pinned library prefix)
  offset_reset_cache_folder(cache)
  set(table "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/archives.txt")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${table}")
  file(STRINGS "${table}" rows REGEX "^${library} ")

  unset(url)
  foreach(row IN LISTS rows)
    string(REGEX REPLACE " +" ";" row "${row}")
    list(GET row 1 version)
    list(GET row 2 sha256)
    list(GET row 3 file)
    list(GET row 4 place)
    if(EXISTS "${cache}/downloads/${file}")
      set(url "${cache}/downloads/${file}")
      break()
    endif()
  endforeach()
  if(NOT DEFINED url)
    list(GET rows 0 row)  # Upstream's row comes first.
    string(REGEX REPLACE " +" ";" row "${row}")
    list(GET row 1 version)
    list(GET row 2 sha256)
    list(GET row 4 url)
    if(NOT FETCHCONTENT_SOURCE_DIR_${prefix})
      message(STATUS "${library} ${version} comes from ${url}; "
        "where that can't be reached, run scripts/setup first")
    endif()
  endif()

  # SOURCE_SUBDIR without a CMakeLists.txt: get the sources, do not build them in this tree.
  FetchContent_Declare(${library}
    URL "${url}"
    URL_HASH SHA256=${sha256}
    DOWNLOAD_EXTRACT_TIMESTAMP ON
    SOURCE_SUBDIR none)
  set(${prefix}_VERSION "${version}" PARENT_SCOPE)
  set(${prefix}_SHA256 "${sha256}" PARENT_SCOPE)
endfunction()
