"""Opens the channels of a configuration, and makes everything they are given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.channels.channel import Accept, Words
from bot.channels.manifest import Introduction, Opened, Runtime
from bot.serving.attachments import Attachments
from bot.serving.file_links import BRIEF_LIVES, FileLinks, count_look
from bot.serving.player import PlayerWords
from bot.serving.registered import enabled
from bot.settings.clock import Clock
from bot.settings.settings import Settings
from bot.web.application import count_refusal
from content.phrases import Phrases
from handlers.conversation.desk import House
from handlers.rooms import COMMANDS
from registry.store.store import Store


def real_now() -> datetime:
    """The time of platforms, tokens and signatures, which know no demo clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Base:
    """Everything made before the channels; `real` is the machine's clock."""

    settings: Settings
    store: Store
    clock: Clock
    house: House
    real: Callable[[], datetime]


def links_for(base: Base, attachments: Callable[[str], Awaitable[bytes]]) -> FileLinks:
    """The links to files, signed with a separate key."""
    return FileLinks(
        base.store.vault.derive("file links"),
        base.settings.server.public_url,
        attachments,
        base.real,
        look=lambda link, now: base.store.write(count_look, link, now),
        ended=base.house.phrases.say("channels.link_ended"),
        listening=PlayerWords(
            base.house.phrases.say("nghe.page.title"),
            base.house.phrases.say("nghe.page.download"),
            base.house.phrases.say("nghe.page.unplayable"),
        ),
    )


def runtime_for(
    base: Base, *, accept: Accept, wake: Callable[[], None], links: FileLinks, attachments: Attachments, sends: bool
) -> Runtime[None]:
    """The values every channel is given; `sends` is false in a process that only serves pages."""
    house, settings = base.house, base.settings
    return Runtime(
        words=words_of(house.phrases),
        introduction=introduction_of(house),
        now=base.clock.now,
        platform_now=base.clock.now if house.demo else base.real,  # the demo's platforms keep the demo's time
        public_url=settings.server.public_url,
        accept=accept,
        count=count_refusal,
        wake=wake,
        link_for=links.link_for,
        load=attachments,
        served=frozenset(settings.enabled()),
        demo=house.demo,
        sends=sends,
        troubles={},
        backing=None,
    )


def open_channels(base: Base, runtime: Runtime[None]) -> dict[str, Opened]:
    """Open every enabled channel, in the order of registration.  No platform is called yet."""
    opened: dict[str, Opened] = {}
    given = base.settings.channels()
    for one in enabled(base.settings):
        backing = one.back(base.settings, base.store, base.house, runtime)
        opened[one.name] = one.manifest.open(replace(runtime, backing=backing), given[one.name])
    return opened


def words_of(phrases: Phrases) -> Words:
    """The texts that channels add by themselves."""
    say = phrases.say
    return Words(
        say("channels.share_phone"),
        say("channels.share_place"),
        say("channels.no_file", name="{name}"),
        say("channels.brief_link", minutes=int(BRIEF_LIVES.total_seconds() // 60)),
    )


def introduction_of(house: House) -> Introduction:
    """The command lists and descriptions, from the catalog."""
    say = house.phrases
    listed = [command for command in COMMANDS if command.listed and not command.official]
    return Introduction(
        commands={
            language: {
                command.name: say.say(f"command.{command.name}", language)
                for command in listed
                if say.has(f"command.{command.name}")
            }
            for language in ("vi", "en")
        },
        description={"vi": say.say("bot.description", office=house.office or say.say("house.trial_office"))},
        short_description={"vi": say.say("bot.short_description")},
    )
