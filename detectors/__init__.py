"""What a shift is and how to see one: pure functions of stored Snapshots."""

from detectors.access_change import AccessChange
from detectors.attention_gap import AttentionGap
from detectors.breakout import Breakout
from detectors.cadence import Cadence
from detectors.concentration import Concentration
from detectors.contributors import Contributors
from detectors.lead_change import LeadChange
from detectors.momentum import Momentum
from detectors.share_threshold import ShareThreshold
from detectors.suspicious_growth import SuspiciousGrowth
from detectors.top_entry import TopEntry
from detectors.unmapped_lab import UnmappedLab

# One line a detector; the property laws in tests/test_laws.py hold for each of them.
REGISTRY = {
    TopEntry.name: TopEntry,
    ShareThreshold.name: ShareThreshold,
    LeadChange.name: LeadChange,
    Momentum.name: Momentum,
    Concentration.name: Concentration,
    Contributors.name: Contributors,
    AttentionGap.name: AttentionGap,
    AccessChange.name: AccessChange,
    UnmappedLab.name: UnmappedLab,
    Cadence.name: Cadence,
    Breakout.name: Breakout,
    SuspiciousGrowth.name: SuspiciousGrowth,
}
