# discover.cmake - run by CTest: adds the tests that a program says it has.
#
# Given |program|, |room|, |name| and |pollers|. A test is called
# room/name/test, and room/name/test@poller when it runs over several.
# The one test that is added for a program which cannot say what it holds
# fails: a broken build must not look like a shorter list.
if(EXISTS "${program}")
  execute_process(COMMAND "${program}" --list TIMEOUT 30
    OUTPUT_VARIABLE listed RESULT_VARIABLE result)
else()
  set(result "not built")
  set(listed "")
endif()

string(REGEX MATCHALL "[^\n]+" tests "${listed}")
if(NOT result EQUAL 0 OR NOT tests)
  add_test("${room}/${name}/lists_its_tests" "${program}" --list)
  set_tests_properties("${room}/${name}/lists_its_tests" PROPERTIES
    LABELS "${room}" PASS_REGULAR_EXPRESSION "^ListedNothing$")
endif()

foreach(test IN LISTS tests)
  set(runs "${room}/${name}/${test}")
  if(pollers)
    set(runs "")
    foreach(poller IN LISTS pollers)
      list(APPEND runs "${room}/${name}/${test}@${poller}")
    endforeach()
  endif()
  foreach(run IN LISTS runs)
    set(labels "${room}")
    set(environment "")
    if(run MATCHES "@(.*)$")
      list(APPEND labels "${CMAKE_MATCH_1}")
      set(environment "GYRE_POLLER=${CMAKE_MATCH_1}")
    endif()
    add_test("${run}" "${program}" "${test}")
    set_tests_properties("${run}" PROPERTIES LABELS "${labels}"
      ENVIRONMENT "${environment}" TIMEOUT 60 SKIP_RETURN_CODE 77)
  endforeach()
endforeach()
