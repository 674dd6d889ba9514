"""The settings of [retention]: what is deleted by itself when its time is over. All off."""

from __future__ import annotations

from config.setting import Setting
from config.tag_names import tags
from config.values import Duration

_DAY = 86_400

RETENTION = (
    Setting(
        "customers",
        Duration(least=30 * _DAY),
        "duration",
        '"3y"',
        "Customers who were not in contact for so long and have no matter that is not closed are"
        " erased, as by `customer erase`.",
        default=False,
    ),
    Setting(
        "files",
        Duration(least=_DAY),
        "duration",
        '"1y"',
        "Attachments of closed conversations are deleted so long after they came; their names stay"
        " with the message.",
        default=False,
    ),
    Setting(
        "raw",
        Duration(least=_DAY),
        "duration",
        '"180d"',
        "Mails as they were received are deleted after so long; what was read of them stays.",
        default=False,
    ),
    Setting(
        "events",
        Duration(least=30 * _DAY),
        "duration",
        '"5y"',
        "The log is deleted up to so long ago, but for erasures and exports.",
        default=False,
    ),
    Setting(
        "keep",
        tags,
        "list of texts",
        '["legal-hold"]',
        "Customers with one of these tags are passed over by all these rules.",
        default=False,
    ),
)
