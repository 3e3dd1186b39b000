"""What of a transaction the velocity windows count."""

from __future__ import annotations

import hashlib
import uuid

from features.velocity import Movement, Subject
from schemas.fraud import Transaction

_WEI = 1e18


def movement_of(transaction: Transaction, job_id: str | None, now: int) -> Movement:
    """Its subjects, under an id that stays the same when the job is run again: its hash, else that of the job.

    `now` in epoch milliseconds stands in where the transaction has no time. IP addresses are kept as a hash.
    """
    t = transaction
    ether = (t.value or 0) / _WEI
    subjects = []
    if t.sender:
        subjects.append(Subject("wallet", t.sender, ether, t.recipient))
    if t.recipient:
        subjects.append(Subject("counterparty", t.recipient, ether, t.sender))
    if t.token:
        subjects.append(Subject("token", t.token, float(t.token_amount or 0), t.sender))
    if t.ip:
        name = hashlib.blake2b(t.ip.encode(), digest_size=16).hexdigest()
        subjects.append(Subject("ip", name, ether, t.sender))
    repayment = (t.recipient, t.sender) if t.recipient and t.sender and t.recipient != t.sender else None
    return Movement(
        id=t.hash or job_id or uuid.uuid4().hex,
        at=now if t.timestamp is None else t.timestamp,
        subjects=tuple(subjects),
        repayment=repayment,
    )
