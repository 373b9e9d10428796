"""Writes runtime/testdata/rope: a tiny random Llama, and its logits as Hugging
Face transformers computes them with every kind of RoPE scaling, below and
beyond the original context.

    pip install torch transformers==5.24.0
    python scripts/rope_goldens.py runtime/testdata/rope

Float32, one thread, eager attention. A case has the config.json's keys that it
adds; `logits` are those after the last of 20, 32, 33, 100 and 600 tokens, each
length in one pass; `cached` those after 30 tokens in one pass and 10 more one by one.
"""

import json
import sys

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

torch.set_num_threads(1)
ORIGINAL, LENGTHS = 32, (20, 32, 33, 100, 600)
BASE = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "intermediate_size": 64,
    "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "vocab_size": 48,
    "rms_norm_eps": 1e-5, "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": -1,
}
SHORT = [1.0, 1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 1.8]
LONG = [1.0, 1.1, 1.4, 2.0, 3.1, 4.5, 5.0, 6.0]


def v4(context, scaling, **more):
    return {"max_position_embeddings": context, "rope_theta": 500.0, "rope_scaling": scaling, **more}


def v5(context, **parameters):
    return {"max_position_embeddings": context, "rope_parameters": {"rope_theta": 500.0, **parameters}}


CASES = {
    "plain": v4(ORIGINAL, None),
    "linear": v4(ORIGINAL, {"type": "linear", "factor": 4.0}),
    "linear, fraction": v4(ORIGINAL, {"type": "linear", "factor": 0.5}),
    "linear, original context named": v5(128, rope_type="linear", factor=4.0, original_max_position_embeddings=ORIGINAL),
    "dynamic": v4(ORIGINAL, {"type": "dynamic", "factor": 4.0}),
    "dynamic, transformers 5": v5(ORIGINAL, rope_type="dynamic", factor=2.0),
    "dynamic, original context named": v4(64, {"rope_type": "dynamic", "factor": 4.0, "original_max_position_embeddings": ORIGINAL}),
    "yarn": v4(ORIGINAL, {"type": "yarn", "factor": 4.0}),
    "yarn, original context named": v4(128, {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": ORIGINAL}),
    "yarn, another factor than the contexts'": v5(128, rope_type="yarn", factor=2.0, original_max_position_embeddings=ORIGINAL),
    "yarn, no factor": v5(128, rope_type="yarn", factor=None, original_max_position_embeddings=ORIGINAL),
    "yarn, original context outside": v4(128, {"rope_type": "yarn", "factor": 4.0}, original_max_position_embeddings=ORIGINAL),
    "yarn, betas": v5(128, rope_type="yarn", factor=4.0, original_max_position_embeddings=ORIGINAL, beta_fast=4.0, beta_slow=0.5),
    "yarn, attention factor": v5(128, rope_type="yarn", factor=4.0, original_max_position_embeddings=ORIGINAL, attention_factor=1.3),
    "yarn, mscale": v5(128, rope_type="yarn", factor=4.0, original_max_position_embeddings=ORIGINAL, mscale=1.0, mscale_all_dim=0.7),
    "yarn, mscale alone": v5(128, rope_type="yarn", factor=4.0, original_max_position_embeddings=ORIGINAL, mscale=0.7),
    "yarn, not truncated": v5(128, rope_type="yarn", factor=4.0, original_max_position_embeddings=ORIGINAL, truncate=False, beta_fast=4.0),
    "yarn, fraction": v5(ORIGINAL, rope_type="yarn", factor=0.5, original_max_position_embeddings=ORIGINAL),
    "llama3": v4(128, {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": ORIGINAL}),
    "llama3, original context not named": v4(ORIGINAL, {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}),
    "longrope": v4(128, {"type": "longrope", "short_factor": SHORT, "long_factor": LONG}, original_max_position_embeddings=ORIGINAL),
    "longrope, factor": v5(128, rope_type="longrope", factor=8.0, short_factor=SHORT, long_factor=LONG, original_max_position_embeddings=ORIGINAL),
    "longrope, attention factor": v5(128, rope_type="longrope", attention_factor=1.1, short_factor=SHORT, long_factor=LONG, original_max_position_embeddings=ORIGINAL),
}


def tokens(n):
    return [(7 * i * i + 3 * i + 1) % BASE["vocab_size"] for i in range(n)]


def rounded(logits):
    return [round(x, 6) for x in logits.tolist()]


def case(keys, state):
    config = {k: v for k, v in {**BASE, **json.loads(json.dumps(keys))}.items() if v is not None}
    model = LlamaForCausalLM._from_config(LlamaConfig(**config), attn_implementation="eager").eval()
    model.load_state_dict(state, strict=False)
    with torch.no_grad():
        logits = [rounded(model(torch.tensor([tokens(n)])).logits[0, -1]) for n in LENGTHS]
        ids = tokens(40)
        model.model.rotary_emb = type(model.model.rotary_emb)(model.config)  # a fresh one
        out = model(torch.tensor([ids[:30]]), use_cache=True)
        for i in range(30, 40):
            out = model(torch.tensor([[ids[i]]]), past_key_values=out.past_key_values, use_cache=True)
    return {"config": {**BASE, **keys}, "logits": logits, "cached": rounded(out.logits[0, -1])}


def main(folder):
    torch.manual_seed(1)
    state = {}
    for name, p in LlamaForCausalLM(LlamaConfig(**BASE)).state_dict().items():
        if name != "lm_head.weight":
            scale = 1.0 if "norm" in name or "embed" in name else 0.35
            state[name] = (torch.randn(p.shape) * scale + (1.0 if "norm" in name else 0.0)).to(torch.bfloat16).float()
    save_file({k: v.to(torch.bfloat16) for k, v in state.items()}, folder + "/model.safetensors")
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    goldens = {"lengths": LENGTHS, "cases": {name: case(keys, state) for name, keys in CASES.items()}}
    with open(folder + "/goldens.json", "w") as f:
        text = json.dumps(goldens, indent=1)
        f.write(__import__("re").sub(r"\[\s+(-?[\d.][^\[\]]*?)\s+\]", lambda m: "[" + " ".join(m[1].split()) + "]", text) + "\n")


main(sys.argv[1])
