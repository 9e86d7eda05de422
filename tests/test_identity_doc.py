"""What docs/identity.md tells developers of host sites to do is what the server accepts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from customers.audit import Actor
from customers.models import Inbox
from customers.services.signed import LONGEST, SignatureRefused, Signed, check
from tools.environment import ROOT

pytestmark = pytest.mark.django_db
DOC = (ROOT / "docs" / "identity.md").read_text()
USER = {"id": 4711, "name": "Mara Lindqvist", "email": "mara@example.org", "email_verified": True}
DENO = Path(sys.executable).with_name("deno")
PHP = shutil.which("php")
KEYS: dict[str, Any] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


def blocks(language: str) -> list[str]:
    """The examples in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)


def inbox(**fields: Any) -> Inbox:
    return Inbox.objects.create(key="northwind", name="Northwind", **fields)


def accepted(place: Inbox, token: str) -> Signed:
    return check(place, token.strip(), at=datetime.now(UTC), actor=Actor("customer"))


def run(command: list[str], place: Inbox, key: Path | None = None) -> str:
    environment = {
        **os.environ,
        "RAPPORT_SECRET": place.identity_secret,
        "RAPPORT_INBOX": place.key,
        "RAPPORT_KEY_FILE": str(key or ""),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_python(
    call: str, place: Inbox, folder: Path, key: Path | None = None, algorithm: str = "EdDSA"
) -> str:
    code = "\n\n".join(blocks("python")).replace('"EdDSA"', f'"{algorithm}"')
    name = {"secret": "support_token", "key": "support_token_by_key"}[call]
    (folder / "example.py").write_text(f"{code}\nprint({name}({USER!r}))\n")
    return run([sys.executable, str(folder / "example.py")], place, key)


def by_node(call: str, place: Inbox, folder: Path, key: Path | None = None, algorithm: str = "EdDSA") -> str:
    code = "\n".join(block for block in blocks("js") if "node:" in block)
    name = {"secret": "supportToken", "key": "supportTokenByKey"}[call]
    (folder / "example.mjs").write_text(f"{code}\nconsole.log({name}({json.dumps(USER)}));\n")
    # All: in a file system below /dev nothing less lets it read.
    return run([str(DENO), "run", "--no-remote", "--allow-all", str(folder / "example.mjs")], place, key)


def by_php(call: str, place: Inbox, folder: Path, key: Path | None = None, algorithm: str = "RS256") -> str:
    code = "\n".join(blocks("php"))
    name = {"secret": "support_token", "key": "support_token_by_key"}[call]
    user = ", ".join(f"'{field}' => {json.dumps(value)}" for field, value in USER.items())
    (folder / "example.php").write_text(f"{code}\necho {name}([{user}]);\n")
    return run([str(PHP), str(folder / "example.php")], place, key)


#: Where there is no php, its steps are done by hand below.
EXAMPLES = [by_python, by_node, *([by_php] if PHP else [])]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_with_the_secret_is_accepted_once(example: Any, tmp_path: Path) -> None:
    place = inbox()
    token = example("secret", place, tmp_path)
    assert accepted(place, token) == Signed(
        subject="4711", name="Mara Lindqvist", email="mara@example.org", email_claimed="", phone=""
    )
    with pytest.raises(SignatureRefused, match="replayed"):
        accepted(place, token)
    other = Inbox.objects.create(key="other", name="Other", identity_secret=place.identity_secret)
    with pytest.raises(SignatureRefused, match="audience"):
        accepted(other, example("secret", place, tmp_path))


@pytest.mark.parametrize(
    ("example", "algorithm"),
    [
        pytest.param(by_python, "EdDSA", id="python-EdDSA"),
        pytest.param(by_python, "RS256", id="python-RS256"),
        pytest.param(by_node, "EdDSA", id="node-EdDSA"),
        pytest.param(by_node, "RS256", id="node-RS256"),
        *([pytest.param(by_php, "RS256", id="php-RS256")] if PHP else []),
    ],
)
def test_the_example_with_a_key_pair_is_accepted(example: Any, algorithm: str, tmp_path: Path) -> None:
    key = KEYS[algorithm]
    file = tmp_path / "rapport.key"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    place = inbox(identity_key=public)
    assert accepted(place, example("key", place, tmp_path, file, algorithm)).subject == "4711"
    with pytest.raises(SignatureRefused, match="algorithm"):
        accepted(place, example("secret", place, tmp_path))


def test_the_steps_of_the_php_example_done_by_hand_are_accepted() -> None:
    """Where there is no php: every step the example writes down, in its order, with what stands in it."""
    (by_hand, _) = blocks("php")
    steps = re.findall(
        r"rtrim\(strtr\(base64_encode\(\$bytes\), '\+/', '-_'\), '='\)"
        r"|hash_hmac\('sha256', \$body, getenv\('RAPPORT_SECRET'\), true\)"
        r"|\['alg' => 'HS256', 'typ' => 'JWT'\]"
        r"|\$body = encoded\(json_encode\(\$head\)\) \. '\.' \. encoded\(json_encode\(claims\(\$user\)\)\)",
        by_hand,
    )
    assert len(steps) == 4
    place = inbox()

    def encoded(raw: bytes) -> str:
        return base64.b64encode(raw).decode().translate(str.maketrans("+/", "-_")).rstrip("=")

    now = int(time.time())
    values = {
        "(string) $user['id']": "4711",
        "time()": now,
        "time() + 300": now + 300,
        "bin2hex(random_bytes(16))": os.urandom(16).hex(),
        "getenv('RAPPORT_INBOX')": place.key,
        "$user['name']": USER["name"],
        "$user['email']": USER["email"],
        "(bool) $user['email_verified']": USER["email_verified"],
    }
    written = re.findall(r"^ {8}'(\w+)' => (.+),$", by_hand, re.MULTILINE)
    claims = {name: values[value] for name, value in written}
    head = json.dumps({"alg": "HS256", "typ": "JWT"}).encode()
    body = f"{encoded(head)}.{encoded(json.dumps(claims).encode())}"
    signature = hmac.new(place.identity_secret.encode(), body.encode(), hashlib.sha256).digest()
    assert accepted(place, f"{body}.{encoded(signature)}").email == "mara@example.org"


def test_every_reason_of_a_refusal_stands_in_the_page() -> None:
    code = (ROOT / "customers" / "services" / "signed.py").read_text()
    given = set(re.findall(r'SignatureRefused\("(\w+)"\)', code))
    table = DOC.partition("### When a token is refused")[2].partition("### Python")[0]
    assert len(given) == 9
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == given | {"ended"}
    assert '"ended"' in (ROOT / "static" / "widget" / "session.js").read_text()


def test_the_page_names_the_limits_of_the_code() -> None:
    assert f"at most {LONGEST.seconds // 60} minutes from now" in DOC
    needed = re.findall(r"^\| `(\w+)` \| needed \|", DOC, re.MULTILINE)
    assert sorted(needed) == ["exp", "iat", "jti", "sub"]
