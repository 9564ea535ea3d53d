/* linux-proc.c - tests of what is read from the texts of /proc, with texts of
 * real machines. */
#include "support/test.h"

#include "unix/proc.h"

/* ---- numbers --------------------------------------------------------------
 */

static void test_a_number_ends_where_its_digits_do(void** state) {
  static const struct {
    const char* text;
    uint64_t number;
    size_t length; /* of what was read; 0: there is none */
  } rows[] = {{"0", 0, 1},
              {"42 7", 42, 2},
              {" \t9x", 9, 3},
              {"007", 7, 3},
              {"18446744073709551615", UINT64_MAX, 20},
              {"18446744073709551616", UINT64_MAX, 20},
              {"99999999999999999999999 1", UINT64_MAX, 23},
              {"", 0, 0},
              {"-1", 0, 0},
              {"max", 0, 0},
              {"\n1", 0, 0}};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    const char* at = rows[i].text;
    uint64_t number = 77;
    bool read = gy_proc_number(&at, &number);
    assert_int_equal(read, rows[i].length > 0);
    assert_ptr_equal(at, rows[i].text + rows[i].length);
    assert_int_equal(number, read ? rows[i].number : 77);
  }
}

/* ---- memory and time ------------------------------------------------------
 */

static const char meminfo[] =
    "MemTotal:       24683620 kB\n"
    "MemFree:        22621108 kB\n"
    "MemAvailable:   23975420 kB\n"
    "Buffers:           20392 kB\n"
    "HugePages_Total:       3\n"
    "SwapTotal:             0 kB\n";

static void test_memory_is_found_by_its_whole_name(void** state) {
  (void)state;
  assert_int_equal(gy_proc_meminfo(meminfo, "MemTotal"),
                   UINT64_C(24683620) * 1024);
  assert_int_equal(gy_proc_meminfo(meminfo, "MemAvailable"),
                   UINT64_C(23975420) * 1024);
  assert_int_equal(gy_proc_meminfo(meminfo, "SwapTotal"), 0);
  assert_int_equal(gy_proc_meminfo(meminfo, "Mem"), 0);
  assert_int_equal(gy_proc_meminfo(meminfo, "Total"), 0);
  assert_int_equal(gy_proc_meminfo("", "MemTotal"), 0);
  assert_int_equal(gy_proc_meminfo("MemTotal:", "MemTotal"), 0);
  assert_int_equal(gy_proc_meminfo("MemTotal", "MemTotal"), 0);
  assert_int_equal(gy_proc_meminfo("MemTotal: \n1 kB", "MemTotal"), 0);
  assert_int_equal(gy_proc_meminfo("MemFree: 1 kB\nMemTotal: 2 kB", "MemTotal"),
                   2048);
  assert_int_equal(
      gy_proc_meminfo("MemTotal: 18446744073709551615 kB", "MemTotal"),
      UINT64_MAX);
}

static void test_a_process_has_six_numbers_of_pages(void** state) {
  gy_proc_statm_t statm = {7, 7, 7};

  (void)state;
  assert_true(gy_proc_statm("1031 364 323 34 0 118 0\n", &statm));
  assert_int_equal(statm.size, 1031);
  assert_int_equal(statm.resident, 364);
  assert_int_equal(statm.data, 118);
  assert_false(gy_proc_statm("", &statm));
  assert_false(gy_proc_statm("1031 364 323 34 0", &statm));
  assert_false(gy_proc_statm("1031 364 323 34 0 x", &statm));
  assert_int_equal(statm.data, 118);
}

static void test_time_since_the_start_has_a_fraction(void** state) {
  static const struct {
    const char* text;
    double uptime;
  } rows[] = {{"503.32 910.11\n", 503.32},
              {"0.00 0.00\n", 0},
              {"12", 12},
              {"12.", 12},
              {"2897872.5 1", 2897872.5}};
  double uptime = -1;

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    assert_true(gy_proc_uptime(rows[i].text, &uptime));
    assert_true(uptime > rows[i].uptime - 1e-6);
    assert_true(uptime < rows[i].uptime + 1e-6);
  }
  assert_false(gy_proc_uptime("", &uptime));
  assert_false(gy_proc_uptime("up", &uptime));
}

/* ---- processors: what they did --------------------------------------------
 */

static const char stat_text[] =
    "cpu  40279 4837 34532 28672 884 0 341 0 0 0\n"
    "cpu0 19304 2626 16577 16099 48 11 99 0 0 0\n"
    "cpu1 20974 2210 17955 12573 835 0 241 0 0 0\n"
    "cpu12 1 2 3 4\n"
    "intr 1234 0 0\n"
    "ctxt 99\n"
    "cpufreq 1 2 3 4\n"
    "btime 1700000000\n";

static void test_every_processor_of_the_list_is_given(void** state) {
  const char* at = stat_text;
  gy_proc_cpu_t cpu;

  (void)state;
  assert_true(gy_proc_next_cpu(&at, &cpu));
  assert_int_equal(cpu.number, 0);
  assert_int_equal(cpu.user, 19304);
  assert_int_equal(cpu.nice, 2626);
  assert_int_equal(cpu.system, 16577);
  assert_int_equal(cpu.idle, 16099);
  assert_int_equal(cpu.irq, 11);
  assert_true(gy_proc_next_cpu(&at, &cpu));
  assert_int_equal(cpu.number, 1);
  assert_true(gy_proc_next_cpu(&at, &cpu));
  assert_int_equal(cpu.number, 12);
  assert_int_equal(cpu.idle, 4);
  assert_int_equal(cpu.irq, 0);
  assert_false(gy_proc_next_cpu(&at, &cpu));
  assert_int_equal(*at, '\0');
}

static void test_a_line_that_is_no_processors_is_passed_over(void** state) {
  static const char* const texts[] = {"",
                                      "cpu",
                                      "cpu1",
                                      "cpu1 1 2 3",
                                      "cpu 1 2 3 4",
                                      "cpux 1 2 3 4",
                                      "CPU1 1 2 3 4"};
  gy_proc_cpu_t cpu;

  (void)state;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    const char* at = texts[i];
    assert_false(gy_proc_next_cpu(&at, &cpu));
  }
}

/* ---- processors: what they are --------------------------------------------
 */

static const char* const kinds[] = {"model", "MHz", "implementer", "part"};

/* All facts of |text|, a line each: "0 model: AMD EPYC". */
static void expect_facts(const char* text, const char* expected) {
  gy_cpuinfo_t cpuinfo = {text, GY_CPU_ALL};
  gy_cpu_fact_t fact;
  char found[4096] = "";
  size_t length = 0;

  while (gy_cpuinfo_next(&cpuinfo, &fact)) {
    char cpu[24] = "all";
    if (fact.cpu != GY_CPU_ALL) {
      (void)snprintf(cpu, sizeof(cpu), "%llu", (unsigned long long)fact.cpu);
    }
    if (fact.kind == GY_CPU_MODEL) {
      length += (size_t)snprintf(found + length, sizeof(found) - length,
                                 "%s model: %.*s\n", cpu, (int)fact.text.length,
                                 fact.text.at);
    } else {
      length += (size_t)snprintf(found + length, sizeof(found) - length,
                                 "%s %s: %llu\n", cpu, kinds[fact.kind],
                                 (unsigned long long)fact.number);
    }
    assert_true(length < sizeof(found));
  }
  assert_string_equal(found, expected);
}

static void test_x86_says_a_name_and_a_speed_of_each(void** state) {
  (void)state;
  expect_facts(
      "processor\t: 0\n"
      "vendor_id\t: AuthenticAMD\n"
      "cpu family\t: 26\n"
      "model\t\t: 2\n"
      "model name\t: AMD EPYC\n"
      "cpu MHz\t\t: 2096.011\n"
      "cpu cores\t: 2\n"
      "cpuid level\t: 13\n"
      "power management:\n"
      "\n"
      "processor\t: 1\n"
      "model name\t: Intel(R) Xeon(R) CPU @ 2.20GHz \n"
      "cpu MHz\t\t: 2199.998\n"
      "\n",
      "0 model: AMD EPYC\n"
      "0 MHz: 2096\n"
      "1 model: Intel(R) Xeon(R) CPU @ 2.20GHz\n"
      "1 MHz: 2199\n");
}

static void test_arm64_says_who_made_each_and_what(void** state) {
  (void)state;
  expect_facts(
      "processor\t: 0\n"
      "BogoMIPS\t: 243.75\n"
      "Features\t: fp asimd evtstrm aes\n"
      "CPU implementer\t: 0x41\n"
      "CPU architecture: 8\n"
      "CPU variant\t: 0x3\n"
      "CPU part\t: 0xd0c\n"
      "CPU revision\t: 1\n"
      "\n"
      "processor\t: 4\n"
      "CPU implementer\t: 0x51\n"
      "CPU part\t: 0x800\n"
      "\n",
      "0 implementer: 65\n"
      "0 part: 3340\n"
      "4 implementer: 81\n"
      "4 part: 2048\n");
}

static void test_an_old_arm_says_most_things_of_all(void** state) {
  (void)state;
  expect_facts(
      "Processor       : ARMv7 Processor rev 2 (v7l)\n"
      "processor       : 0\n"
      "BogoMIPS        : 596.46\n"
      "\n"
      "processor       : 1\n"
      "BogoMIPS        : 599.22\n"
      "\n"
      "Features        : swp half thumb fastmult vfp edsp thumbee neon\n"
      "CPU implementer : 0x41\n"
      "CPU architecture: 7\n"
      "CPU variant     : 0x1\n"
      "CPU part        : 0xc09\n"
      "CPU revision    : 2\n"
      "\n"
      "Hardware        : OMAP4 Panda board\n"
      "Revision        : 0020\n",
      "all model: ARMv7 Processor rev 2 (v7l)\n"
      "all implementer: 65\n"
      "all part: 3081\n");
}

static void test_an_arm_of_one_processor_has_no_processors(void** state) {
  (void)state;
  expect_facts(
      "Processor       : ARMv6-compatible processor rev 7 (v6l)\n"
      "BogoMIPS        : 697.95\n"
      "CPU implementer : 0x41\n"
      "CPU part        : 0xb76\n"
      "\n"
      "Hardware        : BCM2708\n",
      "all model: ARMv6-compatible processor rev 7 (v6l)\n"
      "all implementer: 65\n"
      "all part: 2934\n");
}

static void test_a_newer_arm_says_its_name_of_each(void** state) {
  (void)state;
  expect_facts(
      "processor\t: 0\n"
      "model name\t: ARMv7 Processor rev 5 (v7l)\n"
      "BogoMIPS\t: 38.00\n"
      "CPU implementer\t: 0x41\n"
      "CPU part\t: 0xc07\n"
      "\n",
      "0 model: ARMv7 Processor rev 5 (v7l)\n"
      "0 implementer: 65\n"
      "0 part: 3079\n");
}

static void test_s390x_says_the_name_in_one_line(void** state) {
  (void)state;
  expect_facts(
      "vendor_id       : IBM/S390\n"
      "# processors    : 2\n"
      "bogomips per cpu: 3033.00\n"
      "max thread id   : 0\n"
      "features\t: esan3 zarch stfle msa\n"
      "cache0          : level=1 type=Data scope=Private size=128K\n"
      "processor 0: version = FF,  identification = 148F67,  machine = 2964\n"
      "processor 1: version = FF,  identification = 148F67,  machine = 2964\n"
      "\n"
      "cpu number      : 0\n"
      "cpu MHz dynamic : 5000\n"
      "cpu MHz static  : 5000\n"
      "\n"
      "cpu number      : 1\n"
      "cpu MHz dynamic : 4999\n"
      "cpu MHz static  : 5000\n"
      "\n",
      "0 model: version = FF,  identification = 148F67,  machine = 2964\n"
      "1 model: version = FF,  identification = 148F67,  machine = 2964\n"
      "0 MHz: 5000\n"
      "1 MHz: 4999\n");
}

static void test_riscv_says_its_architecture(void** state) {
  (void)state;
  expect_facts(
      "processor\t: 0\n"
      "hart\t\t: 2\n"
      "isa\t\t: rv64imafdc\n"
      "mmu\t\t: sv39\n"
      "uarch\t\t: sifive,bullet0\n"
      "\n"
      "processor\t: 1\n"
      "hart\t\t: 1\n"
      "isa\t\t: rv64imafdc\n"
      "\n",
      "0 model: sifive,bullet0\n");
}

static void test_power_says_a_name_and_a_clock(void** state) {
  (void)state;
  expect_facts(
      "processor       : 0\n"
      "cpu             : POWER8E (raw), altivec supported\n"
      "clock           : 2061.000000MHz\n"
      "revision        : 2.1 (pvr 004b 0201)\n"
      "\n"
      "processor       : 159\n"
      "cpu             : POWER8E (raw), altivec supported\n"
      "clock           : 2061.000000MHz\n"
      "\n"
      "timebase        : 512000000\n"
      "platform        : PowerNV\n"
      "model           : 8247-22L\n"
      "machine         : PowerNV 8247-22L\n",
      "0 model: POWER8E (raw), altivec supported\n"
      "0 MHz: 2061\n"
      "159 model: POWER8E (raw), altivec supported\n"
      "159 MHz: 2061\n");
}

static void test_mips_and_loongarch_have_words_of_their_own(void** state) {
  (void)state;
  expect_facts(
      "system type\t\t: MediaTek MT7621\n"
      "processor\t\t: 0\n"
      "cpu model\t\t: MIPS 1004Kc V2.15\n"
      "\n",
      "0 model: MIPS 1004Kc V2.15\n");
  expect_facts(
      "system type\t\t: generic-loongson-machine\n"
      "\n"
      "processor\t\t: 0\n"
      "CPU Family\t\t: Loongson-64bit\n"
      "Model Name\t\t: Loongson-3A5000\n"
      "CPU MHz\t\t: 2500.00\n"
      "\n",
      "0 model: Loongson-3A5000\n0 MHz: 2500\n");
}

static void test_what_is_no_fact_is_passed_over(void** state) {
  (void)state;
  expect_facts("", "");
  expect_facts("\n\n", "");
  expect_facts("model name", "");
  expect_facts("model name:", "");
  expect_facts("model name:   \n", "");
  expect_facts(":", "");
  expect_facts("cpu MHz: fast", "");
  expect_facts("CPU part: 0x", "");
  expect_facts("CPU part: 0xg0", "");
  expect_facts("CPU part: 0x123456789abcdef01", "");
  expect_facts("CPU part: d08", "");
  expect_facts("processor: x\nmodel name: y", "all model: y\n");
  expect_facts("processor 1x: y\nprocessor : 2", "");
  expect_facts("processor: 3\nmodel name: no end", "3 model: no end\n");
  expect_facts("processor: 3\r\nmodel name: dos\r\n", "3 model: dos\n");
}

static void test_arms_have_names(void** state) {
  (void)state;
  assert_string_equal(gy_cpu_arm_name(0x41, 0xd08), "Cortex-A72");
  assert_string_equal(gy_cpu_arm_name(0x41, 0xd0c), "Neoverse-N1");
  assert_string_equal(gy_cpu_arm_name(0x61, 0x023), "Firestorm-M1");
  assert_null(gy_cpu_arm_name(0x41, 0xfff));
  assert_null(gy_cpu_arm_name(0, 0));
  assert_null(gy_cpu_arm_name(UINT64_MAX, UINT64_MAX));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_number_ends_where_its_digits_do),
    cmocka_unit_test(test_memory_is_found_by_its_whole_name),
    cmocka_unit_test(test_a_process_has_six_numbers_of_pages),
    cmocka_unit_test(test_time_since_the_start_has_a_fraction),
    cmocka_unit_test(test_every_processor_of_the_list_is_given),
    cmocka_unit_test(test_a_line_that_is_no_processors_is_passed_over),
    cmocka_unit_test(test_x86_says_a_name_and_a_speed_of_each),
    cmocka_unit_test(test_arm64_says_who_made_each_and_what),
    cmocka_unit_test(test_an_old_arm_says_most_things_of_all),
    cmocka_unit_test(test_an_arm_of_one_processor_has_no_processors),
    cmocka_unit_test(test_a_newer_arm_says_its_name_of_each),
    cmocka_unit_test(test_s390x_says_the_name_in_one_line),
    cmocka_unit_test(test_riscv_says_its_architecture),
    cmocka_unit_test(test_power_says_a_name_and_a_clock),
    cmocka_unit_test(test_mips_and_loongarch_have_words_of_their_own),
    cmocka_unit_test(test_what_is_no_fact_is_passed_over),
    cmocka_unit_test(test_arms_have_names),
};

GY_TEST_MAIN(tests)
