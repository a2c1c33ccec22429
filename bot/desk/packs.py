"""Ready packs: a handful of rules for a kind of reader, each with the reason it is in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pack:
    """Who it is for, and its rules, each with why they want to know."""

    reader: str
    rules: tuple[tuple[str, str], ...]


PACKS: Mapping[str, Pack] = {
    "newsroom": Pack(
        "those who write about open models and want the story the day it breaks",
        (
            ("top 1 by trending in all", "who is in first place is the headline"),
            ("top 10 by trending in all", "what people talk about this week"),
            ("top 1 by likes in all", "the most liked model changes once in many months"),
            (
                "share of slots by country who China above 50% clear 40% in top 10 by trending",
                "the count of Chinese models among the ten that is quoted everywhere",
            ),
            (
                "share of derivatives by family who Qwen above 40% clear 37%",
                "whose models the world builds on, and the figure in the press",
            ),
        ),
    ),
    "policy": Pack(
        "those who follow countries, openness and concentration",
        (
            (
                "share of new by country who China above 40% clear 37%",
                "where new models come from",
            ),
            (
                "lead of slots by country in top 10 by trending",
                "which country holds most of the places people look at",
            ),
            (
                "concentration of downloads by lab above 1800 clear 1500",
                "1,800 points is where merger guidelines call a market highly concentrated",
            ),
            (
                "access change in top 1000 by likes",
                "a model that people rely on is opened, gated or under other terms",
            ),
            (
                "unmapped lab above 15% in top 10 by trending",
                "somebody whom no table knows is gaining weight",
            ),
        ),
    ),
    "ml-team": Pack(
        "those who build with open models and must not miss a better base or a broken one",
        (
            ("top 10 by trending in llm", "language models worth a look this week"),
            ("top 10 by downloads in llm", "what others run in earnest"),
            ("breakout by downloads in llm", "one that grows far faster than its age explains"),
            (
                "access change in top 1000 by downloads",
                "one that may be in your build is gated, gone, renamed or relicensed",
            ),
            ("suspicious growth in llm", "figures that should not be trusted in a comparison"),
        ),
    ),
    "investor": Pack(
        "those who follow labs rather than models",
        (
            (
                "momentum of derivatives by family anyone up",
                "developers move before any line is crossed",
            ),
            ("lead of derivatives by family", "the base that most new models are built on"),
            ("newcomers anyone above 25% clear 22%", "whom those who start today start with"),
            (
                "gap of likes over downloads above 10% clear 5% in llm",
                "attention that usage does not follow yet, or no longer",
            ),
            ("cadence of anyone often", "a lab that releases faster than it used to"),
        ),
    ),
}
