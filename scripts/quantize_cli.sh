#!/bin/bash
# Quantizes a model with AMD Quark, with the options that Quark's own examples
# have.
#
#   scripts/quantize_cli.sh --model_dir DIR --output_dir DIR [--quant_scheme S]
#       [--dataset FILE] [--group_size 32] [--kv_cache_dtype fp8]
#       [--quant_algo autosmoothquant|gptq] [--model_export hf_format] [--multi_gpu]
#
# FILE is text or tokens to calibrate with; S is a scheme of quantize_model.py
# (default: w_mxfp4_a_mxfp4). --multi_gpu shares the GPUs that there are; without
# it the CPU quantizes. PYTHON is the Python that has scripts/requirements.txt
# (default: python3).
set -euo pipefail

fail() {
	echo "quantize_cli.sh: $*" >&2
	exit 2
}

model='' output='' args=()
while [ $# -gt 0 ]; do
	case $1 in
	--multi_gpu)
		args+=(--device auto)
		shift
		continue
		;;
	-h | --help)
		sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
		exit 0
		;;
	esac
	[ $# -ge 2 ] || fail "$1 needs a value (see --help)"
	case $1 in
	--model_dir) model=$2 ;;
	--output_dir) output=$2 ;;
	--dataset) args+=(--calib "$2") ;;
	--quant_scheme) args+=(--scheme "$2") ;;
	--kv_cache_dtype) args+=(--kv-cache-dtype "$2") ;;
	--quant_algo) args+=(--algo "$2") ;;
	--group_size) [ "$2" = 32 ] || fail "--group_size $2: MX formats have groups of 32" ;;
	--model_export) [ "$2" = hf_format ] || fail "--model_export $2: hf_format is what ROCmForge reads" ;;
	*) fail "unknown option $1 (see --help)" ;;
	esac
	shift 2
done
[ -n "$model" ] || fail "--model_dir is missing (see --help)"
[ -n "$output" ] || fail "--output_dir is missing (see --help)"
exec "${PYTHON:-python3}" "$(dirname "$0")/quantize_model.py" --model "$model" --output "$output" "${args[@]}"
