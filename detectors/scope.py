"""Which models count: all of them, language models, a task, a lab, a country, a licence."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from detectors.metric import Metric
from detectors.names import Names

# The Hub's tasks: https://huggingface.co/docs/hub/models-tasks and `/api/tasks`.
TASKS = tuple(
    sorted(
        [
            "any-to-any",
            "audio-classification",
            "audio-text-to-text",
            "audio-to-audio",
            "automatic-speech-recognition",
            "depth-estimation",
            "document-question-answering",
            "feature-extraction",
            "fill-mask",
            "graph-ml",
            "image-classification",
            "image-feature-extraction",
            "image-segmentation",
            "image-text-to-image",
            "image-text-to-text",
            "image-text-to-video",
            "image-to-3d",
            "image-to-image",
            "image-to-text",
            "image-to-video",
            "keypoint-detection",
            "mask-generation",
            "multiple-choice",
            "object-detection",
            "question-answering",
            "reinforcement-learning",
            "robotics",
            "sentence-similarity",
            "summarization",
            "table-question-answering",
            "tabular-classification",
            "tabular-regression",
            "text-classification",
            "text-generation",
            "text-ranking",
            "text-retrieval",
            "text-to-3d",
            "text-to-audio",
            "text-to-image",
            "text-to-speech",
            "text-to-video",
            "text2text-generation",
            "time-series-forecasting",
            "token-classification",
            "translation",
            "unconditional-image-generation",
            "video-classification",
            "video-text-to-text",
            "video-to-video",
            "visual-document-retrieval",
            "visual-question-answering",
            "voice-activity-detection",
            "zero-shot-classification",
            "zero-shot-image-classification",
            "zero-shot-object-detection",
        ]
    )
)

LLM_TASKS = frozenset({"text-generation", "image-text-to-text", "any-to-any"})

# A conversion, adapter, embedding, reranker, reward or guard model, told by its name; a conversion
# by its namespace too (mlx-community). Short words that occur in others must stand alone ("lora"
# is in "exploration"). After the policy of Interconnects-AI/tracked-models.
_CONVERSION = re.compile(
    r"gguf|mlx|onnx|gptq|awq|bitsandbytes|openvino|(?<![a-z])bnb(?![a-z])", re.IGNORECASE
)
_NOT_LLM = re.compile(
    r"(?<![a-z])q?loras?(?![a-z])|adapter|embed|rerank|reward|guard|shield", re.IGNORECASE
)

# What any name that these find has in it, in small letters.
_WORDS = tuple(
    word.encode()
    for word in (
        *("gguf", "mlx", "onnx", "gptq", "awq", "bitsandbytes", "openvino", "bnb"),
        *("lora", "adapter", "embed", "rerank", "reward", "guard", "shield"),
    )
)
_ASCII = 128


class ScopeKind(StrEnum):
    """What a Scope asks of a model."""

    ALL = "all"
    LLM = "llm"
    TASK = "task"
    LAB = "lab"
    COUNTRY = "country"
    LICENSE = "license"


@dataclass(frozen=True)
class Scope:
    """Which models count. `name` is the task, lab, country or licence; empty for all and llm."""

    kind: ScopeKind = ScopeKind.ALL
    name: str = ""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every board of a year is looked up by it, again and again.
        object.__setattr__(self, "_hash", hash((self.kind, self.name)))
        named = self.kind not in {ScopeKind.ALL, ScopeKind.LLM}
        if named != bool(self.name):
            wants = "a name" if named else "no name"
            raise ValueError(f"scope {self.kind.value!r} takes {wants}, got {self.name!r}")

    def __hash__(self) -> int:
        """Return what it is looked up by; made once."""
        return self._hash

    def __str__(self) -> str:
        """Return the scope as a rule writes it: `llm`, `text-generation`, `lab Qwen`."""
        if not self.name:
            return self.kind.value
        if self.kind is ScopeKind.TASK and self.name in TASKS:
            return self.name
        return f"{self.kind.value} {quoted(self.name)}"


ALL = Scope()
LLM = Scope(ScopeKind.LLM)


def scope_from(text: str) -> Scope:
    """Return the scope that `str` wrote; ValueError where it is none.

    >>> scope_from('license "apache 2"') == Scope(ScopeKind.LICENSE, "apache 2")
    True
    """
    if text in TASKS:
        return Scope(ScopeKind.TASK, text)
    kind, _, name = text.partition(" ")
    return Scope(ScopeKind(kind), name.strip('"'))


def quoted(name: str) -> str:
    """Return a name as a rule writes it: in quotes where it is more than one word."""
    return f'"{name}"' if " " in name else name


def default_scope(metric: Metric) -> Scope:
    """Return where a metric is ranked unless a rule says otherwise.

    The raw top 10 by downloads is old encoders that hardly move, so downloads are ranked among
    language models.
    """
    downloads = {Metric.DOWNLOADS, Metric.DOWNLOADS_ALL_TIME}
    return LLM if metric in downloads else ALL


def named_otherwise(model_id: str) -> bool:
    """Whether a repo's name says that it is no language model of its own, whatever its task."""
    if _CONVERSION.search(model_id):
        return True
    return bool(_NOT_LLM.search(model_id.rpartition("/")[2]))


def all_named_otherwise(names: Names) -> npt.NDArray[np.bool_]:
    """Return the same for many names: only those that hold such a word are looked at closely."""
    found = np.zeros(len(names), np.bool_)
    small = names.blob.lower()
    # A few letters beyond ASCII are another case of those in the words.
    places: list[int] = np.flatnonzero(np.frombuffer(small, np.uint8) >= _ASCII).tolist()
    for word in _WORDS:
        at = small.find(word)
        while at >= 0:
            places.append(at)
            at = small.find(word, at + 1)
    rows = np.unique(np.searchsorted(names.ends, np.array(places, np.int64), side="right"))
    for row in rows.tolist():
        found[row] = named_otherwise(names[row])
    return found
