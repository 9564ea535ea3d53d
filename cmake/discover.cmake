# discover.cmake - run by CTest: adds the tests that a program says it has.
#
# Given |program|, |room|, |name|, |pollers|, |environment| and |timeout|. A
# test is called room/name/test, and room/name/test@poller when it runs over
# several. A program that cannot say what it holds becomes a test that fails:
# a broken build must not look like a shorter list.
if(EXISTS "${program}")
  execute_process(COMMAND "${program}" --list TIMEOUT 30
    OUTPUT_VARIABLE listed RESULT_VARIABLE result)
else()
  set(result "not built")
  set(listed "")
endif()

string(REGEX MATCHALL "[^\n]+" tests "${listed}")
if(NOT result EQUAL 0 OR NOT tests)
  set(run "${room}/${name}/says_which_tests_it_holds")
  add_test("${run}" "${program}" --list)
  set_tests_properties("${run}" PROPERTIES LABELS "${room}" WILL_FAIL OFF
    PASS_REGULAR_EXPRESSION "a line that no list holds")
endif()

foreach(test IN LISTS tests)
  set(runs "${room}/${name}/${test}")
  if(pollers)
    list(TRANSFORM pollers PREPEND "${runs}@" OUTPUT_VARIABLE runs)
  endif()
  foreach(run IN LISTS runs)
    set(labels "${room}")
    set(run_environment "${environment}")
    if(run MATCHES "@(.*)$")
      list(APPEND labels "${CMAKE_MATCH_1}")
      list(APPEND run_environment "GYRE_POLLER=${CMAKE_MATCH_1}")
    endif()
    add_test("${run}" "${program}" "${test}")
    set_tests_properties("${run}" PROPERTIES LABELS "${labels}"
      ENVIRONMENT "${run_environment}" TIMEOUT "${timeout}"
      SKIP_RETURN_CODE 77)
  endforeach()
endforeach()
