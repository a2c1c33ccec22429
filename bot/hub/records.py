"""One model as the Hub's API lists it, decoded with its types checked."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

# What a tag that names a licence begins with.
LICENSE = "license:"
# Figures above it are no counts or scores of anything and would not survive a float.
MOST = 2**53
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Score = Annotated[float, msgspec.Meta(le=MOST)]


class ParentModel(msgspec.Struct, frozen=True):
    """A base model, as `baseModels` names it."""

    id: str


class BaseModels(msgspec.Struct, frozen=True):
    """The `baseModels` field: one relation to one or more parents."""

    models: tuple[ParentModel, ...] | None = None
    relation: str | None = None


class ListedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A record of `GET /api/models`; a field that is absent or null is unknown, never 0."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    oid: str | None = msgspec.field(name="_id", default=None)
    author: str | None = None
    downloads: Count | None = None
    downloads_all_time: Count | None = msgspec.field(name="downloadsAllTime", default=None)
    likes: Count | None = None
    trending_score: Score | None = msgspec.field(name="trendingScore", default=None)
    created_at: datetime | None = msgspec.field(name="createdAt", default=None)
    pipeline_tag: str | None = None
    library_name: str | None = None
    tags: tuple[str, ...] | None = None
    base_models: BaseModels | None = msgspec.field(name="baseModels", default=None)
    gated: bool | str | None = None

    @property
    def namespace(self) -> str | None:
        """Who publishes the repo: `author`, else the part of the id before the slash."""
        return self.author or space_of(self.id)


def space_of(model_id: str) -> str | None:
    """Return the part of an id before the slash, None where there is none."""
    owner, slash, _ = model_id.partition("/")
    return owner if slash else None


class OddRecord(ValueError):
    """A record without the Hub's form; the text names the field and what is wrong with it."""


_decoder = msgspec.json.Decoder(ListedModel)
_OUT_OF_RANGE = "field 'createdAt': a time that UTC cannot write"


def decode_model(line: bytes) -> ListedModel:
    """Decode one JSON record strictly.

    Raises:
        OddRecord: not JSON, not an object, no id, or a field of the wrong type.
    """
    try:
        try:
            return _tidy(_decoder.decode(line))
        except msgspec.ValidationError:
            return _tidy(msgspec.convert(_mended(msgspec.json.decode(line)), ListedModel))
    except msgspec.ValidationError as error:
        raise OddRecord(_sentence(error)) from None
    except UnicodeDecodeError as error:
        raise OddRecord(f"not UTF-8 text ({error.reason})") from None
    except OverflowError:
        raise OddRecord(_OUT_OF_RANGE) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise OddRecord(f"not JSON ({error})") from None


def convert_model(record: Any) -> tuple[ListedModel | None, tuple[str, ...]]:
    """Decode one parsed record forgivingly: odd fields become unknown.

    Returns the model (None when the id itself is odd, so nothing can be said of it) and the
    names of the odd fields, in the Hub's spelling.
    """
    record = _mended(record)
    try:
        return _tidy(msgspec.convert(record, ListedModel)), ()
    except (msgspec.ValidationError, OverflowError):
        pass
    if not isinstance(record, dict):
        return None, ("record",)
    kept: dict[str, Any] = {}
    odd: list[str] = []
    for name, value in record.items():
        try:
            _tidy(msgspec.convert({"id": "x", name: value}, ListedModel))
        except (msgspec.ValidationError, OverflowError):
            odd.append(str(name))
        else:
            kept[name] = value
    if "id" not in kept:
        return None, tuple(odd) or ("id",)
    return _tidy(msgspec.convert(kept, ListedModel)), tuple(odd)


def _mended(record: Any) -> Any:
    """Spellings that mean the same: 12.0 for 12, a date without T or zone, one parent by name.

    Published tables of Hub rows carry them (`cfahlgren1/hub-stats` writes times without a zone).
    """
    if not isinstance(record, dict):
        return record
    mended = dict(record)
    for name in ("downloads", "downloadsAllTime", "likes"):
        value = mended.get(name)
        if isinstance(value, float) and value.is_integer():
            mended[name] = int(value)
    created = mended.get("createdAt")
    if isinstance(created, str):
        with suppress(ValueError):
            mended["createdAt"] = datetime.fromisoformat(created)
    parents = mended.get("baseModels")
    if isinstance(parents, str):
        parents = [parents]
    if isinstance(parents, list):
        models = [{"id": each} if isinstance(each, str) else each for each in parents]
        mended["baseModels"] = {"models": models}
    return mended


def _tidy(model: ListedModel) -> ListedModel:
    """Write times in UTC and an empty `_id` as none; OverflowError where UTC has no such time."""
    if model.oid == "":
        # Every model without an `_id` would be the same one.
        model = msgspec.structs.replace(model, oid=None)
    created = model.created_at
    if created is None or created.tzinfo is UTC:
        return model
    # The Hub writes UTC; a time without a zone is read as that.
    moved = created.replace(tzinfo=UTC) if created.tzinfo is None else created.astimezone(UTC)
    return msgspec.structs.replace(model, created_at=moved)


def _sentence(error: msgspec.ValidationError) -> str:
    text = str(error)
    if "missing required field `id`" in text:
        return 'the model has no "id"'
    what, _, where = text.partition(" - at `$")
    if not where:
        return what[:1].lower() + what[1:]
    return f"field {where.rstrip('`').lstrip('.')!r}: {what[:1].lower() + what[1:]}"
