# Writes the files of the status page into a source file: cmake -DFROM=folder -DTO=page_files.cc -P embed.cmake
# What their text is worth to a cache is the beginning of its SHA-256.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_mjs "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

file(GLOB_RECURSE names RELATIVE ${FROM} ${FROM}/*)
list(SORT names)
set(rows "")
foreach(name IN LISTS names)
  string(REGEX REPLACE ".*\\." "" extension ${name})
  file(READ ${FROM}/${name} text)
  file(SHA256 ${FROM}/${name} digest)
  string(SUBSTRING ${digest} 0 16 digest)
  set(path /page/${name})
  if(name STREQUAL "index.html")
    set(path /)
  endif()
  string(APPEND rows "    {\"${path}\", \"${type_${extension}}\", \"\\\"${digest}\\\"\", R\"page(${text})page\"},\n")
endforeach()

file(WRITE ${TO} "// Written by cmake/embed.cmake from admin/page/.
#include \"admin/status_page.h\"

namespace admin {

std::span<const PageFile> page_files() {
  static constexpr PageFile kFiles[] = {
${rows}  };
  return kFiles;
}

}  // namespace admin
")
