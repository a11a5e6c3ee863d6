# What `make install` puts where, in three components, as Debian divides it: `runtime` (the
# program and its manual), `lib` (the shared library with the C interface), `dev` (headers,
# archive, pkg-config and CMake files).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The layers below the commands, and the C interface.
set(embedded kv_base kv_file kv_log kv_index kv_sorted_set kv_store kv_c_api)
list(TRANSFORM embedded REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
set(embedded_needs fmt::fmt PkgConfig::ISAL PkgConfig::UTF8PROC PkgConfig::XXHASH PkgConfig::ZSTD
                   Threads::Threads)
set(here ${CMAKE_CURRENT_LIST_DIR})

# The archive: C++ and C.
add_library(kvstore_library STATIC ${objects})
set_target_properties(kvstore_library PROPERTIES OUTPUT_NAME kvstore EXPORT_NAME kvstore)
target_include_directories(kvstore_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(kvstore_library INTERFACE cxx_std_20)
target_link_libraries(kvstore_library PUBLIC tl::expected PRIVATE ${embedded_needs})

# The shared library: C only. Nothing but kvs_* can be seen of it, so that its inside may change.
# 0 until the interface is declared stable.
add_library(kvstore_shared SHARED ${objects})
set_target_properties(kvstore_shared PROPERTIES OUTPUT_NAME kvstore EXPORT_NAME shared SOVERSION 0
                      VERSION ${PROJECT_VERSION} LINK_DEPENDS ${here}/kvstore.map)
# It stays in the process: threads of a store may be in its code until that ends.
target_link_options(kvstore_shared PRIVATE -Wl,--version-script=${here}/kvstore.map -Wl,-z,nodelete)
if(NOT KVSTORE_SANITIZE AND NOT KVSTORE_FUZZ)  # whose functions the program has
  target_link_options(kvstore_shared PRIVATE -Wl,-z,defs)
endif()
target_include_directories(kvstore_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                                    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
target_link_libraries(kvstore_shared PRIVATE ${embedded_needs})

# The tree's only include path is its root; an installed header must not claim
# "src/", so the copies say <kvstore/...>.
set(headers src/kvstore.hpp src/base/buckets.h src/base/cancel.h src/base/check.h src/base/function_ref.h src/base/prefetch.h src/base/status.h
            src/sorted_set/counted_tree.h src/sorted_set/member.h src/sorted_set/sorted_set.h
            src/file/bus_guard.h src/file/file_system.h src/log/format.h src/log/identity.h src/log/position.h
            src/store/backup.h src/store/change_feed.h src/store/commit_waiter.h src/store/compaction.h src/store/figures.h
            src/store/iterator.h src/store/snapshot.h src/store/store.h src/store/transaction.h src/store/value_feed.h
            src/store/waiter.h)
foreach(header ${headers})
  string(REGEX REPLACE "^src/" "" installed ${header})
  file(READ ${header} text)
  string(REGEX REPLACE "#include \"src/([^\"]*)\"" "#include <kvstore/\\1>" text "${text}")
  file(CONFIGURE OUTPUT include/kvstore/${installed} CONTENT "${text}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kvstore)
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(module kvstore kvstore-cpp)
  configure_file(cmake/${module}.pc.in ${module}.pc @ONLY)
endforeach()
configure_package_config_file(cmake/kvstoreConfig.cmake.in kvstoreConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(kvstoreConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS kvstore RUNTIME COMPONENT runtime)
install(FILES docs/kvstore.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime OPTIONAL)
install(FILES tools/completion.bash RENAME kvstore COMPONENT runtime OPTIONAL
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES README.md LICENSE TYPE DOC COMPONENT runtime)

install(TARGETS kvstore_shared EXPORT kvstoreTargets
        LIBRARY COMPONENT lib NAMELINK_COMPONENT dev)

install(TARGETS kvstore_library EXPORT kvstoreTargets ARCHIVE COMPONENT dev)
install(EXPORT kvstoreTargets NAMESPACE kvstore:: DESTINATION ${package_dir} COMPONENT dev)
install(FILES ${PROJECT_BINARY_DIR}/kvstoreConfig.cmake
              ${PROJECT_BINARY_DIR}/kvstoreConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT dev)
install(FILES ${PROJECT_BINARY_DIR}/kvstore.pc ${PROJECT_BINARY_DIR}/kvstore-cpp.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/kvstore include/kvstore TYPE INCLUDE COMPONENT dev)
