"""What every channel speaks. A leaf: no channel, no store, no network in here.

A connector turns its channel into `Received` items and carries `Outgoing` messages out.
It never sees the store: it hands batches to an `Intake`, which returns only when they
are durable, and is handed one message at a time to send. docs/connectors.md tells a
third party how to write one and how to run the conformance tests against it.
"""

from __future__ import annotations

from connectors.contract.connector import (
    Alters,
    Attendance,
    Attends,
    Bars,
    Capabilities,
    Check,
    Connector,
    Fetches,
    Forgets,
    Intake,
    Marks,
    Tidies,
    Types,
    Verifies,
)
from connectors.contract.failures import (
    AuthFailed,
    Blocked,
    CertificateInvalid,
    ChannelError,
    Deferred,
    MaybeSent,
    Misconfigured,
    Rejected,
    Unreachable,
)
from connectors.contract.outgoing import Outgoing, Progress, Quote, Sent
from connectors.contract.received import (
    AutoReply,
    Bounce,
    Forwarded,
    Ignored,
    Inbound,
    Notice,
    NoticeKind,
    Quarantined,
    Received,
    Signal,
)
from connectors.contract.values import Address, Deflated, File, Millis, Remote

__all__ = [
    "Address",
    "Alters",
    "Attendance",
    "Attends",
    "AuthFailed",
    "AutoReply",
    "Bars",
    "Blocked",
    "Bounce",
    "Capabilities",
    "CertificateInvalid",
    "ChannelError",
    "Check",
    "Connector",
    "Deferred",
    "Deflated",
    "Fetches",
    "File",
    "Forgets",
    "Forwarded",
    "Ignored",
    "Inbound",
    "Intake",
    "Marks",
    "MaybeSent",
    "Millis",
    "Misconfigured",
    "Notice",
    "NoticeKind",
    "Outgoing",
    "Progress",
    "Quarantined",
    "Quote",
    "Received",
    "Rejected",
    "Remote",
    "Sent",
    "Signal",
    "Tidies",
    "Types",
    "Unreachable",
    "Verifies",
]
