# Targets: build run test test-all soak sanitize fuzz check lint format docs bench baseline results install clean

SWIFT ?= swift
PREFIX ?= /usr/local
# -DNDEBUG: toml++ inside TOMLKit must report its doubts as errors, not end the process (docs/decisions/0006).
FLAGS = -c release -Xcxx -DNDEBUG
BINARY = .build/release/pinn

SANITIZERS = address thread
# The parts that work with pointers and threads, and the readers of foreign texts.
SANITIZED_TESTS = KernelsTests|AutodiffTests|LinearAlgebraTests|NetworksTests|TrainingTests|ExpressionsTests|TablesTests|ConfigurationsTests|DiagnosticsTests

# The tests that start the program and wait for it. Beside long computations in the tests' own process they would wait
# for a thread, and what they started would go on meanwhile.
PROGRAM_TESTS = 'CommandTests|PhysicsTests'

.PHONY: build release run test test-all soak sanitize fuzz check lint format docs bench baseline results install clean

build release:
	$(SWIFT) build $(FLAGS) --product pinn

# Builds, solves the Burgers shock, prints the error against the exact solution and the folder of the results.
run: build
	$(BINARY) train configs/evolution/burgers.toml

# All but the long physics runs. Tests run optimised: SIMD code without optimisation is a hundred times slower.
test:
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build --skip $(PROGRAM_TESTS)
	$(SWIFT) test $(FLAGS) --skip-build --filter $(PROGRAM_TESTS)

# Also trains every shipped configuration to its stated error.
test-all:
	$(SWIFT) build $(FLAGS) --build-tests
	PINN_SLOW_TESTS=1 $(SWIFT) test $(FLAGS) --skip-build --skip $(PROGRAM_TESTS)
	PINN_SLOW_TESTS=1 $(SWIFT) test $(FLAGS) --skip-build --filter $(PROGRAM_TESTS)

SEEDS = 100

# Kills, signals and simultaneous starts at random moments, many more times than `make test` does it; then 100 000 changed
# inputs of each seed for each reader, which takes hours.
soak:
	$(SWIFT) build $(FLAGS) --build-tests
	PINN_SOAK_TESTS=1 $(SWIFT) test $(FLAGS) --skip-build --no-parallel --filter 'CrashTests|SignalTests|ChaosTests'
	set -e; for seed in $$(seq $(SEEDS)); do \
	  PINN_INPUT_SEED=$$seed $(SWIFT) test $(FLAGS) --skip-build --filter 'no input breaks a reader'; \
	done

# The tests of engine and readers under each sanitizer, built apart: instrumented modules and others do not mix.
sanitize: export LSAN_OPTIONS = suppressions=Tests/Sanitizers/leaks.supp
sanitize:
	set -e; for sanitizer in $(SANITIZERS); do \
	  options="$(FLAGS) --sanitize $$sanitizer --scratch-path .build/sanitize-$$sanitizer"; \
	  $(SWIFT) build $$options --build-tests; \
	  $(SWIFT) test $$options --skip-build --disable-xctest --filter '$(SANITIZED_TESTS)'; \
	done

SECONDS = 60
FUZZ_TARGETS = toml yaml setting expression region csv checkpoint
FUZZ_FOLDER = .build/fuzz

# Looks for inputs that break a reader, so many seconds for each, guided by coverage. Nothing may take longer than a
# second or more than 256 MB. New inputs are kept in $(FUZZ_FOLDER)/corpus, what breaks a reader in $(FUZZ_FOLDER)/found.
# lld, because gold cannot read the debug information of the instrumented modules.
fuzz: export PINN_FUZZ = 1
fuzz: export SWIFT_BACKTRACE = enable=no
fuzz:
	$(SWIFT) build $(FLAGS) -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld --product pinn-fuzz \
	  --scratch-path $(FUZZ_FOLDER)/build
	set -e; for target in $(FUZZ_TARGETS); do \
	  mkdir -p $(FUZZ_FOLDER)/corpus/$$target $(FUZZ_FOLDER)/found Tests/Fuzz/Corpus/$$target; \
	  $(FUZZ_FOLDER)/build/release/pinn-fuzz $$target -max_total_time=$(SECONDS) -timeout=1 -rss_limit_mb=256 \
	    -max_len=4096 -print_final_stats=1 -verbosity=0 -artifact_prefix=$(FUZZ_FOLDER)/found/$$target- \
	    $(FUZZ_FOLDER)/corpus/$$target Tests/Fuzz/Corpus/$$target; \
	done

# What a change must pass.
check: lint test

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

# Writes the key tables of the experiment file from the schema that reads it.
docs: build
	$(BINARY) list keys > docs/keys.md
	$(BINARY) list keys --guide docs/configuration.md > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md

# The engine against the processor's peak, and the share of it against the stored one.
bench: build
	$(BINARY) bench --baseline docs/benchmarks/baseline.csv

baseline: build
	for threads in 1 2; do $(BINARY) bench --seconds 3 --threads $$threads; done \
	  | awk 'NR == 1 || !/^case,/' > docs/benchmarks/baseline.csv

# Trains every shipped experiment with three seeds, for hours, and writes the table of docs/results.md.
results: build
	python3 docs/benchmarks/results/results.py --pinn $(BINARY)

# One binary that needs no Swift on the machine it runs on.
install:
	$(SWIFT) build $(FLAGS) --product pinn --static-swift-stdlib --scratch-path .build/install
	install -d $(DESTDIR)$(PREFIX)/bin
	install -s -m 755 .build/install/release/pinn $(DESTDIR)$(PREFIX)/bin/pinn

clean:
	rm -rf .build
