"""The buttons of entities the office entered first: claiming one, a code for one, the decision on a claim."""

from content.actions.action import Action


class ShowFiles(Action, spelled="/hoso"):
    """Show one's entities and applications."""


class ClaimByCode(Action, spelled="/nhan {code}"):
    """Claim an entity by the code an official read out."""

    code: str


class AskForEntity(Action, spelled="/nhan so {entity}"):
    """Claim the entity whose listed number is one's own."""

    entity: str


class ClaimProduct(Action, spelled="/nhan giong {draft} {product}"):
    """Say that a recognised product with a like name is one's own."""

    draft: str
    product: str


class ListUnclaimed(Action, spelled="/chuanhan"):
    """List the entities of one's place that nobody has claimed."""


class GetClaimCode(Action, spelled="/chuanhan ma {entity}"):
    """Make a code to read out to the entity's person."""

    entity: str


class GrantClaim(Action, spelled="/chuanhan giao {claim}"):
    """Hand an entity over to the person who claims it."""

    claim: str


class RefuseClaim(Action, spelled="/chuanhan tuchoi {claim}"):
    """Refuse a claim."""

    claim: str
