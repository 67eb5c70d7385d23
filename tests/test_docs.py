"""Names on the pages for readers must exist: commands, targets, settings, files, links, tests, the bot's phrases."""

import re
import shlex
import unicodedata
from functools import cache
from pathlib import Path

import click
import pytest
import typer

from bot.cli import app
from bot.serving.configuration import known_keys
from bot.settings.faults import NESTED, PREFIX
from content.message import BOLD, PLAIN
from content.phrases import Phrases
from content.programme.form_spec import Form
from content.programme.pack import PACKS, read_pack
from handlers.reading.money import read_money
from handlers.reading.phone import read_phone
from handlers.reading.place import read_place
from handlers.reading.quantity import read_quantity
from handlers.rooms import COMMAND_NAMES, COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if path.is_file()
)
TOPS = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".tsv", ".csv", ".lock", ".po", ".typ", ".sh"}
ROUTES = {"/chat", "/healthz", "/readyz", "/metrics", "/telegram/webhook", "/static"}
BY_PRODUCERS = {command.name for command in COMMANDS if command.listed and not command.official}
BY_OFFICIALS = {command.name for command in COMMANDS if command.listed and command.official}
OUTSIDE_PAGES = ("https://", "http://", "mailto:")

FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<to>[^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
BUTTON = re.compile(r"(?<!!)\[([^\]\[\n]+)\](?!\()")


@cache
def page(name: str) -> str:
    return unicodedata.normalize("NFC", (ROOT / name).read_text("utf-8"))


def prose(name: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page(name))


def fences(name: str) -> list[tuple[str, str]]:
    return [(found["kind"].strip(), found["body"]) for found in FENCE.finditer(page(name))]


def spans(name: str) -> list[str]:
    """Everything set as code on one line, and every line of the shell blocks, without what follows a #."""
    lines = [line for kind, body in fences(name) if kind in {"sh", "shell", "bash"} for line in body.splitlines()]
    return [*INLINE.findall(prose(name)), *(line.partition(" #")[0].strip() for line in lines)]


@cache
def phrases() -> Phrases:
    return Phrases.load()


@cache
def program() -> click.Command:
    return typer.main.get_command(app)


def calls(name: str) -> list[list[str]]:
    """The words of every `ocopbot …` of a page."""
    found = []
    for span in spans(name):
        words = shlex.split(span.removeprefix("$ ").removeprefix("sudo "), comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and Path(words[0]).name == "ocopbot":
            found.append(words[1:])
    return found


def check_call(command: click.Command, words: list[str]) -> str | None:
    """The fault of a call: an unknown command or option."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-"):
            options = {name: option for option in command.params for name in option.opts}
            given = word.partition("=")[0]
            if given not in options and given != "--help":
                return f"{command.name} has no option {given}"
            option = options.get(given)
            if option is not None and not getattr(option, "is_flag", False) and "=" not in word and rest:
                rest.pop(0)
            continue
        children = getattr(command, "commands", None)
        if children is not None:
            if re.fullmatch(r"[A-Z…]+", word):  # a placeholder such as COMMAND
                return None
            if word not in children:
                return f"there is no command {word}"
            command = children[word]
    return None


@pytest.mark.parametrize("name", PAGES)
def test_every_command_line_is_one_the_program_takes(name):
    faults = [f"ocopbot {' '.join(words)}: {fault}" for words in calls(name) if (fault := check_call(program(), words))]

    assert faults == []


@pytest.mark.parametrize("words", [["grnat"], ["invite", "--roel", "admin"], ["audit", "verfy"]])
def test_a_misspelt_command_line_would_be_noticed(words):
    assert check_call(program(), words) is not None


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_is_one_of_the_makefile(name):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {word for span in spans(name) for word in re.findall(r"^make ([a-z]+)", span)}

    assert named - targets == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_setting_is_one_the_program_knows(name):
    known = known_keys()
    sections = {key.partition(".")[0] for key in known if "." in key}
    variables = {PREFIX + key.upper().replace(".", NESTED) for key in known}
    files = {f"{variable}_FILE" for variable in variables}
    named = {
        found
        for found in re.findall(rf"{PREFIX}[A-Z0-9_]+", page(name))
        if not found.startswith(f"{PREFIX}TEST") and not found.endswith("_")
    }
    keys = {
        span
        for span in spans(name)
        if re.fullmatch(r"[a-z_]+\.[a-z_]+", span)
        and span.partition(".")[0] in sections
        and Path(span).suffix not in SUFFIXES
    }

    assert named - variables - files == set()
    assert keys - known == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_file_a_page_names_exists(name):
    missing = []
    for span in spans(name):
        path = span.partition("::")[0]
        if " " in path or "…" in path or "<" in path or path.startswith((".venv/", "/")):
            continue
        first = path.split("/")[0]
        if ("/" in path and first in TOPS) or Path(path).suffix in SUFFIXES:
            places = (ROOT / path, (ROOT / name).parent / path)
            if not any(place.exists() for place in places) and not list(ROOT.glob(f"*/**/{path}")):
                missing.append(span)

    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_every_test_a_page_names_exists(name):
    missing = []
    for span in spans(name):
        path, _, function = span.partition("::")
        if function and not re.search(rf"^(async )?def {function}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE):
            missing.append(span)

    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name):
    broken = []
    for found in LINK.finditer(prose(name)):
        target, _, anchor = found["to"].partition("#")
        if found["to"].startswith(OUTSIDE_PAGES):
            continue
        path = ROOT / name if not target else (ROOT / name).parent / target
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(found["to"])

    assert broken == []


def test_every_picture_is_shown_on_a_page():
    shown = {Path(found["to"]).name for name in PAGES for found in LINK.finditer(prose(name))}

    assert {path.name for path in (ROOT / "docs/images").iterdir()} - shown == set()


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as they are usually made."""
    headings = HEADING.findall(path.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_chat_command_is_one_the_bot_knows(name):
    named = {span.split()[0] for span in spans(name) if re.match(r"/[a-z]+( |$)", span)}
    named |= set(re.findall(r"(?<![\w/.:`])/[a-z]{3,}(?![\w/])", prose(name)))

    assert {word for word in named if word[1:] not in COMMAND_NAMES and word not in ROUTES} == set()


def test_the_pages_for_producers_and_officials_leave_out_no_command():
    told = {span.split()[0][1:] for span in spans("docs/nguoi-san-xuat.md") if span.startswith("/")}
    assert BY_PRODUCERS - told == set()

    assert {name for name in BY_OFFICIALS if f"/{name}" not in page("docs/can-bo.md")} == set()


def quoted() -> list[tuple[str, str, str]]:
    """Every quotation of the bot: the page, the key behind "```text", and the words."""
    return [
        (name, kind.partition(" ")[2], body)
        for name in PAGES
        for kind, body in fences(name)
        if kind.startswith("text ")
    ]


def reads_like(key: str, words: str) -> bool:
    """Whether words are this phrase with its values filled in."""
    names = phrases().placeholders(key)
    marks = {name: f"\ue010{number}\ue011" for number, name in enumerate(sorted(names))}
    said = phrases().say(key, **marks).replace(BOLD, "").replace(PLAIN, "")
    pattern = re.sub("\ue010\\d+\ue011", "(?s:.+?)", re.escape(said))
    return re.fullmatch(pattern, words) is not None


@pytest.mark.parametrize(("name", "key", "body"), quoted(), ids=[f"{name}:{key}" for name, key, _ in quoted()])
def test_a_sentence_quoted_from_the_bot_is_what_the_bot_says(name, key, body):
    lines = body.strip().splitlines()
    if re.fullmatch(r"(\[[^\]]+\] ?)+", lines[-1]):
        lines.pop()
    assert reads_like(key, "\n".join(lines))


def test_pages_in_vietnamese_quote_the_bot():
    assert {name for name, _, _ in quoted()} >= {"docs/nguoi-san-xuat.md", "docs/can-bo.md"}


def test_a_sentence_the_bot_does_not_say_would_be_noticed():
    assert reads_like("tuychon.stop", "Thôi hẳn")
    assert not reads_like("tuychon.stop", "Thôi hẳn nhé")
    assert not reads_like("duyet.next", "Còn hồ sơ chờ")


@pytest.mark.parametrize("name", ["docs/nguoi-san-xuat.md", "docs/can-bo.md"])
def test_every_button_a_page_shows_has_a_label_of_the_bot(name):
    catalog = phrases()
    keys = catalog.keys("vi")
    labels = {catalog.say(key) for key in keys if not catalog.placeholders(key)}
    patterns = [key for key in keys if catalog.placeholders(key) and len(template(key)) <= 40]
    shown = set(BUTTON.findall(page(name)))

    assert shown
    assert {label for label in shown - labels if not any(reads_like(key, label) for key in patterns)} == set()


def template(key: str) -> str:
    return phrases().say(key, **dict.fromkeys(phrases().placeholders(key), ""))


def idea_form() -> Form:
    pack, faults = read_pack(PACKS / "quang-binh-2021")
    assert pack is not None
    assert faults == []
    return pack.forms["idea"]


def test_the_questions_quoted_are_those_of_the_form_of_2021():
    form = idea_form()
    for _name, key, body in quoted():
        if key == "form.question":
            number, of, prompt = re.fullmatch(r"Câu (\d+)/(\d+)\. (.+)", body.strip(), re.DOTALL).groups()

            assert int(of) == len(form.always_required)
            assert form.always_required[int(number) - 1].prompt.strip() == prompt


def test_what_producers_are_told_about_typing_is_how_it_is_read():
    table = page("docs/nguoi-san-xuat.md").partition("| gõ | hiểu là |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|(]+?)(?: \([^)]*\))? \|$", table, re.MULTILINE)
    pack, _ = read_pack(PACKS / "quang-binh-2021")
    assert pack is not None
    readers = (read_money, read_quantity, read_phone, lambda text: read_place(text, pack.places))

    assert len(rows) >= 4
    for typed, meant in rows:
        understood = [found for read in readers if (found := read(typed)).understood is not None]
        said = [phrases().say(one.said.key, **one.said.values) for one in understood]

        assert any(meant in sentence for sentence in said), (typed, said)


def test_the_two_commands_of_a_new_machine_stand_in_both_readmes():
    for name in ("README.md", "README.vi.md"):
        lines = [line for kind, body in fences(name) if kind == "sh" for line in body.splitlines()]

        assert {"make demo", "make test"} <= set(lines)


def test_the_sentences_of_the_order_each_have_a_test():
    table = page("README.md").partition("| sentence of the order |")[2].partition("\n\n")[0]
    rows = table.splitlines()[2:]

    assert len(rows) >= 10
    assert [row for row in rows if not re.search(r"`tests/\S+::test_\w+`", row)] == []


def test_every_decision_is_in_the_index_under_a_number_of_its_own():
    pages = {path.name for path in (ROOT / "docs/decisions").glob("0*.md")}
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", page("docs/decisions/README.md")))

    assert listed == pages
    assert len({name[:4] for name in pages}) == len(pages)


def test_the_glossary_has_one_word_per_thing():
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", page("docs/glossary.md"), re.MULTILINE)[2:]
    english = [row[0] for row in rows]
    vietnamese = [word.strip() for row in rows for word in row[1].split(",")]

    assert len(rows) > 30
    assert len(set(english)) == len(english)
    assert len(set(vietnamese)) == len(vietnamese)


def test_every_licence_the_readme_names_lies_beside_the_thing():
    for folder in ("console/static/fonts", "content/papers/fonts", "console/static/vendor", "platforms/telegram"):
        assert f"`{folder}/`" in page("README.md")
        names = [path.name for path in (ROOT / folder).iterdir()]

        assert [name for name in names if name.startswith(("OFL", "LICENSE")) or name.endswith("LICENSE")]
