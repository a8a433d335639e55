"""What every address answers to whom. An address that stands in the URLconf and not here fails the tests.

Answers as tests/attacks/addresses.py gives them: a status, "sign-in", or "→" and the page one is led to. `own` is for
roles held at the unit that the address is about or above it, `foreign` for the same roles held at another unit.
"""

from dataclasses import dataclass, replace

from portal.models import Role
from portal.roles import ADMIN_ROLES, ADMINISTRATORS, EVERYONE, REVIEWERS, SUBMITTERS, UNIT_PEOPLE
from tests.attacks.addresses import SIGN_IN

Answers = dict[str, str]


def to(roles: frozenset[str], answer: str = "200", others: str = "403") -> Answers:
    """This answer to these roles, another to the rest."""
    return {role: answer if role in roles else others for role in Role}


@dataclass(frozen=True)
class Row:
    """Answers to a GET by role; `above` where a role held above the unit is answered differently from one at it."""

    own: Answers
    foreign: Answers
    anonymous: str = SIGN_IN
    above: Answers | None = None


def same(answers: Answers, anonymous: str = SIGN_IN) -> Row:
    """Whatever unit the role is held at."""
    return Row(answers, answers, anonymous)


def anybody(answer: str = "200") -> Row:
    return same(to(EVERYONE, answer), anonymous=answer)


PERSON = same(to(EVERYONE))
REACHING = Row(to(EVERYONE), to(EVERYONE, "404"))
STAFF = same(to(ADMIN_ROLES))
NOBODY = same(to(EVERYONE, "403"))
ADMINISTRATOR = same(to(ADMINISTRATORS))
# Django leads from a record that isn't there, or is out of reach, to the admin's first page.
STAFF_REACHING = Row(to(ADMIN_ROLES), to(ADMIN_ROLES, "→ admin:index"))
ADMINISTRATOR_REACHING = Row(to(ADMINISTRATORS), to(ADMINISTRATORS, "→ admin:index"))
CITY_ADMINISTRATOR = Row(to(EVERYONE, "403"), to(EVERYONE, "403"), above=to(ADMINISTRATORS))
HOME = to(UNIT_PEOPLE | ADMIN_ROLES, others="→ dashboard")
ABOVE_THE_BUREAU = Row(to(EVERYONE, "403"), to(EVERYONE, "403"), above=to(REVIEWERS))
AWAY = to(ADMIN_ROLES, "→ admin:index")
LISTED = to(EVERYONE, "→ letter_list")
FULFILLED = to(EVERYONE, "→ fulfilment")
# By the administrator of the unit that runs the campaign, above the letter's.
DECIDERS = Row(to(EVERYONE, "403"), to(EVERYONE, "404"), above=to(ADMINISTRATORS))
# The city and the county each run a campaign, whose principals counter-sign and have no reports to fill in.
HEADING = HOME | {str(Role.PRINCIPAL): "→ dashboard"}
HOMES = Row(HEADING, HOME)
# Who is signed in already is led home, and on from there.
LED_HEADING, LED_HOMES = (
    {role: "→ home" if answer == "200" else answer for role, answer in each.items()} for each in (HEADING, HOME)
)
LED_HOME = Row(LED_HEADING, LED_HOMES)
OWN_PEOPLE = Row(to(UNIT_PEOPLE), to(EVERYONE, "404"))


def led_to(page: str, roles: frozenset[str] = EVERYONE) -> Row:
    """An address that only takes forms: asked for by GET it leads to the page where its form stands."""
    return Row(to(roles, f"→ {page}"), to(EVERYONE, "404"))


ROWS = {
    "health": anybody(),
    "set_language": anybody("405"),
    "home": HOMES,
    "dashboard": PERSON,
    "unit_dashboard": REACHING,
    "league": PERSON,
    "score_sheet": PERSON,  # of a unit of the same campaign: scoring is open to all whom it ranks
    "situation": PERSON,
    # To the only letter within reach, else to the campaign's letters, as `letter_home`.
    "fulfilment_home": Row(to(EVERYONE, "→ letter_fulfilment"), FULFILLED, above=FULFILLED),
    "fulfilment": PERSON,
    "letter_fulfilment": REACHING,
    "relief_ask": Row(to(UNIT_PEOPLE), to(EVERYONE, "404")),
    "relief_decide": DECIDERS,
    "settlement": REACHING,
    "settlement_list": PERSON,
    "bulletin_list": PERSON,
    "bulletin": PERSON,  # published; tests/commitments/views/test_bulletins.py asks for a draft
    "bulletin_begin": same(to(EVERYONE, "→ bulletin_list")),
    "bulletin_file": PERSON,
    "settlement_evidence": Row(to(UNIT_PEOPLE | ADMIN_ROLES), to(EVERYONE, "404")),
    "settlement_sheet": Row(to(EVERYONE, "404"), to(EVERYONE, "404")),  # from the verification on
    "verify_home": anybody(),
    "verify": anybody(),
    # A letter in force; tests/commitments/views/ ask for those that are drafts or wait for a signature.
    "campaign_home": same(to(EVERYONE, "→ campaign")),
    "campaign": REACHING,
    "letter_home": Row(to(EVERYONE, "→ letter"), LISTED, above=LISTED),
    "letter_list": PERSON,
    "letter": REACHING,
    "letter_version": REACHING,
    "letter_receipt": REACHING,
    "letter_edit": Row(to(UNIT_PEOPLE | ADMINISTRATORS, "→ letter"), to(EVERYONE, "404")),
    "letter_sign": Row(to(frozenset({Role.PRINCIPAL}), "→ letter"), to(EVERYONE, "404")),
    "letter_step": Row(to(UNIT_PEOPLE | ADMINISTRATORS), to(EVERYONE, "404")),
    "scan_upload": led_to("letter_version"),
    "scan": Row(to(UNIT_PEOPLE | ADMIN_ROLES), to(EVERYONE, "404")),
    "letter_pdf": REACHING,  # of a signed letter; tests/commitments/views/test_letter_pdf.py asks for a draft
    "lines": PERSON,
    "notices": PERSON,
    "notices_read": same(to(EVERYONE, "405")),
    "notice": same(to(EVERYONE, "404")),  # one's own only; tests/portal/views/test_notices.py opens those
    "notice_read": same(to(EVERYONE, "405")),
    "export_list": PERSON,
    # One's own only; tests/portal/test_prepared.py opens those.
    "export": same(to(EVERYONE, "404")),
    "export_progress": same(to(EVERYONE, "404")),
    "export_file": same(to(EVERYONE, "404")),
    "filing_board": STAFF,
    "extension_list": STAFF,
    "extension": Row(to(UNIT_PEOPLE | ADMIN_ROLES), to(EVERYONE, "404")),
    "extension_ask": led_to("quarter_tasks"),
    "profile": PERSON,
    "suggestions": PERSON,
    "suggestion_new": PERSON,
    "unit_choices": PERSON,
    "mail_list": same(to(EVERYONE, "404")),  # the demo's mailbox isn't there outside the demo
    "mail": same(to(EVERYONE, "404")),
    "mail_html": same(to(EVERYONE, "404")),
    "project_list": PERSON,
    "project_detail": REACHING,
    "quarter_tasks_home": PERSON,
    "quarter_tasks": REACHING,
    "line_form": OWN_PEOPLE,
    # A draft's evidence is its unit's own; tests/projects/views/test_evidence.py asks for one handed in.
    "evidence": Row(to(UNIT_PEOPLE, "200", others="404"), to(EVERYONE, "404")),
    "evidence_thumbnail": Row(to(UNIT_PEOPLE, "200", others="404"), to(EVERYONE, "404")),
    "line_evidence": Row(to(UNIT_PEOPLE, "→ line_form"), to(EVERYONE, "404")),
    "line_keep": led_to("quarter_tasks"),
    "report_grid": OWN_PEOPLE,
    "line_autosave": same(to(EVERYONE, "405"), anonymous="405"),
    "lines_keep": led_to("quarter_tasks"),
    "lines_keep_undo": led_to("quarter_tasks"),
    "workbook_home": OWN_PEOPLE,
    "workbook_file": OWN_PEOPLE,
    "workbook": OWN_PEOPLE,
    "workbook_progress": OWN_PEOPLE,
    "workbook_annotated": OWN_PEOPLE,
    "report_answer": led_to("quarter_tasks"),
    "report_check": OWN_PEOPLE,
    "report_submit": led_to("report_check", UNIT_PEOPLE),
    "report_detail": REACHING,
    "report_pdf": REACHING,
    "report_export": REACHING,
    "report_withdraw": led_to("report_detail"),
    "report_correct": led_to("report_detail"),
    "account_login": replace(LED_HOME, anonymous="200"),
    "account_signup": replace(LED_HOME, anonymous="200"),
    "account_logout": PERSON,
    "account_inactive": anybody(),
    "account_change_password": PERSON,
    "account_set_password": same(to(EVERYONE, "→ account_change_password")),
    "account_reset_password": anybody(),
    "account_reset_password_done": anybody(),
    "account_reset_password_from_key": anybody(),
    "account_reset_password_from_key_done": anybody(),
    "admin:index": STAFF,
    "admin:app_list": STAFF,
    "admin/(?P<url>.*)$": same(to(ADMIN_ROLES, "404")),
    "admin:login": same(to(ADMIN_ROLES, "→ admin:index")),
    "admin:logout": same(to(ADMIN_ROLES, "→ account_logout")),
    "admin:password_change": same(to(ADMIN_ROLES, "→ account_change_password")),
    "admin:password_change_done": STAFF,
    "admin:jsi18n": STAFF,
    "admin:autocomplete": NOBODY,  # it names the field that asks; without one it tells nothing
    "admin:projects_report_changelist": STAFF,
    "admin:projects_report_accept": same(to(ADMIN_ROLES, "→ admin:projects_report_changelist")),
    "admin:projects_report_keys": same(to(ADMIN_ROLES, "→ admin:projects_report_changelist")),
    "admin:projects_report_change": Row(to(ADMIN_ROLES), to(ADMIN_ROLES, "404")),
    "admin:portal_message_changelist": STAFF,
    "admin:portal_message_add": NOBODY,
    "admin:portal_message_change": STAFF_REACHING,
    "admin:portal_message_history": STAFF_REACHING,
    "admin:portal_message_delete": NOBODY,
    "admin:portal_suggestion_changelist": STAFF,
    "admin:portal_suggestion_add": NOBODY,
    "admin:portal_suggestion_change": STAFF_REACHING,
    "admin:portal_suggestion_history": STAFF_REACHING,
    "admin:portal_suggestion_delete": NOBODY,
    "admin:portal_user_changelist": STAFF,
    "admin:portal_user_add": ADMINISTRATOR,
    "admin:portal_user_change": STAFF_REACHING,
    "admin:portal_user_history": STAFF_REACHING,
    "admin:portal_user_delete": NOBODY,
    "admin:portal_membership_changelist": STAFF,
    "admin:portal_membership_add": ADMINISTRATOR,
    "admin:portal_membership_change": STAFF_REACHING,
    "admin:portal_membership_history": STAFF_REACHING,
    "admin:portal_membership_delete": ADMINISTRATOR_REACHING,
    "admin:portal_quarter_changelist": STAFF,
    "admin:portal_quarter_add": CITY_ADMINISTRATOR,
    "admin:portal_quarter_change": STAFF,
    "admin:portal_quarter_history": STAFF,
    "admin:portal_quarter_delete": CITY_ADMINISTRATOR,
    "admin:portal_extension_changelist": STAFF,
    "admin:portal_extension_add": ADMINISTRATOR,
    "admin:portal_extension_change": STAFF_REACHING,
    "admin:portal_extension_history": STAFF_REACHING,
    "admin:portal_extension_delete": NOBODY,
    "admin:portal_unit_changelist": STAFF,
    "admin:portal_unit_add": CITY_ADMINISTRATOR,
    "admin:portal_unit_change": STAFF_REACHING,
    "admin:portal_unit_history": STAFF_REACHING,
    "admin:portal_unit_delete": CITY_ADMINISTRATOR,
    "admin:projects_project_changelist": STAFF,
    "admin:projects_project_add": CITY_ADMINISTRATOR,
    "admin:projects_project_change": STAFF_REACHING,
    "admin:projects_project_history": STAFF_REACHING,
    # Reports name the county's project, so one is led back to it.
    "admin:projects_project_delete": Row(
        to(ADMINISTRATORS, "→ admin:projects_project_change"), to(ADMINISTRATORS, "→ admin:index")
    ),
    "admin:projects_reportline_changelist": STAFF,
    "admin:projects_reportline_add": NOBODY,
    "admin:projects_reportline_change": STAFF_REACHING,
    "admin:projects_reportline_history": STAFF_REACHING,
    "admin:projects_reportline_delete": NOBODY,
    "admin:projects_rollupalarm_changelist": STAFF,
    "admin:projects_rollupalarm_add": NOBODY,
    "admin:projects_rollupalarm_change": STAFF_REACHING,
    "admin:projects_rollupalarm_history": STAFF_REACHING,
    "admin:projects_rollupalarm_delete": NOBODY,
    "admin:projects_category_changelist": STAFF,
    "admin:projects_category_add": CITY_ADMINISTRATOR,
    "admin:projects_category_change": STAFF,
    "admin:projects_category_history": STAFF,
    "admin:projects_category_delete": CITY_ADMINISTRATOR,
    "admin:projects_chain_changelist": STAFF,
    "admin:projects_chain_add": CITY_ADMINISTRATOR,
    "admin:projects_chain_change": STAFF,
    "admin:projects_chain_history": STAFF,
    "admin:projects_chain_delete": CITY_ADMINISTRATOR,
    "admin:projects_projectlist_changelist": STAFF,
    "admin:projects_projectlist_add": CITY_ADMINISTRATOR,
    "admin:projects_projectlist_change": STAFF,
    "admin:projects_projectlist_history": STAFF,
    "admin:projects_projectlist_delete": CITY_ADMINISTRATOR,
    "admin:projects_importfile_changelist": CITY_ADMINISTRATOR,
    "admin:projects_importfile_add": CITY_ADMINISTRATOR,
    "admin:projects_importfile_change": CITY_ADMINISTRATOR,
    "admin:projects_importfile_history": CITY_ADMINISTRATOR,
    "admin:projects_importfile_delete": NOBODY,
    "admin:import_template": CITY_ADMINISTRATOR,
    "admin:import_progress": CITY_ADMINISTRATOR,
    "admin:commitments_campaign_changelist": STAFF,
    "admin:commitments_campaign_add": ADMINISTRATOR,
    "admin:commitments_campaign_change": STAFF_REACHING,
    "admin:commitments_campaign_history": STAFF_REACHING,
    "admin:commitments_campaign_delete": ADMINISTRATOR_REACHING,
    "admin:commitments_campaign_clone": Row(to(ADMINISTRATORS), to(ADMIN_ROLES, "404")),
    "admin:commitments_lettertemplate_changelist": STAFF,
    "admin:commitments_lettertemplate_add": ADMINISTRATOR,
    "admin:commitments_lettertemplate_change": STAFF_REACHING,
    "admin:commitments_lettertemplate_history": STAFF_REACHING,
    "admin:commitments_lettertemplate_delete": ADMINISTRATOR_REACHING,
    "admin:commitments_policy_changelist": STAFF,
    "admin:commitments_policy_add": CITY_ADMINISTRATOR,
    "admin:commitments_policy_change": STAFF,
    "admin:commitments_policy_history": STAFF,
    "admin:commitments_policy_delete": NOBODY,  # it has come into force
    "admin:commitments_indicator_changelist": STAFF,
    "admin:commitments_indicator_add": CITY_ADMINISTRATOR,
    "admin:commitments_indicator_change": STAFF,
    "admin:commitments_indicator_history": STAFF,
    "admin:commitments_indicator_delete": CITY_ADMINISTRATOR,
    # The reading is about the county, of a bureau of the city: the county's people read it, those above load.
    "admin:commitments_reading_changelist": STAFF,
    "admin:commitments_reading_add": ABOVE_THE_BUREAU,
    "admin:commitments_reading_change": STAFF_REACHING,
    "admin:commitments_reading_history": STAFF_REACHING,
    "admin:commitments_reading_delete": CITY_ADMINISTRATOR,
    "admin:commitments_readingfile_changelist": ABOVE_THE_BUREAU,
    "admin:commitments_readingfile_add": ABOVE_THE_BUREAU,
    # A file is its sender's own, and open to who administers all.
    "admin:commitments_readingfile_change": Row(
        to(EVERYONE, "403"), to(EVERYONE, "403"), above=to(ADMINISTRATORS) | {Role.REVIEWER: "404"}
    ),
    "admin:commitments_readingfile_history": Row(AWAY, AWAY, above=AWAY | {Role.ADMINISTRATOR: "200"}),
    "admin:commitments_readingfile_delete": NOBODY,
    "admin:reading_template": ABOVE_THE_BUREAU,
    "admin:commitments_scoringruling_changelist": STAFF,
    # Who administers a campaign: the city's, or the county's own.
    "admin:commitments_scoringruling_add": Row(to(ADMINISTRATORS), to(EVERYONE, "403")),
    "admin:commitments_scoringruling_change": STAFF_REACHING,
    "admin:commitments_scoringruling_history": STAFF_REACHING,
    "admin:commitments_scoringruling_delete": NOBODY,
}

# Who may send a form to these addresses for the unit they are about; everywhere else a POST changes nothing of a unit.
WRITERS: dict[str, frozenset[str]] = {
    "line_form": UNIT_PEOPLE - {Role.PRINCIPAL},
    "line_keep": UNIT_PEOPLE - {Role.PRINCIPAL},
    "report_grid": UNIT_PEOPLE - {Role.PRINCIPAL},
    "workbook_home": UNIT_PEOPLE - {Role.PRINCIPAL},
    "workbook": UNIT_PEOPLE - {Role.PRINCIPAL},
    "lines_keep": UNIT_PEOPLE - {Role.PRINCIPAL},
    "lines_keep_undo": UNIT_PEOPLE - {Role.PRINCIPAL},
    "report_submit": SUBMITTERS,
    "extension_ask": UNIT_PEOPLE - {Role.PRINCIPAL},
    "extension": ADMINISTRATORS,
    "report_withdraw": SUBMITTERS,
    "report_correct": UNIT_PEOPLE - {Role.PRINCIPAL},
    "admin:projects_report_change": ADMIN_ROLES - {Role.AUDITOR},
    "admin:commitments_campaign_clone": ADMINISTRATORS,
    "letter_list": ADMINISTRATORS,
    "letter_edit": UNIT_PEOPLE | ADMINISTRATORS,
    "letter_sign": frozenset({Role.PRINCIPAL}),
    "letter_step": UNIT_PEOPLE | ADMINISTRATORS,
    "scan_upload": UNIT_PEOPLE | ADMINISTRATORS,
    "relief_ask": UNIT_PEOPLE,
    "relief_decide": ADMINISTRATORS,
    "settlement": UNIT_PEOPLE | ADMINISTRATORS,
    "settlement_list": ADMINISTRATORS,
    "bulletin": ADMINISTRATORS,
    "bulletin_begin": ADMINISTRATORS,
}
