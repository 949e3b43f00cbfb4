# make play   sets up this machine, builds, and plays.
# make demo   the same with a night of its own that you hear: groove, break, build-up and drop in its first minute.
# make test   sets up and runs every test.
# make bench  prints the figures that depend on the machine.

CARGO ?= cargo
FEATURES ?= --features jack
# What plays on stage has no assertions and no overflow checks: they would end a driver's callback. Of our crate alone, so that
# the built dependencies are those of the tests.
STAGE = --config profile.dev.debug-assertions=false --config profile.dev.overflow-checks=false
HALATION = $(or $(CARGO_TARGET_DIR),target)/debug/halation
FIRST = target/first-light
SHOW ?= mappings/shows/first-light.toml
# Graphics drivers complain on every start when there is none.
export XDG_RUNTIME_DIR ?= $(CURDIR)/target

.PHONY: play demo test bench setup-play setup-test build

setup-play:
	@.ci/setup play

setup-test:
	@.ci/setup test

build: setup-play
	@echo "Building Halation: about nine minutes the first time on two cores, seconds afterwards."
	@$(CARGO) build $(FEATURES) $(STAGE)

# What `make demo` does otherwise.
SOUND =
LENGTH_S = 20
EVERY = 25
GOAL = play

play: build
	@rm -rf $(FIRST) && mkdir -p $(FIRST)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		$(HALATION) play $(SHOW) $(SOUND); \
	else \
		echo "No display found: playing $(LENGTH_S) seconds without a window."; \
		$(HALATION) play $(SHOW) $(SOUND) --headless --size 640x360 --fps 30 --duration $(LENGTH_S) \
			--capture $(FIRST)/frames --capture-every $(EVERY) \
			--contact-sheet $(FIRST)/contact-sheet.png --report $(FIRST)/report.json && \
		echo "Played $(LENGTH_S) s: look at $(FIRST)/contact-sheet.png and $(FIRST)/report.json. Next: plug in a display or a MIDI controller and run make $(GOAL) again, or read README.md."; \
	fi

demo: SOUND = --audio synth:night --aloud
demo: LENGTH_S = 60
demo: EVERY = 75
demo: GOAL = demo
demo: play

# What the tests' shows make is kept here, and not among what the user's made.
test: export XDG_CACHE_HOME = $(CURDIR)/target/cache
test: setup-test
	@if $(CARGO) fmt --version >/dev/null 2>&1; then $(CARGO) fmt --check; else echo "rustfmt is not installed: formatting not checked"; fi
	@$(CARGO) test $(FEATURES) --lib --bins --test it
	@$(CARGO) test $(FEATURES) --doc

bench: setup-test
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench diffusion -- models/spark
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench ears
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench kinds
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench play
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench effects
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench torture
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench flood
	@$(CARGO) bench $(FEATURES) $(STAGE) --profile dev --bench feedback
	@tests/clients/foreign.sh $(HALATION)
	@$(CARGO) bench $(FEATURES) --profile dev --bench mutate
	@$(CARGO) test $(FEATURES) --lib -- --ignored --nocapture what_forty_schedules_cost | grep tick
	@$(CARGO) test $(FEATURES) --test it -- --ignored --nocapture a_moving_camera_wears_nothing_out | grep images
