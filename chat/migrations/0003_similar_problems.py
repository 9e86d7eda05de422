import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

# Kept by the database itself, so that whatever deletes a problem takes it out of the index too. A later migration
# that makes SQLite rebuild the table has to make the triggers anew.
SQLITE = [
    "CREATE VIRTUAL TABLE chat_problem_words USING fts5(keys, content='chat_problem', content_rowid='id', tokenize='unicode61')",
    "CREATE TRIGGER chat_problem_added AFTER INSERT ON chat_problem BEGIN"
    " INSERT INTO chat_problem_words (rowid, keys) VALUES (new.id, new.keys); END",
    "CREATE TRIGGER chat_problem_gone AFTER DELETE ON chat_problem BEGIN"
    " INSERT INTO chat_problem_words (chat_problem_words, rowid, keys) VALUES ('delete', old.id, old.keys); END",
    "CREATE TRIGGER chat_problem_changed AFTER UPDATE OF keys ON chat_problem BEGIN"
    " INSERT INTO chat_problem_words (chat_problem_words, rowid, keys) VALUES ('delete', old.id, old.keys);"
    " INSERT INTO chat_problem_words (rowid, keys) VALUES (new.id, new.keys); END",
]
NOT_SQLITE = [
    "DROP TRIGGER chat_problem_added",
    "DROP TRIGGER chat_problem_gone",
    "DROP TRIGGER chat_problem_changed",
    "DROP TABLE chat_problem_words",
]
POSTGRESQL = [
    "ALTER TABLE chat_problem ADD COLUMN words tsvector"
    " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(keys, ' '))) STORED",
    "CREATE INDEX chat_problem_words ON chat_problem USING gin (words)",
]


def make_index(apps, schema_editor):
    connection = schema_editor.connection
    for statement in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE chat_problem DROP COLUMN words")
    else:
        for statement in NOT_SQLITE:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0002_known_again"),
    ]

    operations = [
        migrations.CreateModel(
            name="Problem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("told", models.TextField()),
                ("said", models.TextField(blank=True)),
                ("keys", models.TextField(help_text="The inbox, then the beginning of each word.")),
                ("fix", models.CharField(blank=True, help_text="The same for the same fix.", max_length=32)),
                ("outcome", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="found_by", to="chat.outcome")),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("fix", ""), _negated=True), fields=["fix"], name="problem_fix")],
            },
        ),
        migrations.CreateModel(
            name="ProblemVector",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("model", models.CharField(max_length=40)),
                ("numbers", models.BinaryField()),
                ("problem", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="vector", to="chat.problem")),
            ],
        ),
        migrations.RunPython(make_index, drop_index),
    ]
