"""What can happen to a command on its way to an exchange and back."""

from attrs import frozen


@frozen
class Trouble:
    """Refused with a code, its answer lost, or done but seen by nobody for some seconds (>= 0)."""

    refused_code: str = ""
    answer_lost: bool = False
    hidden_s: int = 0
