"""`vllm:PATH`: vLLM in this process, with prefix caching: votes on one response and branches of one node share prefixes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from spar_data.errors import SparError, missing_package
from spar_data.models.batcher import Batcher
from spar_data.models.local import answer, find_folder, local_identity
from spar_data.models.requests import Answer, Failure, Request
from spar_data.models.spec import Spec

_CHUNK = 1024  # requests of one LLM.chat call: progress and the store advance after each


def open_vllm(spec: Spec) -> Batcher:
    """Options: tp=N (tensor parallel), lora=PATH, max_len=N, dtype=..., memory=0.9 (share of the GPU's). SparError."""
    engine = VLLM(spec)
    return Batcher(local_identity(spec), engine.run, chunk=_CHUNK)


class VLLM:
    """A loaded engine."""

    def __init__(self, spec: Spec) -> None:
        try:
            from vllm import LLM
        except ImportError:
            raise missing_package("vllm", "vllm", f"the model vllm:{spec.target}") from None
        options: dict[str, Any] = {
            "model": str(find_folder(spec.target)),
            "tensor_parallel_size": spec.integer("tp", 1),
            "dtype": spec.options.get("dtype", "auto"),
            "enable_prefix_caching": True,
            "generation_config": "vllm",  # the request's own sampling and no defaults of the model's folder
        }
        if "max_len" in spec.options:
            options["max_model_len"] = spec.integer("max_len", 0)
        if "memory" in spec.options:
            options["gpu_memory_utilization"] = _share(spec.options["memory"])
        self._lora: Any = None
        if "lora" in spec.options:
            from vllm.lora.request import LoRARequest

            options["enable_lora"] = True
            self._lora = LoRARequest("adapter", 1, str(find_folder(spec.options["lora"])))
        try:
            self._engine = LLM(**options)
        except (OSError, ValueError, RuntimeError) as error:
            raise SparError(f"vLLM cannot load {spec.target}: {str(error).splitlines()[0]}") from None

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """A chunk at a time. One request that the engine refuses (too long, a template's error) fails alone."""
        conversations = [[{"role": m.role, "content": m.content} for m in r.messages] for r in requests]
        sampling = [_sampling(r) for r in requests]
        try:
            outputs = self._engine.chat(conversations, sampling, use_tqdm=False, lora_request=self._lora)
        except ValueError as error:
            if len(requests) == 1:
                yield 0, [Failure("error", str(error).splitlines()[0])] * requests[0].n
                return
            half = len(requests) // 2  # find the one by halves
            for start, part in ((0, requests[:half]), (half, requests[half:])):
                for i, answers in self.run(part):
                    yield start + i, answers
            return
        for i, (request, output) in enumerate(zip(requests, outputs, strict=True)):
            prompt = len(output.prompt_token_ids or ())
            yield (
                i,
                [
                    answer(o.text, o.finish_reason == "stop", request, prompt if k == 0 else 0, len(o.token_ids))
                    for k, o in enumerate(output.outputs)
                ],
            )


def _sampling(request: Request) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import StructuredOutputsParams

    return SamplingParams(
        n=request.n,
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        stop=list(request.stop) or None,
        seed=request.seed,
        structured_outputs=StructuredOutputsParams(json=json.loads(request.schema)) if request.schema else None,
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise SparError(f"vllm: memory={text}: a share from 0 to 1 is expected")
    return share
