#!/usr/bin/env bash
# Measures rocmforge and llama.cpp on the same files with the same threads, in
# turn, so that a machine whose speed drifts treats both alike, and prints a
# table of medians and ratios.
#
#   scripts/compare-llama.sh [-t THREADS] [-r ROUNDS] [-n TOKENS] [-s SHAPE] [TYPE ...]
#
# LLAMA_BENCH is the command that runs llama-bench (default: llama-bench).
# Models are written to MODELS (default: a temporary folder, removed behind us).
set -euo pipefail
cd "$(dirname "$0")/.."

threads=2 rounds=3 tokens=64 shape=1b
while getopts t:r:n:s:h opt; do
	case $opt in
	t) threads=$OPTARG ;; r) rounds=$OPTARG ;; n) tokens=$OPTARG ;; s) shape=$OPTARG ;;
	*) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
types=("${@:-}")
[ -n "${types[0]}" ] || types=(Q8_0 Q4_K_M MXFP4 F16)

bin=$(mktemp -d)
models=${MODELS:-$bin}
trap 'rm -rf "$bin"' EXIT
go build -o "$bin/rocmforge" ./cmd/rocmforge

ours() { # FILE -> "prefill decode"
	"$bin/rocmforge" bench -m "$1" --threads "$threads" --prompt 512 -n "$tokens" --repeat 1 --ctx 1024 --json |
		tr ',{}' '\n\n\n' | awk -F: '/"prefill"/ {p=$2} /"decode"/ {d=$2} END {print p+0, d+0}'
}

theirs() { # FILE -> "prefill decode"
	${LLAMA_BENCH:-llama-bench} -m "$1" -t "$threads" -p 512 -n "$tokens" -r 1 -ngl 0 -o json 2>/dev/null |
		awk -F: '/"n_prompt"/ {n=$2+0} /"avg_ts"/ {if (n > 0) p=$2; else d=$2} END {print p+0, d+0}'
}

# medians of the columns of a list of rows
medians() {
	awk '{for (i = 1; i <= NF; i++) v[i, NR] = $i; n = NF}
	END {for (i = 1; i <= n; i++) {
		for (a = 1; a <= NR; a++) for (b = a + 1; b <= NR; b++) if (v[i, b] < v[i, a]) {t = v[i, a]; v[i, a] = v[i, b]; v[i, b] = t}
		printf "%s ", v[i, int((NR + 1) / 2)]}}'
}

echo "| weights | decode, ours | llama.cpp | ratio | prefill of 512, ours | llama.cpp | ratio |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for type in "${types[@]}"; do
	file=$models/$shape-$type.gguf
	[ -e "$file" ] || "$bin/rocmforge" bench --shape "$shape" --type "$type" --write "$file" --prompt 1 -n 1 --repeat 1 >/dev/null
	rows=$(for _ in $(seq "$rounds"); do echo "$(ours "$file") $(theirs "$file")"; done)
	awk -v type="$type" '{printf "| %s | %.1f | %.1f | %.2f | %.0f | %.0f | %.2f |\n", type, $2, $4, $2 / $4, $1, $3, $1 / $3}' <<<"$(medians <<<"$rows")"
	[ "$models" != "$bin" ] || rm -f "$file"
done
