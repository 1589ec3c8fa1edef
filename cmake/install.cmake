# What `make install` puts where: programs, systemd unit, example configuration, completions, manual pages as documents.
include(GNUInstallDirs)
set(documents ${CMAKE_INSTALL_DATAROOTDIR}/doc/outrigger)

install(TARGETS outriggerd outrigger RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET outrigger-p4)
  install(TARGETS outrigger-p4 RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES README.md LICENSE deploy/outriggerd.toml docs/man/outriggerd.8.md docs/man/outrigger.1.md
  DESTINATION ${documents})

# The unit names the places of this installation, which are known only now: the prefix may be given at install time.
install(CODE "
  file(READ \"${PROJECT_SOURCE_DIR}/deploy/outriggerd.service\" unit)
  string(REPLACE \"/usr/bin/\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" unit \"\${unit}\")
  string(REPLACE \"/usr/share/doc/\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATAROOTDIR}/doc/\" unit \"\${unit}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/install/outriggerd.service\" \"\${unit}\")
")
install(FILES ${PROJECT_BINARY_DIR}/install/outriggerd.service DESTINATION lib/systemd/system)

# The program prints its own completions.
install(CODE "
  foreach(shell bash zsh fish)
    execute_process(COMMAND \"$<TARGET_FILE:outrigger>\" completion \${shell}
      OUTPUT_FILE \"${PROJECT_BINARY_DIR}/install/completion.\${shell}\" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
")
install(FILES ${PROJECT_BINARY_DIR}/install/completion.bash
  DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions RENAME outrigger)
install(FILES ${PROJECT_BINARY_DIR}/install/completion.zsh
  DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/zsh/vendor-completions RENAME _outrigger)
install(FILES ${PROJECT_BINARY_DIR}/install/completion.fish
  DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d RENAME outrigger.fish)
