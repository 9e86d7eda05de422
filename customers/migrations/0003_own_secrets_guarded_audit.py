"""Every inbox gets a secret of its own, and the audit log is guarded by the database itself."""

from django.db import migrations

from customers.models.inbox import new_secret

# Flushing a test database deletes rows on SQLite (PostgreSQL truncates, which fires no row trigger), so SQLite
# guards against changes only; the model refuses both.
POSTGRESQL = """
CREATE FUNCTION customers_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to';
END $$;
CREATE TRIGGER customers_audit_stays BEFORE UPDATE OR DELETE ON customers_auditentry
    FOR EACH ROW EXECUTE FUNCTION customers_audit_stays();
"""
POSTGRESQL_BACK = """
DROP TRIGGER customers_audit_stays ON customers_auditentry;
DROP FUNCTION customers_audit_stays();
"""
SQLITE = """
CREATE TRIGGER customers_audit_stays BEFORE UPDATE ON customers_auditentry
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only ever added to');
END
"""
SQLITE_BACK = "DROP TRIGGER customers_audit_stays"


def own_secrets(apps, schema_editor):
    inboxes = apps.get_model("customers", "Inbox")
    for inbox in inboxes.objects.using(schema_editor.connection.alias).all():
        inbox.identity_secret = new_secret()
        inbox.save(update_fields=["identity_secret"])


def guard(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRESQL if postgresql else SQLITE)


def unguard(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRESQL_BACK if postgresql else SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_known_again")]
    operations = [
        migrations.RunPython(own_secrets, migrations.RunPython.noop),
        migrations.RunPython(guard, unguard),
    ]
