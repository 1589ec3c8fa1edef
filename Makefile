# The one door. `make build | demo | test | bench | check | format | soak | fuzz | clients | install`.
.PHONY: all build packages demo test bench check format soak fuzz clients install clean
all: build

JOBS ?= $(shell nproc)
export JOBS

# Where `make install` puts things; DESTDIR goes before it, for those who make packages.
PREFIX ?= /usr/local

packages:
	@tools/install-packages

# What ships: outriggerd and outrigger, optimised, in build/release.
build: packages
	@tools/build release

# A virtual machine uses a disk that the daemon serves; ends with `demo: passed`.
demo: build
	@/usr/bin/python3 demo/demo.py

# The tests that CI runs, in the release, ASan+UBSan, TSan and g++ 12 builds. Not among them, because they take hours or
# the network: soak, fuzz and clients below.
test: packages
	@tools/run-tests

# Speed, beside qemu-storage-daemon, bare TCP and DPDK's SWX; table on screen, rows in build/bench/results.json. The peers'
# packages come first, since what is measured beside a library is built with it; what cannot be had is said, not left out.
bench: packages
	@tools/install-packages --bench || echo "make bench: going on without those packages" >&2
	@tools/build release
	@/usr/bin/python3 tests/bench/bench.py

# The quick look before a commit: our linter, unit tests of the ASan+UBSan build.
check: packages
	@tools/run-tests --quick

format:
	@git ls-files -co --exclude-standard 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' | xargs clang-format-19 -i

# The same tests with larger numbers: hundreds of kills, millions of operations.
soak: packages
	@tools/run-tests --soak

# Every fuzzer for FUZZ_SECONDS each, keeping what it finds in tests/fuzz/corpus.
fuzz: packages
	@tools/run-fuzzers $${FUZZ_SECONDS:-120}

# Clients that others wrote, from PyPI and the Go module proxy, against this daemon.
clients: build
	@tests/api/clients/run

# Programs, systemd unit, completions and documents under $(DESTDIR)$(PREFIX). Builds nothing: `make build` first, so that
# nothing is compiled as root.
install:
	@test -x build/release/src/daemon/outriggerd || { echo "make install: run \`make build\` first" >&2; exit 1; }
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)" --strip

clean:
	rm -rf build
