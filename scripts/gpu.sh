#!/bin/sh
# Runs the GPU path on a machine that has a GPU but no Go: packs the tests, the
# program, models and goldens into a folder of some 45 MiB, to be carried there.
#
#   scripts/gpu.sh pack DIR                    here; needs Go
#   DIR/gpu.sh suite|goldens|verify|bench [ARG...]    there
#
# suite is ops/opstest; goldens are logits, greedy steps and perplexities of the
# demo model in every format, with graphs against eager and 8 sessions at once;
# verify and bench take the flags of `rocmforge verify` and `rocmforge bench`.
#
# Where ROCMFORGE_HIPSTAND names a folder with the source of a stand-in for HIP,
# it travels along and is built there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

pack() {
	cd "$here/.."
	to=$1 dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	mkdir -p "$dir/goldens/gguf"
	export CGO_ENABLED=0 GOOS=linux GOARCH=amd64
	go build -trimpath -ldflags '-s -w' -o "$dir/rocmforge" ./cmd/rocmforge
	go test -c -trimpath -ldflags '-s -w' -o "$dir/hip.test" ./device/hip
	go test -c -trimpath -ldflags '-s -w' -o "$dir/runtime.test" ./runtime
	[ -z "${ROCMFORGE_HIPSTAND:-}" ] || cp -r "$ROCMFORGE_HIPSTAND" "$dir/hipstand"
	if [ -n "${ROCMFORGE_SHARED:-}" ]; then
		goldens=$ROCMFORGE_SHARED/goldens
		cp -r "$goldens/gopher-7m" "$goldens/heldout.tokens" "$dir/goldens"
		cp "$goldens"/gguf/gopher-7m-Q8_0.gguf "$goldens"/gguf/gopher-7m-Q4_K_M.gguf "$goldens"/gguf/gopher-7m-F16.gguf "$dir/goldens/gguf"
		chmod -R u+w "$dir"
		rm -f "$dir"/goldens/gopher-7m/BF16*
	fi
	mkdir -p "$to"
	cp scripts/gpu.sh "$to"
	tar -C "$dir" -c . | xz -T0 >"$to/gpu.tar.xz"
	du -sh "$to"
}

prepare() {
	cd "$here"
	[ -d goldens ] || tar -xJf gpu.tar.xz
	if [ -d hipstand ]; then
		make -s -C hipstand build/libamdhip64.so.6 build/libhiprtc.so.6 >/dev/null 2>&1 || make -s -C hipstand
		export LD_LIBRARY_PATH="$here/hipstand/build${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
	fi
	export ROCMFORGE_GOLDENS="$here/goldens" ROCMFORGE_TEST_DEVICE=hip ROCMFORGE_TEST_GPU=1 ROCMFORGE_SLOW=1
	export ROCMFORGE_CACHE_DIR="${ROCMFORGE_CACHE_DIR:-$here/cache}"
}

what=$1
shift
case $what in
pack) pack "$@" ;;
suite)
	prepare
	rc=0
	./hip.test -test.run 'TestSuite' -test.v "$@" >suite.log 2>&1 || rc=$?
	grep -B8 -- '--- FAIL' suite.log | head -100 || true
	for end in PASS FAIL SKIP; do echo "$end $(grep -c -- "--- $end.*/.*/" suite.log || true)"; done
	exit $rc
	;;
goldens)
	prepare
	rc=0
	./runtime.test -test.run 'TestGolden(Logits|LogitsDefault|Greedy|Perplexity)$|TestGraphEqualsEager|TestParallelSessions|TestTurnsAreOnePrompt|TestBatchIsTokenByToken|TestCancelledDecode|TestCloseUnderWay' -test.v "$@" >goldens.log 2>&1 || rc=$?
	grep -v '^=== ' goldens.log || true
	exit $rc
	;;
verify | bench)
	prepare
	./rocmforge "$what" --device hip "$@"
	;;
*)
	sed -n '2,14s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
