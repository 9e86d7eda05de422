"""A dump into a PostgreSQL database, in one transaction: a restore that fails leaves what was there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from psycopg import sql

from chat.backup.errors import BackupError
from chat.backup.manifest import Manifest
from chat.backup.programs import Programs

#: How long running servers may keep us from a table before we give up; only with --force are there any.
PATIENCE = "60s"

# Everything of ours that is there goes first: a newer Rapport may have left tables that the backup does not know of,
# and which hold on to those that it does.
CLEAR = """
SET lock_timeout = {patience};
DO $clear$ DECLARE one record; BEGIN
    FOR one IN SELECT c.relname, c.relkind FROM pg_class c
        WHERE c.relnamespace = {schema}::regnamespace AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        ORDER BY c.relkind = 'S', c.oid
    LOOP
        CONTINUE WHEN to_regclass(format('%I.%I', {schema}, one.relname)) IS NULL; -- went with another
        EXECUTE format('DROP %s %I.%I CASCADE', CASE one.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
            WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, {schema}, one.relname);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = {schema}::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END $clear$;
"""
COUNT = """
DO $count$ BEGIN
    IF (SELECT count(*) FROM {table}) <> {rows} THEN RAISE EXCEPTION '{table} does not hold what was backed up'; END IF;
END $count$;
"""
EPOCH = """
DO $epoch$ BEGIN
    IF to_regclass({name}) IS NOT NULL THEN
        UPDATE {table} SET value = {value}, since = now(), why = {why};
    END IF;
END $epoch$;
"""
# Of the database itself, not of ours: an account that owns only its tables could not touch them.
NOT_OURS = re.compile(r"^\d+; \d+ \d+ (SCHEMA|COMMENT) - ")


def load(programs: Programs, dump: Path, manifest: Manifest, schema: str) -> None:
    """Replace everything in `schema` by what `dump` holds, with a new epoch. Raises BackupError: nothing is changed."""
    with tempfile.TemporaryDirectory(dir=dump.parent) as folder, (Path(folder) / "said").open("w+b") as said:
        contents = Path(folder) / "contents"
        contents.write_text(_contents(programs, dump))
        into = programs.command(
            *(
                "psql",
                "--no-psqlrc",
                "--quiet",
                "--single-transaction",
                "--set=ON_ERROR_STOP=1",
                "--no-password",
            ),
            *("--output=/dev/null", "--file=-", "--dbname", programs.address),
        )
        out = programs.command(
            "pg_restore", "--no-owner", "--no-privileges", "--file=-", "--use-list", contents, dump
        )
        psql = subprocess.Popen(
            into, env=programs.environment, stdin=subprocess.PIPE, stdout=said, stderr=said
        )
        try:
            assert psql.stdin is not None
            whole = _feed(psql.stdin, out, said, manifest, schema)
            if whole:
                psql.stdin.close()
                psql.wait()
        except BrokenPipeError:
            psql.wait()  # it has met an error, and said which
        finally:
            if psql.poll() is None:
                psql.kill()  # at the end of its input it would commit
                psql.wait()
        if psql.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
            raise BackupError(f"The backup could not be restored, and nothing was changed:\n{words}")


def _feed(pipe: IO[bytes], out: list[str], said: IO[bytes], manifest: Manifest, schema: str) -> bool:
    """Everything for psql; whether all of the dump came."""
    pipe.write(_written(CLEAR, patience=PATIENCE, schema=schema))
    with subprocess.Popen(out, stdout=subprocess.PIPE, stderr=said) as dump:
        assert dump.stdout is not None
        shutil.copyfileobj(dump.stdout, pipe)
    if dump.returncode:
        return False
    for name, rows in manifest.rows.items():
        pipe.write(_written(COUNT, table=sql.Identifier(schema, name), rows=rows))
    table, why = sql.Identifier(schema, "chat_epoch"), f"restored from the backup of {manifest.made_at}"
    pipe.write(_written(EPOCH, name=f"{schema}.chat_epoch", table=table, value=str(uuid4()), why=why))
    return True


def _contents(programs: Programs, dump: Path) -> str:
    listed = subprocess.run(
        programs.command("pg_restore", "--list", dump),
        capture_output=True,
        text=True,
        env=programs.environment,
    )
    if listed.returncode:
        raise BackupError(
            f"pg_restore cannot read the backup, and nothing was changed:\n{listed.stderr.strip()}"
        )
    return "\n".join(line for line in listed.stdout.splitlines() if not NOT_OURS.match(line)) + "\n"


def _written(statement: str, **values: Any) -> bytes:
    return sql.SQL(statement).format(**values).as_bytes(None)
