"""The bot's own card: commands by scope and language, name and descriptions."""

import json
import re
from typing import Any

from .refusals import bad

COMMANDS = 100
NAME = 64
DESCRIPTION = 512
SHORT_DESCRIPTION = 120
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


class BotCard:
    """The texts the bot has set about itself."""

    def __init__(self) -> None:
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.texts: dict[tuple[str, str], str] = {}

    def set_commands(self, values: dict[str, Any]) -> bool:
        commands = values["commands"]
        if len(commands) > COMMANDS:
            raise bad("BOT_COMMANDS_TOO_MUCH")  # our wording
        for command in commands:
            if not _COMMAND.fullmatch(command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._key(values)] = commands
        return True

    def delete_commands(self, values: dict[str, Any]) -> bool:
        self.commands.pop(self._key(values), None)
        return True

    def get_commands(self, values: dict[str, Any]) -> list[dict[str, str]]:
        return self.commands.get(self._key(values), [])

    def commands_for(self, chat_id: int, language: str, user_id: int = 0) -> list[dict[str, str]]:
        """The commands in a person's menu: the narrow scope first, in each the language before none."""
        if chat_id > 0:
            scopes: list[dict[str, Any]] = [{"type": "chat", "chat_id": chat_id}, {"type": "all_private_chats"}]
        else:
            scopes = [
                {"type": "chat_member", "chat_id": chat_id, "user_id": user_id},
                {"type": "chat", "chat_id": chat_id},
                {"type": "all_group_chats"},
            ]
        for scope in [*scopes, {"type": "default"}]:
            for spoken in (language, ""):
                if found := self.commands.get((_scope(scope), spoken)):
                    return found
        return []

    def set_text(self, kind: str, values: dict[str, Any]) -> bool:
        """Set `name`, `description` or `short_description`; an empty one removes it."""
        text = values.get(kind, "")
        limit = {"name": NAME, "description": DESCRIPTION, "short_description": SHORT_DESCRIPTION}[kind]
        if len(text) > limit:
            raise bad(f"bot {kind.replace('_', ' ')} is too long")  # our wording
        key = (kind, _language(values))
        self.texts.pop(key, None)
        if text:
            self.texts[key] = text
        return True

    def _key(self, values: dict[str, Any]) -> tuple[str, str]:
        return _scope(values.get("scope", {"type": "default"})), _language(values)


def _scope(scope: dict[str, Any]) -> str:
    return json.dumps({k: int(v) if k.endswith("_id") else v for k, v in scope.items()}, sort_keys=True)


def _language(values: dict[str, Any]) -> str:
    language: str = values.get("language_code", "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")  # our wording
    return language
