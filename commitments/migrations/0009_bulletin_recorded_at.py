from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commitments", "0008_rulings_are_ended")]
    operations = [
        migrations.AddField(
            model_name="bulletin",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
