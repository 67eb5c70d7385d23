"""A clock that tests move."""


class Clock:
    """Unix seconds that stand still until they are moved; starts on 01/06/2021 at 08:00 in Viet Nam."""

    def __init__(self, at: float = 1_622_509_200.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds
