"""Which status may follow which."""

from app.models import Status

NEXT: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.CANCELLED}),
    Status.SUBMITTED: frozenset({Status.APPROVED, Status.REJECTED, Status.CANCELLED}),
    Status.APPROVED: frozenset({Status.ORDERED, Status.CANCELLED}),
    Status.REJECTED: frozenset({Status.DRAFT}),
    Status.ORDERED: frozenset({Status.RECEIVED}),
    Status.RECEIVED: frozenset(),
    Status.CANCELLED: frozenset(),
}


def refusal(current: Status, wanted: Status, item_count: int) -> str | None:
    """Why a purchase may not change its status, or None when it may."""
    if wanted not in NEXT[current]:
        allowed = ", ".join(sorted(NEXT[current])) or "nothing, it is final"
        return f"a purchase that is {current} cannot become {wanted}; next may be: {allowed}"
    if wanted is Status.SUBMITTED and item_count == 0:
        return "a purchase without items cannot be submitted"
    return None
