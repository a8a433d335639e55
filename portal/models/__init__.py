"""What Django must find: units and people, quarters, mail, suggestions, the demo's start."""

from portal.models.demo import DemoStart, MailboxMessage
from portal.models.membership import Membership, Role
from portal.models.message import Message
from portal.models.quarter import Extension, Quarter
from portal.models.suggestion import Suggestion
from portal.models.unit import Unit
from portal.models.user import User

__all__ = [
    "DemoStart",
    "Extension",
    "MailboxMessage",
    "Membership",
    "Message",
    "Quarter",
    "Role",
    "Suggestion",
    "Unit",
    "User",
]
