"""A measured figure: what its runs gave, the reference it was held against, and how to repeat it."""

from collections.abc import Sequence
from statistics import median

from attrs import frozen

HEADS = ("figure", "median", "lowest", "highest", "unit", "ratio", "reference", "aim")
LEFT = {"figure", "unit", "reference", "aim"}


@frozen
class Figure:
    """Runs of one measurement; `ratios` compare each run with the reference's run beside it."""

    name: str
    unit: str
    runs: Sequence[float]
    ratios: Sequence[float]
    reference: str
    aim: str
    repeat: str

    def to_json(self) -> dict[str, object]:
        """Return it for machines."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": median(self.runs),
            "runs": list(self.runs),
            "ratio": median(self.ratios),
            "ratios": list(self.ratios),
            "reference": self.reference,
            "aim": self.aim,
            "repeat": self.repeat,
        }

    def cells(self) -> tuple[str, ...]:
        """Return it as a row for people."""
        values = (median(self.runs), min(self.runs), max(self.runs))
        return (self.name, *map(_text, values), self.unit, _text(median(self.ratios)), self.reference, self.aim)


def show(figures: Sequence[Figure]) -> None:
    """Print the figures in columns, and below them the commands that repeat them."""
    rows = [HEADS, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(HEADS, row, widths, strict=True)
        padded = (text.ljust(width) if head in LEFT else text.rjust(width) for head, text, width in cells)
        print("  ".join(padded).rstrip())
    print("\nTo repeat:")
    for command in dict.fromkeys(figure.repeat for figure in figures):
        print(f"  {command}")


def _text(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
