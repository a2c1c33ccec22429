"""The body of a page as models, each record judged for itself."""

import json
import math
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import msgspec

from bot.hub.port import HubError
from bot.hub.records import ListedModel, convert_model


@dataclass(frozen=True)
class Rows:
    """The models of one page in list order.

    `rows` counts every record; `odd` those without the Hub's form, of which the ones without a
    usable id are left out of `models`.
    """

    models: tuple[ListedModel, ...]
    rows: int
    odd: int


_decoder = msgspec.json.Decoder(list[ListedModel])


def decode_rows(body: bytes) -> Rows:
    """Decode a page, at first all at once, and record by record if one of them is odd.

    Raises:
        HubError: `cut-short` or `not-json`.
    """
    try:
        models = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _forgiving(body, error)
    if all(model.created_at is None or model.created_at.tzinfo is UTC for model in models):
        return Rows(tuple(models), len(models), 0)
    return _forgiving(body, None)


def _forgiving(body: bytes, why: Exception | None) -> Rows:
    try:
        # The standard library reads what msgspec refuses whole pages for: 1e999, NaN, lone
        # surrogates.
        records = json.loads(body, parse_float=_finite, parse_constant=str)
    except (ValueError, RecursionError):
        if "truncated" in str(why):
            raise HubError("cut-short", "the JSON ends early") from None
        raise HubError("not-json", f"the answer is not JSON (it begins {_start(body)})") from None
    if not isinstance(records, list):
        raise HubError("not-json", f"the answer is no list of models (it begins {_start(body)})")
    models: list[ListedModel] = []
    odd = 0
    for record in records:
        model, fields = convert_model(record)
        if model is not None and _writable(model):
            models.append(model)
            odd += bool(fields)
        else:
            odd += 1
    return Rows(tuple(models), len(records), odd)


def _finite(text: str) -> Any:
    number = float(text)
    return number if math.isfinite(number) else text


def _writable(model: ListedModel) -> bool:
    try:
        msgspec.json.encode(model)
    except UnicodeEncodeError:
        return False
    return True


def _start(body: bytes) -> str:
    return ascii(body[:40].decode(errors="replace"))
