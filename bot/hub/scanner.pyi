from collections.abc import Callable, Mapping, Sequence

VERSION: int
ROW_BYTES: int
EDGE_BYTES: int

class Scanner:
    def __init__(
        self,
        codes: Sequence[Mapping[str, int]],
        parents: Mapping[str, int],
        relations: Sequence[str],
        oid_of: Callable[[str | None], bytes],
        never: int,
    ) -> None: ...
    def scan(self, body: bytes) -> tuple[bytes, bytes, bytes] | None: ...
