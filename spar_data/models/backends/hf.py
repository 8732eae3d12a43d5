"""`hf:PATH`: transformers in this process, with sorted padded batches on a CPU and continuous batching on a GPU.

On a CPU most of the time goes into reading prompts, and those of a batch have much in common: see prefill.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spar_data.core.errors import SparError, first_line, importing
from spar_data.models.backends import local
from spar_data.models.backends.batcher import Batcher
from spar_data.models.backends.prefill import prefill
from spar_data.models.model_spec import Backend, Spec
from spar_data.models.requests import Answer, Failure, Request

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import GenerationConfig, PreTrainedModel
    from transformers.cache_utils import DynamicCache

_CHUNK = 256  # requests handed over at once; sorted by length within
_BATCH = 32  # sequences of a padded batch


def open_hf(spec: Spec) -> Batcher:
    """Loads the model. Options: lora=PATH, dtype=float32|bfloat16|float16, device=cpu|cuda, batch=N. Raises SparError."""
    loaded = Transformers(spec)
    batcher = Batcher(local.local_identity(spec), loaded.run, chunk=max(_CHUNK, loaded.batch))
    loaded.stopping = batcher.stopping.is_set
    return batcher


class _Sample(NamedTuple):
    """One sample: the indices of its request and of itself within the request, and the tokens of its prompt."""

    request: int
    sample: int
    tokens: list[int]


class Transformers:
    """A loaded model and its tokenizer."""

    def __init__(self, spec: Spec) -> None:
        device, dtype = local.device_and_dtype(spec)
        import torch
        import transformers

        self.batch = spec.integer("batch", _BATCH, 1)
        self.stopping = lambda: False
        transformers.utils.logging.disable_progress_bar()
        base, adapter = local.base_and_adapter(spec)
        try:
            tokenizer_folder = adapter if adapter and any(adapter.glob("tokenizer*")) else base
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(str(tokenizer_folder))
            model = transformers.AutoModelForCausalLM.from_pretrained(str(base), dtype=getattr(torch, dtype))
            if adapter:
                model = _with_adapter(model, adapter)
            self.model = model.to(device).eval()
        except SparError:
            raise
        except Exception as error:  # each file format raises kinds of its own
            raise SparError(f"{spec.target} cannot be loaded: {first_line(error)}") from None
        self.tokenizer.chat_template = local.chat_template(spec) or self.tokenizer.chat_template
        if not self.tokenizer.chat_template:
            raise SparError(f"{spec.target} has no chat template: an instruct model is expected")
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.tokenizer.padding_side = "left"
        ends = self.model.generation_config.eos_token_id  # one token, a list, or None
        self._ends = {*(ends if isinstance(ends, list) else [ends]), self.tokenizer.eos_token_id} - {None}
        self._context = getattr(self.model.config, "max_position_embeddings", None)

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """Yields each request as soon as its last sample is done; requests with equal sampling share a batch."""
        answers: list[dict[int, Answer]] = [{} for _ in requests]
        groups: dict[Request, list[_Sample]] = {}
        for i, request in enumerate(requests):
            tokens = local.encode(self.tokenizer, request)
            if isinstance(tokens, list) and self._context and len(tokens) + request.max_tokens > self._context:
                sizes = f"{len(tokens)} tokens of prompt and max_tokens = {request.max_tokens}"
                tokens = Failure("too long", f"{sizes} exceed the model's {self._context}")
            if isinstance(tokens, Failure):
                yield i, [tokens] * request.n
                continue
            sampling = dataclasses.replace(request, messages=(), n=1)
            groups.setdefault(sampling, []).extend(_Sample(i, k, tokens) for k in range(request.n))
        for sampling, samples in groups.items():
            for sample, reply in self._generate(sampling, samples):
                request, finished = requests[sample.request], answers[sample.request]
                finished[sample.sample] = self._answer(reply, request, sample)
                if len(finished) == request.n:
                    yield sample.request, [finished[k] for k in range(request.n)]

    def _answer(self, reply: list[int], request: Request, sample: _Sample) -> Answer:
        ended = bool(reply) and reply[-1] in self._ends
        text = self.tokenizer.decode(reply, skip_special_tokens=True)
        return local.answer(text, ended, request, len(sample.tokens) if sample.sample == 0 else 0, len(reply))

    def _generate(self, sampling: Request, samples: list[_Sample]) -> Iterator[tuple[_Sample, list[int]]]:
        if sampling.seed is not None:
            import torch

            torch.manual_seed(sampling.seed)
        if self.model.device.type == "cuda" and not sampling.stop:
            yield from self._continuous(sampling, samples)
        else:
            yield from self._padded(sampling, samples)

    def _padded(self, sampling: Request, samples: list[_Sample]) -> Iterator[tuple[_Sample, list[int]]]:
        import torch

        # longest first: too little memory shows at once, and the time left is never underestimated
        samples = sorted(samples, key=lambda s: -len(s.tokens))
        for start in range(0, len(samples), self.batch):
            if self.stopping():
                return
            batch = samples[start : start + self.batch]
            stop = {"stop_strings": list(sampling.stop), "tokenizer": self.tokenizer} if sampling.stop else {}
            try:
                with torch.inference_mode():
                    inputs = self._inputs([sample.tokens for sample in batch], sampling.max_tokens)
                    output = self.model.generate(
                        **inputs, generation_config=self._config(sampling), stopping_criteria=[self._halt], **stop
                    )
            except torch.OutOfMemoryError:
                raise SparError(f"no memory for batches of {self.batch}: hf:PATH,batch=N takes smaller ones") from None
            if self.stopping():
                return  # the batch was ended early: its texts are no answers
            width = inputs["input_ids"].shape[1]
            for sample, row in zip(batch, output[:, width:].tolist(), strict=True):
                yield sample, self._until_end(row)

    def _halt(self, ids: Tensor, scores: Tensor, **options: object) -> Tensor:
        """Ends a batch between two tokens when the run ends."""
        import torch

        return torch.full((ids.shape[0],), self.stopping(), dtype=torch.bool, device=ids.device)

    def _inputs(self, prompts: list[list[int]], max_tokens: int) -> Mapping[str, Tensor | DynamicCache]:
        """The arguments of `generate` that hold the prompts."""
        unique = list(map(list, dict.fromkeys(map(tuple, prompts))))
        rows = [unique.index(prompt) for prompt in prompts]
        inputs = prefill(self.model, unique, rows, self.tokenizer.pad_token_id, max_tokens)
        return inputs or self.tokenizer.pad({"input_ids": prompts}, return_tensors="pt").to(self.model.device)

    def _continuous(self, sampling: Request, samples: list[_Sample]) -> Iterator[tuple[_Sample, list[int]]]:
        with self.model.continuous_batching_context_manager(generation_config=self._config(sampling)) as manager:
            names = manager.add_requests(inputs=[s.tokens for s in samples], max_new_tokens=sampling.max_tokens)
            waiting = dict(zip(names, samples, strict=True))
            while waiting and not self.stopping():
                result = manager.get_result(timeout=1)
                if result is not None and result.is_finished():
                    if result.error:
                        raise RuntimeError(f"generation failed: {result.error}")
                    yield waiting.pop(result.request_id), self._until_end(list(result.generated_tokens))
                elif result is None and not manager.is_running():
                    raise RuntimeError("the generating thread ended without a result")

    def _until_end(self, row: list[int]) -> list[int]:
        """The tokens up to and with the first end token; padding follows."""
        return next((row[: i + 1] for i, token in enumerate(row) if token in self._ends), row)

    def _config(self, sampling: Request) -> GenerationConfig:
        """The request's own sampling and nothing else: a model's generation_config may hold top_k or penalties."""
        from transformers import GenerationConfig

        sampled = sampling.temperature > 0
        options = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0} if sampled else {}
        return GenerationConfig(
            do_sample=sampled,
            max_new_tokens=sampling.max_tokens,
            eos_token_id=sorted(self._ends),
            pad_token_id=self.tokenizer.pad_token_id,
            **options,
        )


def _with_adapter(model: PreTrainedModel, adapter: Path) -> PreTrainedModel:
    with importing("peft", "hf", f"the adapter {adapter}"):
        from peft import PeftModel
    return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


BACKEND = Backend(
    forms={
        "hf:PATH[,lora=PATH][,dtype=D][,device=D][,batch=N][,template=FILE]": "transformers on a CPU or GPU. PATH may be an "
        "adapter's folder; template replaces the model's chat template"
    },
    identify=local.local_identity,
    open=lambda spec, limits, store: open_hf(spec),
    options=frozenset({"lora", "dtype", "device", "batch", "template"}),
)
