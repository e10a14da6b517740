# SPDX-License-Identifier: MIT
#
# Verbs over CMake. `make help` lists them. Each check-* verb has a build folder of its own.
#   BUILD=build  JOBS=nproc  TEST_JOBS=twice that  PREFIX=/usr/local  DESTDIR=  DIR=/usr/include (demo)  CMAKE_FLAGS=  CTEST_FLAGS=  BENCH_FLAGS=
#   FUZZ=names of fuzz programs (all)  FUZZ_SECONDS=60  FUZZ_SEED=N (the same inputs each time)  FUZZ_FLAGS=of libFuzzer

BUILD       ?= build
JOBS        ?= $(shell nproc)
# Most tests wait more than they work.
TEST_JOBS   ?= $(shell echo $$((2 * $(JOBS))))
PREFIX      ?= /usr/local
DIR         ?= /usr/include
CMAKE_FLAGS ?=
CTEST_FLAGS ?=
BENCH_FLAGS ?=

GENERATOR := $(if $(shell command -v ninja),Ninja,Unix Makefiles)
CONFIGURE  = @cmake -S . -G "$(GENERATOR)" --log-level=NOTICE >/dev/null
COMPILE    = @cmake --build
TEST       = @ctest --output-on-failure --no-tests=error -j $(TEST_JOBS) $(CTEST_FLAGS) --test-dir
say        = @sed -n 's/^$@:.*\#\# \(.*\)/== $@: \1/p' $(firstword $(MAKEFILE_LIST))

export ASAN_OPTIONS  ?= strict_string_checks=1
export UBSAN_OPTIONS ?= print_stacktrace=1
export TSAN_OPTIONS  ?= halt_on_error=1:second_deadlock_stack=1:suppressions=$(CURDIR)/tests/tsan.supp

.DEFAULT_GOAL := all
.PHONY: help all demo check check-asan check-tsan check-valgrind check-fallback check-fault check-aarch64 check-install \
        check-ucontext check-clang fuzz bench lint docs install clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

all: ## build the libraries, the tool, the tests, the examples and the benchmarks into build/
	$(say)
	$(CONFIGURE) -B $(BUILD) -DCMAKE_INSTALL_PREFIX="$(PREFIX)" $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD) -j $(JOBS)

demo: ## install what is missing, build, and measure four ways of reading the files of DIR, cached and cold
	$(say)
	@scripts/install-deps build
	@$(MAKE) --no-print-directory all CMAKE_FLAGS="$(CMAKE_FLAGS) -DNOWAIT_TESTS=OFF -DNOWAIT_BENCH=OFF" BUILD=$(BUILD)-demo
	@echo && $(BUILD)-demo/nowait bench files "$(DIR)"
	@echo && $(BUILD)-demo/nowait bench files --cold --rounds=3 "$(DIR)"

check: ## install what is missing, build, and run all tests on both backends
	$(say)
	@scripts/install-deps build check
	@$(MAKE) --no-print-directory all
	$(TEST) $(BUILD)

check-asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(say)
	$(CONFIGURE) -B $(BUILD)-asan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DNOWAIT_BENCH=OFF \
	    -DNOWAIT_SANITIZE=address,undefined -DNOWAIT_TEST_TIMEOUT=180 $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-asan -j $(JOBS)
	$(TEST) $(BUILD)-asan -LE '^(docs|script)$$'

# Without those that compare what comes out with other programs: they have no threads that other tests have not.
check-tsan: ## the tests under ThreadSanitizer
	$(say)
	$(CONFIGURE) -B $(BUILD)-tsan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DNOWAIT_BENCH=OFF \
	    -DNOWAIT_SANITIZE=thread -DNOWAIT_TEST_TIMEOUT=180 $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-tsan -j $(JOBS)
	$(TEST) $(BUILD)-tsan -LE '^(docs|script|fuzz|stream|peers)$$'

# Valgrind 3.19 does not know what a ring's completions write: it looks at the fallback backend.
VALGRIND = valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
    --errors-for-leak-kinds=definite --fair-sched=yes --suppressions=$(CURDIR)/tests/valgrind.supp

check-valgrind: ## unit, internal and API tests under valgrind, on the epoll backend
	$(say)
	$(CONFIGURE) -B $(BUILD)-valgrind -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DNOWAIT_BENCH=OFF \
	    -DNOWAIT_EXAMPLES=OFF -DNOWAIT_TOOL=OFF -DNOWAIT_VALGRIND=ON -DNOWAIT_TEST_TIMEOUT=240 \
	    -DNOWAIT_TEST_WRAPPER="$(VALGRIND)" $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-valgrind -j $(JOBS)
	$(TEST) $(BUILD)-valgrind -L '^(unit|internal|api)$$' -LE '^no-valgrind$$' -E '[.]uring$$'

# The test of `nowait doctor` forbids rings itself, for one reason after the other.
# Why there is no ring makes a difference only until the other engine has been chosen: the whole suite runs for the most
# common reason, for the others what starts loops, tasks and threads in every way.
FALLBACK = [.]epoll$$
FALLBACK_EACH = ^(internal[.]|api[.](embed|fallback|fork|fs|limit|loop|loops|net|op|run|stream|task|thread)_).*[.]epoll$$
check-fallback: ## the suite as on older kernels: io_uring forbidden, for four reasons; guards that take mappings
	$(say)
	$(CONFIGURE) -B $(BUILD) -DCMAKE_INSTALL_PREFIX="$(PREFIX)" $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD) -j $(JOBS)
	@set -e; tests='$(FALLBACK)'; for reason in EPERM ENOSYS ENOMEM MEMLOCK GUARDS; do echo "-- $$reason"; NOWAIT_TEST_FORBID=$$reason \
	    ctest --output-on-failure --no-tests=error -j $(TEST_JOBS) $(CTEST_FLAGS) --test-dir $(BUILD) -R "$$tests" -E '^tool[.]doctor_reports'; \
	    tests='$(FALLBACK_EACH)'; done

check-fault: ## torture: every allocation of the fault tests fails once
	$(say)
	$(CONFIGURE) -B $(BUILD) -DCMAKE_INSTALL_PREFIX="$(PREFIX)" $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD) -j $(JOBS)
	$(TEST) $(BUILD) -L '^fault$$'

# qemu-user has no ring, no seccomp and few mappings, and trips over forks of threads: no place for all API tests.
check-aarch64: ## cross-build for aarch64; unit tests, tasks and channels under qemu-user
	$(say)
	@scripts/cross-sysroot arm64 $(BUILD)-aarch64/sysroot
	$(CONFIGURE) -B $(BUILD)-aarch64 --toolchain cmake/aarch64.cmake -DNOWAIT_TOOL=OFF -DNOWAIT_BENCH=OFF \
	    -DNOWAIT_TEST_TIMEOUT=240 $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-aarch64 -j $(JOBS)
	$(TEST) $(BUILD)-aarch64 -LE '^no-qemu$$' -E '[.]uring$$' \
	    -R '^(unit|api[.](await|cancel|channel|deadline|each|event|gather|group|mutex|semaphore|shield|sleep|task|thread))'

# The context switch and the compiler do not know the engine: one is enough, the ring where there may be one.
ONE_ENGINE = -E "[.]$$($(@:check-%=$(BUILD)-%)/tests/uring_allowed >/dev/null 2>&1 && echo epoll || echo uring)\$$"

check-ucontext: ## the tests with the portable context switch, on one engine
	$(say)
	$(CONFIGURE) -B $(BUILD)-ucontext -DCMAKE_BUILD_TYPE=Debug -DNOWAIT_UCONTEXT=ON -DNOWAIT_BENCH=OFF \
	    -DNOWAIT_EXAMPLES=OFF -DNOWAIT_TOOL=OFF $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-ucontext -j $(JOBS)
	$(TEST) $(BUILD)-ucontext -L '^(unit|internal|api)$$' $(ONE_ENGINE)

check-clang: ## build everything with clang, warnings as errors; unit, internal and API tests on one engine
	$(say)
	$(CONFIGURE) -B $(BUILD)-clang -DCMAKE_C_COMPILER=clang -DNOWAIT_WERROR=ON $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-clang -j $(JOBS)
	$(TEST) $(BUILD)-clang -L '^(unit|internal|api)$$' $(ONE_ENGINE)

check-install: ## install into a staging folder and build consumers against it: C, C++, pkg-config, CMake
	$(say)
	@tests/install/run

# The library itself is built so that libFuzzer sees its branches. What was found goes on from run to run, but for those
# with FUZZ_SEED: scripts/fuzz.
fuzz: ## each fuzz program for FUZZ_SECONDS (60), in parallel, under AddressSanitizer and UndefinedBehaviorSanitizer
	$(say)
	@scripts/install-deps build fuzz
	$(CONFIGURE) -B $(BUILD)-fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DNOWAIT_FUZZ=ON \
	    -DCMAKE_C_FLAGS="-O1 -fsanitize=fuzzer-no-link" -DNOWAIT_SANITIZE=address,undefined \
	    -DNOWAIT_TESTS=OFF -DNOWAIT_BENCH=OFF -DNOWAIT_EXAMPLES=OFF -DNOWAIT_TOOL=OFF $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-fuzz -j $(JOBS)
	@JOBS=$(JOBS) scripts/fuzz $(BUILD)-fuzz/fuzz $(FUZZ)

bench: ## build and run the benchmarks against their peers, all in one run
	$(say)
	@scripts/install-deps build bench
	$(CONFIGURE) -B $(BUILD)-bench -DCMAKE_BUILD_TYPE=RelWithDebInfo -DNOWAIT_TESTS=OFF -DNOWAIT_EXAMPLES=OFF $(CMAKE_FLAGS)
	$(COMPILE) $(BUILD)-bench -j $(JOBS)
	@scripts/bench $(BUILD)-bench/bench $(BENCH_FLAGS)

lint: ## formatting, layers, exported symbols, headers, shell scripts, cppcheck, sizes
	$(say)
	@scripts/install-deps build lint
	@$(MAKE) --no-print-directory all
	@scripts/lint $(BUILD)

docs: ## the API reference (doxygen) and the man pages (scdoc) into build-docs/
	$(say)
	@scripts/install-deps build docs
	@scripts/docs $(BUILD)-docs

install: all ## install under PREFIX, staged into DESTDIR when that is set
	$(say)
	@DESTDIR="$(DESTDIR)" cmake --install $(BUILD)

clean: ## remove every build folder
	$(say)
	@rm -rf $(BUILD) $(BUILD)-*
