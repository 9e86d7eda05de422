from datetime import UTC, datetime
from uuid import uuid4

from django.db import migrations, models


def begin(apps, schema_editor):
    epochs = apps.get_model("chat", "Epoch").objects.using(schema_editor.connection.alias)
    epochs.get_or_create(id=1, defaults={"since": datetime.now(UTC), "why": "first start"})


class Migration(migrations.Migration):
    dependencies = [("chat", "0003_similar_problems")]

    operations = [
        migrations.CreateModel(
            name="Epoch",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("value", models.UUIDField(default=uuid4)),
                ("since", models.DateTimeField()),
                ("why", models.CharField(help_text="What began it.", max_length=200)),
            ],
            options={"constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_epoch")]},
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
