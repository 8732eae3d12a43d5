"""The short texts that name a model on the command line and in recipes."""

from __future__ import annotations

from dataclasses import dataclass, field

from spar_data.core.errors import SparError, nearest

KINDS = {
    "openai": "openai:MODEL@URL[,URL...]",
    "vllm": "vllm:PATH",
    "hf": "hf:PATH",
    "smollm2": "smollm2",
    "replay": "replay:SPEC",
    "ray": "ray:vllm:PATH or ray:hf:PATH",
}
HELP = (
    ("rules", "no model: constraints composed by code (dataset), checkers as judge (judge --prompts)"),
    ("openai:MODEL@URL[,URL...][,revision=R]",
     "any server that speaks chat completions: OpenAI (no @URL), vllm serve, llama.cpp. Key: SPAR_API_KEY or OPENAI_API_KEY"),
    ("vllm:PATH[,tp=N][,lora=PATH][,max_len=N][,dtype=D][,memory=SHARE][,template=FILE]", "vLLM in this process"),
    ("hf:PATH[,lora=PATH][,dtype=D][,device=D][,batch=N][,template=FILE]",
     "transformers on a CPU or GPU; PATH may be an adapter's folder; template: a chat template in place of the model's"),
    ("smollm2[,batch=N][,template=FILE]", "a 135M model for machines without network or GPU; first: spar-data get-model smollm2"),
    ("ray:vllm:PATH[,actors=N][,gpus=N][,address=A] and ray:hf:PATH", "the same on every node of a Ray cluster"),
    ("replay:SPEC", "stored answers of that model only"),
)  # fmt: skip
_OPTIONS = {
    "openai": {"revision"},
    "vllm": {"tp", "lora", "max_len", "dtype", "memory", "template"},
    "hf": {"lora", "dtype", "device", "batch", "template"},
    "smollm2": {"batch", "template"},
    "ray": {"actors", "gpus", "address", "chunk"},
}


@dataclass(frozen=True)
class Spec:
    """kind: one of KINDS; target: model, path or inner spec; urls: of openai; options: key=value parts after commas."""

    kind: str
    target: str
    urls: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    def integer(self, name: str, default: int) -> int:
        value = self.options.get(name, str(default))
        if not value.isdecimal():
            raise SparError(f"{self.kind}: {name}={value}: a whole number is expected")
        return int(value)


def parse_spec(text: str) -> Spec:
    """'hf:/models/x,lora=/adapters/y' and the like. Raises SparError.

    Of ray:INNER,key=value,... the options of ray are ray's and all others go to the inner model.
    """
    kind, _, rest = text.strip().partition(":")
    if text.startswith("smollm2,"):
        kind, rest = "smollm2", text.removeprefix("smollm2")
    if text == "rules":
        raise SparError(
            "model 'rules': it answers nothing. `spar-data dataset --teacher rules` composes constraints by code, "
            "`spar-data judge --model rules --prompts FILE` runs the checkers; a model is expected here"
        )
    if kind not in KINDS:
        raise SparError(f"model {text!r}: {', '.join(KINDS.values())} is expected.{nearest(kind, KINDS)}")
    if kind == "replay":
        return Spec(kind, _needed(text, kind, rest))
    first, *parts = rest.split(",")
    urls: list[str] = []
    if kind == "openai" and "@" in first:
        first, _, url = first.partition("@")
        parts.insert(0, url)
    options: dict[str, str] = {}
    inner: list[str] = []
    for part in parts:
        name, equals, value = part.partition("=")
        if kind == "openai" and part.startswith(("http://", "https://")):
            urls.append(part.rstrip("/"))
        elif equals and name in _OPTIONS[kind]:
            options[name] = value
        elif kind == "ray":
            inner.append(part)
        else:
            known = ", ".join(sorted(_OPTIONS[kind]))
            expected = "a URL (http://...) or revision=..." if kind == "openai" else f"an option of {known}"
            raise SparError(f"model {text!r}: {part!r}: {expected} is expected")
    if kind != "smollm2":
        _needed(text, kind, first)
    return Spec(kind, ",".join([first, *inner]), tuple(urls), options)


def _needed(text: str, kind: str, target: str) -> str:
    if not target:
        raise SparError(f"model {text!r}: {KINDS[kind]} is expected")
    return target
