# The one door. `make build | demo | test | bench | check | format | soak | fuzz`.
.PHONY: all build_dir build packages demo test bench check format soak fuzz clean
all: build

JOBS ?= $(shell nproc)

packages:
	@tools/install-packages

# What ships: outriggerd and outrigger, optimised, in build/release.
build: packages | build_dir
	@cmake --preset release > build/release-configure.log 2>&1 || { cat build/release-configure.log; exit 1; }
	@cmake --build --preset release -j $(JOBS)

# A virtual machine uses a disk that the daemon serves; ends with `demo: passed`.
demo: build
	@/usr/bin/python3 demo/demo.py

# Every test, in the release, ASan+UBSan, TSan and g++ 12 builds; what CI runs.
test: packages
	@tools/run-tests

# Speed, side by side with qemu-storage-daemon; table on screen, rows in build/bench/results.json.
bench: build
	@/usr/bin/python3 tests/bench/bench.py

# The quick look before a commit: layout, our linter, unit tests of the ASan+UBSan build.
check: packages
	@tools/run-tests --quick

format:
	@git ls-files -co --exclude-standard 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' | xargs clang-format-19 -i

# The same tests with larger numbers: hundreds of kills, millions of operations, long fuzzing.
soak: packages
	@tools/run-tests --soak

# Every fuzzer for FUZZ_SECONDS each, keeping what it finds in tests/fuzz/corpus.
fuzz: packages
	@tools/run-fuzzers $${FUZZ_SECONDS:-120}

clean:
	rm -rf build

build_dir:
	@mkdir -p build
