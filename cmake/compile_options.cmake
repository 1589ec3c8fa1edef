# Flags that hold for every target: warnings are errors, and the sanitizers of the chosen preset.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
else()
  # g++ 12 reports false positives of these kinds inside the standard library at -O2.
  add_compile_options(-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict
                      -Wno-stringop-overread -Wno-dangling-pointer)
endif()

if(OUTRIGGER_SANITIZE)
  add_compile_options(-fsanitize=${OUTRIGGER_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OUTRIGGER_SANITIZE})
endif()
if(OUTRIGGER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
