"""What Django must find: what was promised, how it is judged, and what was published about it."""

from commitments.models.bulletin import Bulletin
from commitments.models.campaign import Campaign, CityTarget, LetterTemplate, TemplatePledge
from commitments.models.indicator import Direction, Indicator, Reading
from commitments.models.letter import Letter, LetterEvent, LetterProject, LetterSignature, LetterState, LetterVersion
from commitments.models.pledge import Pledge, Relief
from commitments.models.policy import Policy, PolicyGroup, PolicyLight
from commitments.models.reading_file import ReadingFile
from commitments.models.scoring import ScoringItem, ScoringRuling
from commitments.models.settlement import Attachment, PledgeState, Settlement, SettlementEntry

__all__ = [
    "Attachment",
    "Bulletin",
    "Campaign",
    "CityTarget",
    "Direction",
    "Indicator",
    "Letter",
    "LetterEvent",
    "LetterProject",
    "LetterSignature",
    "LetterState",
    "LetterTemplate",
    "LetterVersion",
    "Pledge",
    "PledgeState",
    "Policy",
    "PolicyGroup",
    "PolicyLight",
    "Reading",
    "ReadingFile",
    "Relief",
    "ScoringItem",
    "ScoringRuling",
    "Settlement",
    "SettlementEntry",
    "TemplatePledge",
]
