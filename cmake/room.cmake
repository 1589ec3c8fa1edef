# The three things a room is made of: a library, unit tests beside the code, and fuzz targets.

# outrigger_room(NAME SOURCES a.cc b.cc DEPENDS room1 room2 [LIBRARIES lib...] [EXCEPTIONS])
# A static library `outrigger_NAME` that sees only the rooms it names. Rooms are built without exceptions
# unless they sit on a library that throws (EXCEPTIONS).
function(outrigger_room name)
  cmake_parse_arguments(ROOM "EXCEPTIONS" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  if(ROOM_SOURCES)
    add_library(outrigger_${name} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(outrigger_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(outrigger_${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_DEPENDS PREPEND outrigger_)
  target_link_libraries(outrigger_${name} ${scope} ${ROOM_DEPENDS} ${ROOM_LIBRARIES})
  if(ROOM_SOURCES AND NOT ROOM_EXCEPTIONS)
    target_compile_options(outrigger_${name} PRIVATE -fno-exceptions)
  endif()
endfunction()

# A soak does more of everything. ctest's own --timeout counts only for tests without a TIMEOUT, and all have one, so that the
# limits are stretched here. tools/build always says by how much: a cache does not keep a soak's.
set(OUTRIGGER_TEST_TIMEOUT_FACTOR 1 CACHE STRING "How much longer than usual every test may take")

# outrigger_time_limit(TEST SECONDS)
function(outrigger_time_limit test seconds)
  math(EXPR limit "${seconds} * ${OUTRIGGER_TEST_TIMEOUT_FACTOR}")
  if(limit GREATER 14400 AND OUTRIGGER_TEST_TIMEOUT_FACTOR GREATER 1) # one that hangs holds a soak for some hours only
    set(limit 14400)
  endif()
  set_tests_properties(${test} PROPERTIES TIMEOUT ${limit})
endfunction()

# outrigger_test(NAME SOURCES a_test.cc DEPENDS room... [LIBRARIES lib...] [LABELS label...] [TIMEOUT seconds])
# One gtest program, one ctest entry called PRESET.NAME; label `unit` unless others are given.
# Tests' own code is not optimised: most of a build's time went into inlining gtest. What is tested is built as always.
function(outrigger_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;DEPENDS;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_compile_options(${name} PRIVATE -O0)
  list(TRANSFORM T_DEPENDS PREPEND outrigger_)
  target_link_libraries(${name} PRIVATE ${T_DEPENDS} ${T_LIBRARIES} GTest::gtest_main GTest::gmock)
  add_test(NAME ${OUTRIGGER_PRESET}.${name} COMMAND ${name})
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300) # the longest takes 90 under sanitizers beside another one
  endif()
  set_tests_properties(${OUTRIGGER_PRESET}.${name} PROPERTIES LABELS "${T_LABELS}")
  outrigger_time_limit(${OUTRIGGER_PRESET}.${name} ${T_TIMEOUT})
endfunction()

# outrigger_fuzz(NAME SOURCES x_fuzz.cc DEPENDS room... [CORPUS dir])
# The source defines LLVMFuzzerTestOneInput. In the fuzz preset it becomes a libFuzzer program; in every other
# one a program that replays the kept corpus (tests/fuzz/corpus/NAME) as a unit test.
function(outrigger_fuzz name)
  cmake_parse_arguments(F "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  list(TRANSFORM F_DEPENDS PREPEND outrigger_)
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  if(OUTRIGGER_FUZZ)
    add_executable(${name} ${F_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${F_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME ${OUTRIGGER_PRESET}.${name}_corpus COMMAND ${name} ${corpus})
    set_tests_properties(${OUTRIGGER_PRESET}.${name}_corpus PROPERTIES LABELS "unit;fuzz")
    outrigger_time_limit(${OUTRIGGER_PRESET}.${name}_corpus 120)
  endif()
  target_link_libraries(${name} PRIVATE ${F_DEPENDS} ${F_LIBRARIES})
endfunction()
