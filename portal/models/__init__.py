"""What Django must find: units and people, quarters, mail, notices, suggestions, changes, the timetable, the demo."""

from portal.models.change import Change
from portal.models.demo import DemoStart, MailboxMessage
from portal.models.export import Export
from portal.models.extension_request import ExtensionRequest
from portal.models.membership import Membership, Role
from portal.models.message import Message
from portal.models.notice import Notice
from portal.models.quarter import Extension, Quarter
from portal.models.reminder import Reminder
from portal.models.suggestion import Suggestion
from portal.models.timetable import TimetableEntry
from portal.models.unit import Unit
from portal.models.user import User

__all__ = [
    "Change",
    "DemoStart",
    "Export",
    "Extension",
    "ExtensionRequest",
    "MailboxMessage",
    "Membership",
    "Message",
    "Notice",
    "Quarter",
    "Reminder",
    "Role",
    "Suggestion",
    "TimetableEntry",
    "Unit",
    "User",
]
