from django.db import migrations

from portal import watched

POLICY = (
    "campaign", "citytarget", "indicator", "policy", "policygroup", "policygroup_units", "policylight",
    "scoringitem", "scoringruling",
)  # fmt: skip
LETTERS = ("letter", "letterversion", "lettersignature", "pledge", "relief")


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0011_accounts_are_locked_first"),
        ("portal", "0010_changes"),
    ]

    operations = [
        *(watched.table(f"commitments_{name}", "policy") for name in POLICY),
        *(watched.table(f"commitments_{name}", "letters") for name in LETTERS),
        watched.table("commitments_reading", "readings"),
    ]
