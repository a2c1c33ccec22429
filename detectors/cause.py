"""One cause, one message: which Shifts of a look belong together."""

from collections.abc import Iterable, Mapping, Sequence

from detectors.shift import Event, Severity, Shift, Status

# By name: top_entry itself must not be known here, every detector may come to use this.
_BOARDS, _LEADS, _GROWTH = "top_entry", "lead_change", "breakout"
_SUSPICION = "suspicious_growth"
# Of what one model moves, the first of these is told first.
_SHARES = (_LEADS, "share_threshold", "attention_gap", "concentration")
# Whoever grows out of its class is told before the places it takes, but for the first.
_AFTER_FIRST_PLACE = 1.5


def causes(shifts: Sequence[Shift]) -> dict[str, str]:
    """Return, by the id of each Shift, the id of the Shift that leads its message.

    In one look, the Shifts of one model on boards have one cause; so have the entries of one
    lab's models (a release with nine repos is one event) and its models that break out; and who
    loses the first place that another takes lost it to the one who takes it, as with the lead of a
    share. What a single model moves by itself has the cause that its own growth has, see `mover`.
    """
    leader = {shift.id: shift.id for shift in shifts}
    for together in (
        *_models(shifts),
        *_releases(shifts),
        *_breakouts(shifts),
        *_successions(shifts),
        *_moved(shifts),
    ):
        _join(leader, together)
    found: dict[str, list[Shift]] = {}
    for shift in shifts:
        found.setdefault(_root(leader, shift.id), []).append(shift)
    return {shift.id: in_turn(group)[0].id for group in found.values() for shift in group}


def publisher_of(shift: Shift) -> str:
    """Return the lab behind a model, or the account where no table knows the lab."""
    return str(shift.about.get("lab") or shift.key.partition("/")[0])


def enters(shift: Shift) -> bool:
    """Whether a model enters a board for the first time."""
    return shift.detector == _BOARDS and shift.facts.event is Event.NEW


def _models(shifts: Sequence[Shift]) -> Iterable[list[Shift]]:
    return _split(
        ((shift.evidence.snapshots[1], shift.subject), shift)
        for shift in shifts
        if shift.detector == _BOARDS
    )


def _releases(shifts: Sequence[Shift]) -> Iterable[list[Shift]]:
    return _split(
        ((shift.evidence.snapshots[1], publisher_of(shift)), shift)
        for shift in shifts
        if enters(shift)
    )


def _breakouts(shifts: Sequence[Shift]) -> Iterable[list[Shift]]:
    return _split(
        ((shift.evidence.snapshots[1], publisher_of(shift)), shift)
        for shift in shifts
        if shift.detector == _GROWTH
    )


def _successions(shifts: Sequence[Shift]) -> Iterable[list[Shift]]:
    """Yield who takes a first place with who loses it, unless that one has more to be told of."""
    alone = {each[0].id for each in _models(shifts) if len(each) == 1}
    first = [
        shift
        for shift in shifts
        if shift.detector == _LEADS
        or (
            shift.detector == _BOARDS
            and shift.about.get("n") == 1
            and (shift.status is Status.FIRING or shift.id in alone)
        )
    ]
    for together in _split(((each.evidence.snapshots[1], each.rule), each) for each in first):
        if any(each.status is Status.FIRING for each in together):
            yield together


def _moved(shifts: Sequence[Shift]) -> Iterable[list[Shift]]:
    """Yield what one model moved by itself, together with what is told of the model."""
    movers = {
        (shift.evidence.snapshots[1], str(shift.about["mover"]), shift.about["mover_metric"])
        for shift in shifts
        if "mover" in shift.about
    }
    for look, model, metric in sorted(movers, key=str):
        yield [
            shift
            for shift in shifts
            if shift.evidence.snapshots[1] == look
            and (shift.about.get("mover") == model or _grew(shift, model, metric))
        ]


def _grew(shift: Shift, model: str, metric: object) -> bool:
    """Whether a Shift is that this model's figure has moved."""
    if shift.detector == _SUSPICION:
        return model in str(shift.about.get("models") or "").split()
    named = shift.detector in {_BOARDS, _GROWTH} and shift.key == model
    return named and shift.evidence.metric == metric


def _split(pairs: Iterable[tuple[tuple[str, str], Shift]]) -> Iterable[list[Shift]]:
    found: dict[tuple[str, str], list[Shift]] = {}
    for key, shift in pairs:
        found.setdefault(key, []).append(shift)
    return found.values()


def _join(leader: dict[str, str], together: Sequence[Shift]) -> None:
    for shift in together[1:]:
        leader[_root(leader, shift.id)] = _root(leader, together[0].id)


def _root(leader: Mapping[str, str], shift: str) -> str:
    while leader[shift] != shift:
        shift = leader[shift]
    return shift


def in_turn(shifts: Iterable[Shift]) -> list[Shift]:
    """Return Shifts of one cause as they are told: a message opens with the first."""
    return sorted(shifts, key=_turn)


def _turn(shift: Shift) -> tuple[bool, int, int, float, float, str]:
    """Return what puts the Shift that leads first: entries, of the fewest places, highest up.

    What is on no board comes by its size, what a model moved by itself after the model's own, the
    gravest first.
    """
    n, moved = shift.about.get("n"), "mover" in shift.about
    kind = [*_SHARES, shift.detector].index(shift.detector) + 1
    grown = _AFTER_FIRST_PLACE if shift.detector == _GROWTH else 0.0
    rank = shift.facts.after if shift.detector == _BOARDS else -shift.size
    return (
        shift.status is not Status.FIRING,
        -shift.severity.rank if moved else -len(Severity),
        kind if moved else 0,
        float(n) if isinstance(n, float | int) else grown,
        float("inf") if rank is None else rank,
        shift.id,
    )
