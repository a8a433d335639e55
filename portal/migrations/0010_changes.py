from django.db import migrations, models

from portal import watched


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0009_export"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.CharField(max_length=40)),
                ("salt", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["topic"], include=["salt"], name="change_of_topic")],
            },
        ),
        migrations.RunSQL(watched.FUNCTIONS, watched.NO_FUNCTIONS),
        watched.table("portal_unit", "units"),
        watched.table("portal_quarter", "calendar"),
        watched.table("portal_membership", "people"),
        watched.table("portal_user", "people", of=["name", "email", "post", "is_active"]),
        watched.rows("portal_extension", "unit", "unit_id"),
        watched.rows("portal_extensionrequest", "unit", "unit_id"),
    ]
