"""
A conversation as text: lines of "người dùng: …" and "bot: …".

A further line of the same message is indented by two spaces; so are the buttons,
in square brackets, and the files.  What was tapped stands in square brackets too.
Lines that begin with # tell the day.
"""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from registry.demonstration import Line


def transcript(lines: Sequence[Line], *, head: Sequence[str], say: Callable[..., str], zone: ZoneInfo) -> str:
    """Write a conversation down; an empty one has only its head."""
    written = [f"# {' · '.join((say('demo.title'), *head))}"]
    day = ""
    for line in lines:
        today = f"{line.at.astimezone(zone):%d/%m/%Y}"
        if today != day:
            day = today
            written.append(f"# {day}")
        who = say("demo.transcript.person" if line.mine else "demo.transcript.bot")
        text = f"[{line.text}]" if line.pressed else line.text
        first, *rest = text.split("\n")
        written.append(f"{who}: {first}".rstrip())
        written += [f"  {more}".rstrip() for more in rest]
        if line.files:
            written.append(f"  ({say('demo.transcript.files')}: {', '.join(line.files)})")
        if line.choices:
            written.append("  " + " ".join(f"[{label}]" for label, _action in line.choices))
    return "\n".join(written) + "\n"
