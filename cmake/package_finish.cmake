# What Debian's policy asks of the files of each package, after they are installed and before
# they are packed. CPack runs it, with what package.cmake has set.

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Compressed, without the moment at which that was done.
function(compress file)
  run(gzip -9nf ${file})
endfunction()

foreach(package kvstore libkvstore0 libkvstore-dev)
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${package})
  if(NOT IS_DIRECTORY ${root})
    continue()
  endif()
  set(documents ${root}/usr/share/doc/${package})
  file(REMOVE ${documents}/LICENSE)
  file(MAKE_DIRECTORY ${documents})
  # Not INSTALL, which would heed the DESTDIR that CPack has set.
  file(COPY_FILE ${CPACK_KVSTORE_SOURCE}/packaging/copyright ${documents}/copyright)
  execute_process(COMMAND git -C ${CPACK_KVSTORE_SOURCE} log -1 --format=%cD
                  OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT date)
    execute_process(COMMAND date -R -r ${CPACK_KVSTORE_SOURCE}/CHANGELOG.md OUTPUT_VARIABLE date
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  file(WRITE ${documents}/changelog
"kvstore (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * See CHANGELOG.md of the source for what has changed.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
  compress(${documents}/changelog)
  file(GLOB pages ${root}/usr/share/man/man*/*)
  foreach(page ${pages})
    compress(${page})
  endforeach()
  file(GLOB_RECURSE archives ${root}/usr/lib/*.a)
  foreach(archive ${archives})
    run(strip --strip-debug --remove-section=.comment --remove-section=.note --enable-deterministic-archives ${archive})
  endforeach()
  # Whatever the umask of who builds.
  run(chmod -R u=rwX,go=rX ${root})
endforeach()
