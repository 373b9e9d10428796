#!/usr/bin/env python3
"""Quantize a Hugging Face model with AMD Quark, into a folder that ROCmForge opens.

    pip install -r scripts/requirements.txt
    scripts/quantize_model.py --model ./TinyLlama-1.1B --output ./TinyLlama-1.1B-MXFP4
    rocmforge run -m ./TinyLlama-1.1B-MXFP4 "Once upon a time"

A CPU is enough. The output is complete or absent. `rocmforge quantize` does the
same without Python.
"""

import argparse
import os
import shutil
import sys
import tempfile
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


def arguments(argv):
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
    p.add_argument("--device", default="cpu", help="cpu, cuda (which is ROCm, too), or auto to share the GPUs that there are (default: %(default)s)")
    a = p.parse_args(argv)
    a.output = os.path.abspath(a.output)
    if a.samples < 1 or a.length < 1:
        p.error("--samples and --length are at least 1")
    if os.path.lexists(a.output) and not (os.path.isdir(a.output) and not os.path.islink(a.output) and not os.listdir(a.output)):
        p.error(f"{a.output} is there already and no empty folder")
    if not os.path.isdir(os.path.dirname(a.output)):
        p.error(f"{a.output}: there is no folder to put it into")
    if a.calib is None and (a.scheme == "w_fp8_a_fp8" or a.kv_cache_dtype or a.algo != "none"):
        p.error("FP8 activations, FP8 caches and algorithms need --calib")
    if a.calib is not None and not os.path.isfile(a.calib):
        p.error(f"--calib {a.calib}: no such file")
    if a.calib is not None and a.calib.endswith(".tokens") and os.path.getsize(a.calib) % 2:
        p.error(f"--calib {a.calib}: an odd number of bytes, and ids have two; if it is text, it needs another name")
    return a


started = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - started:6.1f} s] {text}", file=sys.stderr, flush=True)


def read_tokens(path, want):
    """The first ids of a file of uint16, little-endian."""
    with open(path, "rb") as f:
        data = f.read(2 * want)
    return [lo | hi << 8 for lo, hi in zip(data[::2], data[1::2])]


def read_text(path, want, tokenizer):
    """At least so many ids, if there are, each document between the model's tokens of beginning and end."""
    begin, end = ([i] if i is not None else [] for i in (tokenizer.bos_token_id, tokenizer.eos_token_id))
    with open(path, encoding="utf-8", errors="replace") as f:
        documents = f.read().split("\0")
    ids = []
    for text in documents:
        if len(ids) >= want:
            break
        if text.strip():
            ids += begin + tokenizer(text, add_special_tokens=False)["input_ids"] + end
    return ids


def calibration(a, tokenizer, vocabulary):
    """The sequences, all of one length. Without a file one token will do: nothing looks at it."""
    if a.calib is None:
        return [[0]]
    want = a.samples * a.length
    ids = read_tokens(a.calib, want) if a.calib.endswith(".tokens") else read_text(a.calib, want, tokenizer)
    length = min(a.length, len(ids))
    if length == 0:
        sys.exit(f"{a.calib}: no tokens to calibrate with")
    if max(ids) >= vocabulary:
        sys.exit(f"{a.calib}: token {max(ids)} is none of the model's, whose vocabulary has {vocabulary}")
    return [ids[i : i + length] for i in range(0, min(want, len(ids) - length + 1), length)]


def round_mxfp4(x):
    """The nearest MXFP4 values, ties to the even code, in blocks of 32 along the last axis of x, any float dtype.

    The scale is the power of two that brings the largest magnitude, rounded to one bit of mantissa, into [4, 8)
    (Quark's mode "even"). Such values are exact in bfloat16, so the dtype of x makes no difference.
    """
    import torch

    blocks = x.float().unflatten(-1, (-1, 32))
    largest = blocks.abs().amax(-1, keepdim=True)
    exponent = ((largest.view(torch.int32) + (1 << 21)) >> 23) - 127 - 2
    scale = torch.ldexp(torch.ones_like(largest), exponent.clamp(min=-127))
    y = blocks / scale
    size = y.abs()
    step = torch.where(size < 2, 0.5, torch.where(size < 4, 1.0, 2.0))  # between neighbours: 0, 0.5, 1, 1.5, 2, 3, 4, 6
    rounded = ((size / step).round() * step).clamp(max=6)
    return (rounded.copysign(y) * scale).flatten(-2).to(x.dtype)


def round_on_cpu():
    """Quark 0.13 rounds activations in bfloat16 to MXFP4 by a kernel that only GPUs have; autosmoothquant calls it."""
    from quark.torch.kernel import mx

    def qdq_mxfp4(x, scale_calculation_mode="even"):
        if scale_calculation_mode != "even":
            raise ValueError(f"scale_calculation_mode {scale_calculation_mode} has no CPU version")
        return round_mxfp4(x)

    mx.qdq_mxfp4 = qdq_mxfp4


def quantize(a):
    """Loads, quantizes, and writes into a folder beside the output, which then takes its name."""
    say("loading PyTorch and Quark")
    import torch
    from quark.torch import LLMTemplate, ModelQuantizer, export_safetensors
    from quark.torch.utils.llm import preprocess_for_quantization
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not torch.cuda.is_available():
        if a.device == "cuda":
            sys.exit("--device cuda: PyTorch sees no GPU (torch.cuda.is_available() is false); without one leave --device out")
        a.device = "cpu"
    if a.device == "cpu":
        round_on_cpu()
    say(f"loading {a.model}")
    tokenizer = AutoTokenizer.from_pretrained(a.model)
    model = AutoModelForCausalLM.from_pretrained(
        a.model, dtype=torch.bfloat16, attn_implementation="eager", device_map=None if a.device == "cpu" else a.device
    ).eval()
    if getattr(model.config, "num_local_experts", None) or getattr(model.config, "num_experts", None):
        preprocess_for_quantization(model)  # a linear layer for each expert, or they stay as they are
    batches = [torch.tensor([ids], device=model.device) for ids in calibration(a, tokenizer, model.config.vocab_size)]
    say(f"quantizing to {a.scheme} with {len(batches)} sequences of {batches[0].shape[1]} tokens on {a.device}")
    config = LLMTemplate.get(model.config.model_type).get_config(
        scheme=SCHEMES[a.scheme],
        kv_cache_scheme=a.kv_cache_dtype,
        algorithm=None if a.algo == "none" else a.algo,
        exclude_layers=a.exclude,
    )
    parent, name = os.path.split(a.output)
    part = tempfile.mkdtemp(prefix=f".{name}.", dir=parent)
    try:
        with torch.no_grad():
            quantizer = ModelQuantizer(config)
            model = quantizer.freeze(quantizer.quantize_model(model, batches))
            say(f"writing {a.output}")
            export_safetensors(model, part, custom_mode="quark", weight_format="real_quantized", pack_method="reorder")
        tokenizer.save_pretrained(part)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(part, 0o777 & ~umask)  # mkdtemp's folders are private
        if os.path.isdir(a.output):
            os.rmdir(a.output)  # it is empty, or this fails
        os.rename(part, a.output)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    say("done")


def main(argv=None):
    try:
        quantize(arguments(argv))
    except KeyboardInterrupt:
        sys.exit("interrupted; nothing was written")


if __name__ == "__main__":
    main()
