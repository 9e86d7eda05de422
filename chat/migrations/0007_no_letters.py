"""Takes away an index by letters that installations from before may have; slips are looked up among known words."""

from django.db import migrations


def drop_letters(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS chat_problem_letters")


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0006_bounded_by_indexes"),
    ]

    operations = [
        migrations.RunPython(drop_letters, migrations.RunPython.noop),
    ]
