"""What stands in the mails. Constant sentences; of what strangers typed, only a transcript holds anything."""

from __future__ import annotations

CODE = """\
Somebody asked to see earlier conversations with {inbox}
and gave this address.

If that was you, type this code into the chat window:

    {code}

Or open this link in the browser that you asked from:

    {url}

Code and link work once, for 15 minutes. Please tell the code to nobody: we
never ask for it. If that was not you, there is nothing to do. Without the
code nobody sees anything.
"""

CONFIRM = """\
On {date} somebody talked with {inbox}
and gave this address as theirs.

If that was you, please say so here:

    {url}

We then send you what was said, and if you ever come back with another
browser, this address opens your conversations again. The link is good until
{until}.

If that was not you, there is nothing to do. You will not be asked again
today.
"""

NOTICE = """\
On {date} a technician of {inbox}
was talking with somebody and recognised you. Your earlier conversations were
opened to that person.

If that was you, there is nothing to do.

If that was not you, please say so here. It ends the access at once:

    {url}

The link is good until {until}.
"""

HELD = """\
On {date} {inbox} helped you with this:

{problem}

What was done:

{fix}

Is it still fixed? Please tell us here:

    {url}

If it came back, your conversation opens again with everything that is known,
and you are served first. If you do not answer, we do not ask again. The link
is good until {until}.
"""

TRANSCRIPT = """\
This is your conversation with {inbox}, for you to keep.

Case      {case_code}
About     {subject}
Begun     {begun} ({zone})

{lines}
{outcome}
"""

OUTCOME = """\
----------------------------------------

{rows}
"""

KEY = """\
----------------------------------------

If you come back with another browser, and without this address, this key
opens your conversations. Keep it like a door key: it opens to whoever has it,
once, and is then replaced by a new one.

    {key}

"""


def indented(text: str, by: str = "    ") -> str:
    """The text with every line set in, so that nothing in it looks like a sentence of ours."""
    return "\n".join(f"{by}{line}".rstrip() for line in text.splitlines())
