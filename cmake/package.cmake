# What an installation holds, and the Debian package made of it: `./dev package`.
include(GNUInstallDirs)
install(TARGETS signpost RUNTIME DESTINATION bin)
install(FILES packaging/systemd/signpost.service DESTINATION lib/systemd/system)
install(FILES packaging/systemd/signpost.sysusers DESTINATION lib/sysusers.d RENAME signpost.conf)
install(FILES packaging/signpost.yaml DESTINATION /etc/signpost)
install(FILES LICENSE DESTINATION share/doc/signpost RENAME copyright)
install(DIRECTORY config/examples packaging/prometheus packaging/grafana DESTINATION share/doc/signpost)
# The documents lie to each other, and to what they link to, as they do here.
install(FILES README.md DESTINATION share/doc/signpost)
install(FILES bench/README.md DESTINATION share/doc/signpost/bench)
install(DIRECTORY docs DESTINATION share/doc/signpost)
install(DIRECTORY examples/discover DESTINATION share/doc/signpost/examples)

# What the program prints of itself: manual pages and what teaches shells its commands.
function(install_printed path)
  install(CODE "
    set(file \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${path}\")
    get_filename_component(folder \"\${file}\" DIRECTORY)
    file(MAKE_DIRECTORY \"\${folder}\")
    execute_process(COMMAND ${ARGN} OUTPUT_FILE \"\${file}\" COMMAND_ERROR_IS_FATAL ANY)")
endfunction()
set(program $<TARGET_FILE:signpost>)
install_printed(share/man/man1/signpost.1.gz ${program} man signpost COMMAND gzip -9n)
install_printed(share/man/man5/signpost.yaml.5.gz ${program} man signpost.yaml COMMAND gzip -9n)
install_printed(share/bash-completion/completions/signpost ${program} completion bash)
install_printed(share/zsh/vendor-completions/_signpost ${program} completion zsh)
install_printed(share/fish/vendor_completions.d/signpost.fish ${program} completion fish)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME signpost)
set(CPACK_PACKAGE_CONTACT "The Signpost developers <signpost@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "service discovery and virtual IPs for container clusters")
set(CPACK_PACKAGE_DESCRIPTION
    "Follows the event bus of an orchestrator (Marathon, Mesos, files) and makes what runs there
reachable: by name, as an authoritative DNS server with the names of Mesos-DNS and DC/OS, and by
virtual IP, as a TCP and UDP proxy with health-checked backends.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS systemd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/packaging/debian/postinst;${PROJECT_SOURCE_DIR}/packaging/debian/prerm;${PROJECT_SOURCE_DIR}/packaging/debian/postrm;${PROJECT_SOURCE_DIR}/packaging/debian/conffiles")
include(CPack)
