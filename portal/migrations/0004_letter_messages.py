from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_message_kinds")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "quarter opened"),
                    ("returned", "report returned"),
                    ("accepted", "report accepted"),
                    ("weekly", "weekly e-mail"),
                    ("letter_issued", "letter to be signed"),
                    ("letter_reminder", "reminder to sign a letter"),
                ],
                max_length=40,
                verbose_name="kind",
            ),
        ),
    ]
