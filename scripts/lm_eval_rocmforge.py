#!/usr/bin/env python3
"""Evaluates a model on ROCmForge with lm-evaluation-harness.

  pip install -r scripts/requirements-lm-eval.txt
  python scripts/lm_eval_rocmforge.py --model rocmforge \\
      --model_args model=model.gguf,kv_cache_dtype=fp8 --tasks lambada_openai

All other options are lm_eval's own. --model_args takes program (default:
rocmforge), and the program's flags: model, device, threads, ctx, exact,
kv_cache_dtype, activations, isolate.

Texts become tokens in the program, by the rule of TemplateLM._encode_pair
(runtime/score, encodePair). Generation is greedy; a task that wants sampling is
an error.
"""

import json
import subprocess
import threading

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from lm_eval.models.utils import handle_stop_sequences, normalize_gen_kwargs
from lm_eval.utils import simple_parse_args_string
from tqdm import tqdm


@register_model("rocmforge")
class ROCmForge(LM):
    """A child process `rocmforge score`, spoken to in JSON lines."""

    def __init__(
        self,
        program="rocmforge",
        model=None,
        device=None,
        threads=None,
        ctx=None,
        exact=False,
        kv_cache_dtype=None,
        activations=None,
        isolate=False,
    ):
        super().__init__()
        flags = {
            "--model": model,
            "--device": device,
            "--threads": threads,
            "--ctx": ctx,
            "--kv-cache-dtype": kv_cache_dtype,
            "--activations": activations,
        }
        command = [program, "score"]
        for flag, value in flags.items():
            if value is not None:
                command.append(f"{flag}={value}")
        if exact:
            command.append("--exact")
        if isolate:
            command.append("--isolate")
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self._about = self._ask([{"op": "model"}], "opening")[0]

    @classmethod
    def create_from_arg_obj(cls, arg_dict, additional_config=None):
        """Takes --model_args only: lm_eval's --device is PyTorch's (cuda:0 unless
        it is given), and --batch_size is of no use to one sequence at a time."""
        device = (additional_config or {}).get("device")
        if device not in (None, "cuda:0"):
            raise ValueError(f"--device {device}: want --model_args device={device}")
        return cls(**arg_dict)

    @classmethod
    def create_from_arg_string(cls, arg_string, additional_config=None):
        return cls.create_from_arg_obj(simple_parse_args_string(arg_string), additional_config)

    @property
    def tokenizer_name(self):
        return self._about["model"]

    def _ask(self, requests, what, disable_tqdm=True):
        """Sends requests and gives their answers; an error ends the evaluation."""

        def send():
            try:
                for i, request in enumerate(requests):
                    self._child.stdin.write(json.dumps({"id": i, **request}) + "\n")
                self._child.stdin.flush()
            except OSError:
                pass  # the child is gone; whoever reads its answers says so

        writer = threading.Thread(target=send, daemon=True)
        writer.start()
        answers = []
        for i in tqdm(range(len(requests)), desc=what, disable=disable_tqdm):
            line = self._child.stdout.readline()
            if not line:
                raise RuntimeError(f"rocmforge ended with exit code {self._child.wait()}")
            answer = json.loads(line)
            if "error" in answer or answer["id"] != i:
                raise RuntimeError(f"rocmforge: {answer.get('error', line)} ({requests[i]})")
            answers.append(answer)
        writer.join()
        return answers

    def _all(self, op, requests, ask, result, disable_tqdm):
        """Asks for all requests, equal contexts after each other."""
        asked = [{"op": op, **ask(*r.args)} for r in requests]
        order = sorted(range(len(asked)), key=lambda i: asked[i].get("context", ""))
        answers = self._ask([asked[i] for i in order], op, disable_tqdm)
        results = [None] * len(asked)
        for i, answer in zip(order, answers):
            results[i] = result(answer)
            self.cache_hook.add_partial(op, requests[i].args, results[i])
        return results

    def loglikelihood(self, requests, disable_tqdm=False):
        return self._all(
            "loglikelihood",
            requests,
            lambda context, continuation: {"context": context, "continuation": continuation},
            lambda a: (a["logprob"], a["greedy"]),
            disable_tqdm,
        )

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        return self._all(
            "loglikelihood_rolling",
            requests,
            lambda text: {"text": text},
            lambda a: a["logprob"],
            disable_tqdm,
        )

    def generate_until(self, requests, disable_tqdm=False):
        return self._all("generate_until", requests, _generation, lambda a: a["text"], disable_tqdm)


def _generation(context, gen_kwargs):
    kwargs = normalize_gen_kwargs(gen_kwargs, 256)
    until = [s for s in handle_stop_sequences(kwargs.pop("until", None), eos=None) if s]
    tokens = kwargs.pop("max_gen_toks")
    if kwargs.pop("do_sample", False) or kwargs.pop("temperature", 0):
        raise ValueError(f"rocmforge generates greedily, and the task wants {gen_kwargs}")
    if kwargs:
        raise ValueError(f"rocmforge knows nothing of {sorted(kwargs)} in {gen_kwargs}")
    return {"context": context, "until": until, "max_tokens": tokens}


if __name__ == "__main__":
    from lm_eval.__main__ import cli_evaluate

    cli_evaluate()
