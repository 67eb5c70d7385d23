"""A channel as the pump uses it."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from content.message import Message
from registry.deliveries.outcomes import Outcome


class Sender(Protocol):
    """Sends a message: one outcome, and no exception for anything the platform does."""

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome: ...


@runtime_checkable
class TemplateSender(Protocol):
    """A channel that can send a notice as an approved template."""

    async def send_as_template(self, account: str, kind: str, message: Message) -> Outcome: ...
