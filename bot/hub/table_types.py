"""The columns of a parquet table by their types: what is meant alike is made alike, and checked."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors.columns import Ints

# A view cast to a list of its own width keeps its offsets, which are one too few (pyarrow 26).
_LISTS = (
    (pa.types.is_list, pa.list_),
    (pa.types.is_large_list, pa.large_list),
    (pa.types.is_fixed_size_list, pa.list_),
    (pa.types.is_list_view, pa.large_list),
    (pa.types.is_large_list_view, pa.list_),
)


class OddColumn(ValueError):
    """A column holds what it cannot; the text names it and says what to do."""


def column_of(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of plain type, nulls where there is none of the name.

    Raises:
        OddColumn: It is damaged, holds text that is not UTF-8, or names a field twice.
    """
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows)
    column = batch.column(name)
    if _names_twice(column.type):
        raise OddColumn(f'column "{name}" has two fields of one name; write it with one of them')
    kind = _plain(column.type)
    try:
        # Neither is looked at as a file is read: bytes stand there for text as they come.
        column.validate(full=True)
        return column if kind == column.type else column.cast(kind)
    except pa.ArrowInvalid as error:
        why = "text that is not UTF-8" if "UTF8" in str(error) else first_line(error)
        raise OddColumn(
            f'column "{name}" is damaged ({why}); nothing of the file was taken, fetch it again or '
            "write it anew"
        ) from None


def text_of(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of texts, nulls where there is none of the name.

    Raises:
        OddColumn: as `column_of`, or it is of another type.
    """
    column = column_of(batch, name)
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    if not is_text(column.type):
        raise OddColumn(f'column "{name}" is {column.type}, and should be text')
    return column


def is_list(kind: pa.DataType) -> bool:
    """Whether a plain type is one of lists."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def is_text(kind: pa.DataType) -> bool:
    """Whether a plain type is text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def flattened(lists: pa.Array) -> tuple[pa.Array, Ints]:
    """Return what lists hold, one after the other, and the row of each; null holds nothing."""
    # pyarrow's list_parent_indices counts also what lies behind a null, as in lists of fixed size.
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    return pc.list_flatten(lists), np.repeat(np.arange(len(lists)), lengths)


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, its name where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return the type that says the same in lists of any length, without views or dictionaries."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([each.with_type(_plain(each.type)) for each in kind])
    for is_of, make in _LISTS:
        if is_of(kind):
            value = kind.value_type
            within = pa.string() if pa.types.is_null(value) else _plain(value)
            return make(kind.value_field.with_type(within))
    return kind


def _names_twice(kind: pa.DataType) -> bool:
    """Whether a struct, here or within, has two fields of one name."""
    fields = [kind.field(at) for at in range(kind.num_fields)]
    return len({each.name for each in fields}) < len(fields) or any(
        _names_twice(each.type) for each in fields
    )
