#!/usr/bin/env python3
"""Quantize a Hugging Face model with AMD Quark, into a folder that ROCmForge opens.

    pip install -r scripts/requirements.txt
    scripts/quantize_model.py --model ./TinyLlama-1.1B --output ./TinyLlama-1.1B-MXFP4
    rocmforge run -m ./TinyLlama-1.1B-MXFP4 "Once upon a time"

A CPU is enough. `rocmforge quantize` does the same without Python.
"""

import argparse
import os
import sys
import time

SCHEMES = {  # ours: Quark's
    "w_mxfp4": "mxfp4_weight_only",
    "w_mxfp4_a_mxfp4": "mxfp4",
    "w_mxfp4_a_mxfp6": "mxfp4_mxfp6_e2m3",
    "w_mxfp4_a_fp6_e2m3": "mxfp4_mxfp6_e2m3",
    "w_mxfp6_e2m3_a_mxfp6_e2m3": "mxfp6_e2m3",
    "w_mxfp6_e3m2_a_mxfp6_e3m2": "mxfp6_e3m2",
    "w_fp8_a_fp8": "fp8",
}


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", default="TinyLlama/TinyLlama-1.1B-Chat-v1.0", help="folder, or a name on the Hugging Face hub (default: %(default)s)")
    p.add_argument("--output", required=True, help="folder to write (hf_format); must not hold anything")
    p.add_argument("--scheme", default="w_mxfp4_a_mxfp4", choices=SCHEMES, help="of weights and activations (default: %(default)s)")
    p.add_argument("--kv-cache-dtype", choices=["fp8"], help="ask for a KV cache of this type")
    p.add_argument("--algo", choices=["none", "autosmoothquant", "gptq"], default="none", help="what is done beyond rounding (default: none)")
    p.add_argument("--exclude", action="append", help="layers to leave alone (default: lm_head); may be repeated")
    p.add_argument("--calib", help="text file to calibrate with, documents separated by NUL; or uint16 ids in a file that ends in .tokens")
    p.add_argument("--samples", type=int, default=16, help="calibration sequences (default: %(default)s)")
    p.add_argument("--length", type=int, default=256, help="tokens of each (default: %(default)s)")
    p.add_argument("--device", default="cpu", help="cpu, cuda (which is ROCm, too), or auto to share several GPUs (default: %(default)s)")
    a = p.parse_args()
    if a.samples < 1 or a.length < 1:
        p.error("--samples and --length are at least 1")
    if os.path.isdir(a.output) and os.listdir(a.output):
        p.error(f"{a.output} is not empty")
    if a.calib is None and (a.scheme == "w_fp8_a_fp8" or a.kv_cache_dtype or a.algo != "none"):
        p.error("FP8 activations, FP8 caches and algorithms need --calib")
    return a


started = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - started:6.1f} s] {text}", file=sys.stderr, flush=True)


def calibration(a, tokenizer, torch):
    """The batches, each [1, length]. Without text one token will do: nothing looks at it."""
    if a.calib is None:
        return [torch.zeros((1, 1), dtype=torch.long)]
    want = a.samples * a.length
    if a.calib.endswith(".tokens"):
        with open(a.calib, "rb") as f:
            ids = list(memoryview(f.read(2 * want)).cast("H"))
    else:
        ids = []
        with open(a.calib, encoding="utf-8", errors="replace") as f:
            documents = f.read().split("\0")
        ends = [[i] if i is not None else [] for i in (tokenizer.bos_token_id, tokenizer.eos_token_id)]
        for text in documents:
            if text.strip():
                ids += ends[0] + tokenizer(text, add_special_tokens=False)["input_ids"] + ends[1]
            if len(ids) >= want:
                break
    length = min(a.length, len(ids))
    if length == 0:
        sys.exit(f"{a.calib}: no tokens")
    count = min(a.samples, len(ids) // length)
    return [torch.tensor([ids[i * length : (i + 1) * length]]) for i in range(count)]


def rounds_on_cpu(torch):
    """Quark 0.13 rounds bfloat16 activations to MXFP4 on GPUs only; on a CPU this does. Four-bit values times
    powers of two are exact in bfloat16, so that it gives what the GPU gives."""
    from quark.torch.kernel import mx
    from quark.torch.quantization.utils import even_round, reshape_to_blocks

    def qdq_mxfp4(x, scale_calculation_mode="even"):
        if scale_calculation_mode != "even":
            raise ValueError(f"scale_calculation_mode {scale_calculation_mode} has no CPU version")
        blocks = reshape_to_blocks(x.float(), 32, -1)
        scale = even_round(blocks.abs().amax(-1, keepdim=True), "fp4")
        codes = torch.ops.quark.fake_quantize_to_low_precision_fp((blocks / scale).contiguous(), 2, 1, 6.0, 0)
        return (codes * scale).reshape(x.shape).to(x.dtype)

    mx.qdq_mxfp4 = qdq_mxfp4


def main():
    a = arguments()
    say("loading PyTorch and Quark")
    import torch
    from quark.torch import LLMTemplate, ModelQuantizer, export_safetensors
    from quark.torch.utils.llm import preprocess_for_quantization
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if a.device == "cpu":
        rounds_on_cpu(torch)
    say(f"loading {a.model}")
    tokenizer = AutoTokenizer.from_pretrained(a.model)
    model = AutoModelForCausalLM.from_pretrained(
        a.model, dtype=torch.bfloat16, attn_implementation="eager", device_map=None if a.device == "cpu" else a.device
    ).eval()
    if getattr(model.config, "num_local_experts", None) or getattr(model.config, "num_experts", None):
        preprocess_for_quantization(model)  # a linear layer for each expert, or they stay as they are
    batches = [b.to(model.device) for b in calibration(a, tokenizer, torch)]
    say(f"quantizing to {a.scheme} with {len(batches)} sequences of {batches[0].shape[1]} tokens")
    config = LLMTemplate.get(model.config.model_type).get_config(
        scheme=SCHEMES[a.scheme],
        kv_cache_scheme=a.kv_cache_dtype,
        algorithm=None if a.algo == "none" else a.algo,
        exclude_layers=a.exclude,
    )
    with torch.no_grad():
        quantizer = ModelQuantizer(config)
        model = quantizer.freeze(quantizer.quantize_model(model, batches))
        say(f"writing {a.output}")
        export_safetensors(model, a.output, custom_mode="quark", weight_format="real_quantized", pack_method="reorder")
    tokenizer.save_pretrained(a.output)
    say("done")


if __name__ == "__main__":
    main()
