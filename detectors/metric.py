"""The figures the Hub counts, in the Hub's own words, each with its window."""

from enum import StrEnum


class Kind(StrEnum):
    """How much of the Hub a Snapshot covers: every model, or the first N by each metric."""

    CENSUS = "census"
    PULSE = "pulse"


class Metric(StrEnum):
    """What a Board can be ranked by."""

    TRENDING = "trending"
    LIKES = "likes"
    DOWNLOADS = "downloads"
    DOWNLOADS_ALL_TIME = "downloads_all_time"

    @property
    def window(self) -> str:
        """The time the figure counts over, as a person says it."""
        return _WINDOWS[self]

    @property
    def label(self) -> str:
        """The metric as it stands in a sentence."""
        return _LABELS[self]


# The Hub documents `downloads` as the last 30 days and trending as its own score of recent
# interest: https://huggingface.co/docs/hub/models-download-stats
_WINDOWS = {
    Metric.TRENDING: "recent days, by the Hub's own score",
    Metric.LIKES: "all time",
    Metric.DOWNLOADS: "the last 30 days",
    Metric.DOWNLOADS_ALL_TIME: "all time",
}
_LABELS = {
    Metric.TRENDING: "trending",
    Metric.LIKES: "likes",
    Metric.DOWNLOADS: "downloads",
    Metric.DOWNLOADS_ALL_TIME: "all-time downloads",
}
