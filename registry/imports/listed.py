"""The rows of an office's list, as they are checked and staged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """One entity as the office knows it; `number` is the office's own."""

    number: str
    name: str
    kind: str
    place: str
    tax_code: str | None = None
    person: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """One recognised product with its latest certificate; `entity` is the office's number of its maker."""

    number: str
    entity: str
    name: str
    group: str
    certificate: str
    stars: int
    certified_on: date
    expires_on: date
    end_printed: bool = True
    product_set: int | None = None


Listed = ListedEntity | ListedProduct


def in_order(entities: Iterable[ListedEntity], products: Iterable[ListedProduct]) -> Iterator[Listed]:
    """Each entity with its products after it, so that a list half taken in has whole entities; then the others."""
    of: dict[str, list[ListedProduct]] = {}
    for product in products:
        of.setdefault(product.entity, []).append(product)
    for one in entities:
        yield one
        yield from of.pop(one.number, ())
    for rest in of.values():
        yield from rest


def to_json(one: Listed) -> dict[str, Any]:
    """The facts of a row as JSON; `from_json` reads them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(one).items()}


def from_json(noun: str, facts: Mapping[str, Any]) -> Listed:
    """The row these facts were written from."""
    if noun == "entity":
        return ListedEntity(**facts)
    days = {name: date.fromisoformat(facts[name]) for name in ("certified_on", "expires_on")}
    return ListedProduct(**{**facts, **days})
