"""`hf:PATH`: transformers in this process. Sorted padded batches on a CPU, continuous batching on a GPU.

On a CPU most of the time goes into reading prompts, and those of a batch share much: see prefill.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from spar_data.core.errors import SparError, first_line, missing_package
from spar_data.models.backends.batcher import Batcher
from spar_data.models.backends.local import answer, base_and_adapter, chat_template, device_and_dtype, local_identity
from spar_data.models.backends.prefill import prefill
from spar_data.models.model_spec import Backend, Spec
from spar_data.models.requests import Answer, Failure, Request

_CHUNK = 256  # requests handed over at once; sorted by length within
_BATCH = 32  # sequences of a padded batch


def open_hf(spec: Spec) -> Batcher:
    """Options: lora=PATH, dtype=float32|bfloat16|float16, device=cpu|cuda, batch=N. Raises SparError."""
    local = Transformers(spec)
    batcher = Batcher(local_identity(spec), local.run, chunk=max(_CHUNK, local.batch))
    local.stopping = batcher.stopping.is_set
    return batcher


class _Sample(NamedTuple):
    """One sample of one request: where it belongs, and the tokens of its prompt."""

    request: int
    sample: int
    tokens: list[int]


class Transformers:
    """A loaded model and its tokenizer."""

    def __init__(self, spec: Spec) -> None:
        device, dtype = device_and_dtype(spec)
        import torch
        import transformers

        self.batch = spec.integer("batch", _BATCH)
        self.stopping = lambda: False
        transformers.utils.logging.disable_progress_bar()
        base, adapter = base_and_adapter(spec)
        try:
            self.tokenizer = _tokenizer(transformers, adapter, base)
            model = transformers.AutoModelForCausalLM.from_pretrained(str(base), dtype=getattr(torch, dtype))
            if adapter:
                model = _with_adapter(model, adapter)
            self.model = model.to(device).eval()
        except SparError:
            raise
        except Exception as error:  # of many kinds: each file format has its own
            raise SparError(f"{spec.target} cannot be loaded: {first_line(error)}") from None
        self.tokenizer.chat_template = chat_template(spec) or self.tokenizer.chat_template
        if not self.tokenizer.chat_template:
            raise SparError(f"{spec.target} has no chat template: an instruct model is expected")
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.tokenizer.padding_side = "left"
        self._ends = _end_tokens(self.model, self.tokenizer)
        self._room = getattr(self.model.config, "max_position_embeddings", None)

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """Each request as soon as its last sample is done; requests with equal sampling share a batch."""
        answers: list[list[Answer | None]] = [[None] * r.n for r in requests]
        groups: dict[Any, list[_Sample]] = {}
        for i, request in enumerate(requests):
            try:
                tokens = self._tokens(request)
            except Exception as error:  # a template's own raise_exception, among others
                why = Failure("error", f"the chat template refuses the messages: {first_line(error)}")
                yield i, [why] * request.n
                continue
            if self._room and len(tokens) + request.max_tokens > self._room:
                text = f"{len(tokens)} tokens of prompt and max_tokens = {request.max_tokens} exceed the model's {self._room}"
                yield i, [Failure("too long", text)] * request.n
                continue
            sampling = dataclasses.replace(request, messages=(), n=1)
            groups.setdefault(sampling, []).extend(_Sample(i, k, tokens) for k in range(request.n))
        for sampling, samples in groups.items():
            for sample, made in self._generate(sampling, samples):
                request = requests[sample.request]
                answers[sample.request][sample.sample] = self._answer(made, request, sample)
                if all(a is not None for a in answers[sample.request]):
                    yield sample.request, [a for a in answers[sample.request] if a is not None]

    def _tokens(self, request: Request) -> list[int]:
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        encoded = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)
        return list(encoded["input_ids"])

    def _answer(self, made: list[int], request: Request, sample: _Sample) -> Answer:
        ended = bool(made) and made[-1] in self._ends
        text = self.tokenizer.decode(made, skip_special_tokens=True)
        return answer(text, ended, request, len(sample.tokens) if sample.sample == 0 else 0, len(made))

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

        # longest first: what does not fit into memory is known at once, and the time left is never underestimated
        samples = sorted(samples, key=lambda s: -len(s.tokens))
        for start in range(0, len(samples), self.batch):
            if self.stopping():
                return
            batch = samples[start : start + self.batch]
            stop = {"stop_strings": list(sampling.stop), "tokenizer": self.tokenizer} if sampling.stop else {}
            try:
                with torch.inference_mode():
                    inputs = self._inputs([sample.tokens for sample in batch], sampling.max_tokens)
                    made = self.model.generate(
                        **inputs, generation_config=self._config(sampling), stopping_criteria=[self._halt], **stop
                    )
            except torch.OutOfMemoryError:
                raise SparError(f"no memory for batches of {self.batch}: hf:PATH,batch=N takes smaller ones") from None
            if self.stopping():
                return  # what was made until now is no answer
            width = inputs["input_ids"].shape[1]
            for sample, row in zip(batch, made[:, width:].tolist(), strict=True):
                yield sample, self._until_end(row)

    def _halt(self, ids: Any, scores: Any, **more: Any) -> Any:
        """Ends a batch between two tokens when the run ends."""
        import torch

        return torch.full((ids.shape[0],), self.stopping(), dtype=torch.bool, device=ids.device)

    def _inputs(self, prompts: list[list[int]], max_tokens: int) -> dict[str, Any]:
        unique = list({tuple(prompt): prompt for prompt in prompts}.values())
        place = {tuple(prompt): i for i, prompt in enumerate(unique)}
        rows = [place[tuple(prompt)] for prompt in prompts]
        read = prefill(self.model, unique, rows, self.tokenizer.pad_token_id, max_tokens)
        if read is not None:
            return read._asdict()
        padded = self.tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
        return dict(padded.to(self.model.device))

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
        """Up to and with the first end token; what follows is padding."""
        return next((row[: i + 1] for i, token in enumerate(row) if token in self._ends), row)

    def _config(self, sampling: Request) -> Any:
        """Nothing but the request's own sampling: a model's generation_config may hold top_k or penalties."""
        from transformers import GenerationConfig

        sampled = sampling.temperature > 0
        how = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0} if sampled else {}
        return GenerationConfig(
            do_sample=sampled,
            max_new_tokens=sampling.max_tokens,
            eos_token_id=sorted(self._ends),
            pad_token_id=self.tokenizer.pad_token_id,
            **how,
        )


def _with_adapter(model: Any, adapter: Path) -> Any:
    try:
        from peft import PeftModel
    except ImportError:
        raise missing_package("peft", "hf", f"the adapter {adapter}") from None
    return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def _tokenizer(transformers: Any, adapter: Path | None, base: Path) -> Any:
    own = adapter is not None and any(adapter.glob("tokenizer*"))
    return transformers.AutoTokenizer.from_pretrained(str(adapter if own else base))


def _end_tokens(model: Any, tokenizer: Any) -> set[int]:
    ends = model.generation_config.eos_token_id
    found = {ends} if isinstance(ends, int) else set(ends or ())
    return found | ({tokenizer.eos_token_id} if tokenizer.eos_token_id is not None else set())


BACKEND = Backend(
    forms=(
        (
            "hf:PATH[,lora=PATH][,dtype=D][,device=D][,batch=N][,template=FILE]",
            "transformers on a CPU or GPU; PATH may be an adapter's folder; template: a chat template in place of the model's",
        ),
    ),
    identify=local_identity,
    open=lambda spec, limits, store: open_hf(spec),
    options=frozenset({"lora", "dtype", "device", "batch", "template"}),
)
