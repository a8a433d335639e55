from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commitments", "0014_closed_accounts")]
    operations = [
        migrations.AddField(
            model_name="bulletin",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
