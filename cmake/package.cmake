# Debian packages by CPack: `make package` (tools/package). kvstore is the program, its server's
# unit and its documents; libkvstore0 the shared library; libkvstore-dev what building against it
# needs. What install.cmake installs is used; package_finish.cmake makes of it what Debian wants.

# The subcommands' manual pages, and completion for other shells than bash.
file(GLOB pages CONFIGURE_DEPENDS docs/man/*.1)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(zsh_functions zsh/vendor-completions)
else()
  set(zsh_functions zsh/site-functions)
endif()
install(FILES tools/completion.zsh RENAME _kvstore COMPONENT runtime
        DESTINATION ${CMAKE_INSTALL_DATADIR}/${zsh_functions})
install(FILES tools/completion.fish RENAME kvstore.fish COMPONENT runtime
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# Only in packages: a unit, and what it needs, are the system's.
configure_file(packaging/kvstore.service.in kvstore.service @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/kvstore.service DESTINATION /lib/systemd/system
        COMPONENT service EXCLUDE_FROM_ALL)
install(FILES packaging/kvstore.toml DESTINATION /etc/kvstore COMPONENT service EXCLUDE_FROM_ALL)
install(FILES packaging/kvstore.logrotate RENAME kvstore DESTINATION /etc/logrotate.d
        COMPONENT service EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kvstore)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
# Otherwise it would stand before each package's own.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "kvstore built using CMake")
set(CPACK_PACKAGE_CONTACT "The kvstore authors <maintainers@kvstore.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/package_finish.cmake)
set(CPACK_KVSTORE_SOURCE ${PROJECT_SOURCE_DIR})

set(CPACK_COMPONENTS_ALL runtime service)
set(CPACK_COMPONENT_RUNTIME_GROUP kvstore)
set(CPACK_COMPONENT_SERVICE_GROUP kvstore)
set(CPACK_DEBIAN_KVSTORE_PACKAGE_NAME kvstore)
set(CPACK_DEBIAN_KVSTORE_PACKAGE_SECTION database)
set(CPACK_DEBIAN_KVSTORE_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_KVSTORE_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/packaging/postinst;${PROJECT_SOURCE_DIR}/packaging/prerm;${PROJECT_SOURCE_DIR}/packaging/postrm;${PROJECT_SOURCE_DIR}/packaging/conffiles")
set(CPACK_DEBIAN_KVSTORE_DESCRIPTION
"single-file key-value database, shell and server
kvstore keeps keys and values in one append-only file. Growing a value never
rewrites it, any part of a value can be read at once, every version is kept,
and damage is named instead of guessed away.

The program is a shell, runs scripts and single commands, and serves the file
over TCP in a text protocol and in that of Redis, with TLS, users and metrics.")

if(TARGET kvstore_shared)
  list(APPEND CPACK_COMPONENTS_ALL lib dev)
  set(CPACK_COMPONENT_LIB_GROUP libkvstore0)
  set(CPACK_COMPONENT_DEV_GROUP libkvstore-dev)
  set(CPACK_DEBIAN_LIBKVSTORE0_PACKAGE_NAME libkvstore0)
  set(CPACK_DEBIAN_LIBKVSTORE0_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_LIBKVSTORE0_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/triggers)
  set(CPACK_DEBIAN_LIBKVSTORE0_DESCRIPTION
"single-file key-value database, shared library
kvstore keeps keys and values in one append-only file. This library opens such
files from C, and from whatever can call C.")
  set(CPACK_DEBIAN_LIBKVSTORE-DEV_PACKAGE_NAME libkvstore-dev)
  set(CPACK_DEBIAN_LIBKVSTORE-DEV_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_LIBKVSTORE-DEV_PACKAGE_SHLIBDEPS OFF)
  set(CPACK_DEBIAN_LIBKVSTORE-DEV_PACKAGE_DEPENDS
      "libkvstore0 (= ${PROJECT_VERSION}), libexpected-dev, libfmt-dev, libisal-dev, libutf8proc-dev, libxxhash-dev, libzstd-dev")
  set(CPACK_DEBIAN_LIBKVSTORE-DEV_DESCRIPTION
"single-file key-value database, development files
kvstore keeps keys and values in one append-only file. This package has the
headers for C and C++, the static library, and the files by which pkg-config
and CMake find them.")
endif()

include(CPack)
cpack_add_component_group(kvstore)
if(TARGET kvstore_shared)
  cpack_add_component_group(libkvstore0)
  cpack_add_component_group(libkvstore-dev)
endif()
