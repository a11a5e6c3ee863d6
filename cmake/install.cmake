# What `make install` puts where: the program, the library for programs that
# embed it, and the manual.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The layers below the commands, as one archive.
set(embedded kv_base kv_file kv_log kv_index kv_sorted_set kv_store)
list(TRANSFORM embedded REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
add_library(kvstore_library STATIC ${objects})
set_target_properties(kvstore_library PROPERTIES OUTPUT_NAME kvstore EXPORT_NAME kvstore)
target_include_directories(kvstore_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(kvstore_library INTERFACE cxx_std_20)
target_link_libraries(kvstore_library PUBLIC tl::expected PRIVATE fmt::fmt PkgConfig::ISAL
                                      PkgConfig::UTF8PROC PkgConfig::XXHASH PkgConfig::ZSTD Threads::Threads)

# The tree's only include path is its root; an installed header must not claim
# "src/", so the copies say <kvstore/...>.
set(headers src/kvstore.h src/base/check.h src/base/function_ref.h src/base/status.h src/sorted_set/counted_tree.h src/sorted_set/member.h
            src/sorted_set/sorted_set.h src/file/file_system.h src/store/backup.h src/store/compaction.h src/store/iterator.h
            src/store/store.h src/store/snapshot.h src/store/transaction.h)
foreach(header ${headers})
  string(REGEX REPLACE "^src/" "" installed ${header})
  file(READ ${header} text)
  string(REGEX REPLACE "#include \"src/([^\"]*)\"" "#include <kvstore/\\1>" text "${text}")
  file(CONFIGURE OUTPUT include/kvstore/${installed} CONTENT "${text}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kvstore)
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/kvstore.pc.in kvstore.pc @ONLY)
configure_package_config_file(cmake/kvstoreConfig.cmake.in kvstoreConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(kvstoreConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS kvstore)
install(TARGETS kvstore_library EXPORT kvstoreTargets)
install(EXPORT kvstoreTargets NAMESPACE kvstore:: DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/kvstoreConfig.cmake
              ${PROJECT_BINARY_DIR}/kvstoreConfigVersion.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/kvstore.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/kvstore TYPE INCLUDE)
install(FILES README.md LICENSE TYPE DOC)
install(FILES docs/kvstore.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES tools/completion.bash RENAME kvstore OPTIONAL
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
