"""Does a machine say here that a mail could not be delivered? Cheap questions first.

A person who tells us of a bounce, or sends one on, writes the same words; so words alone
never do: the mail must also come the way servers send (RFC 3464 §2, RFC 5321 §6.1).
"""

from __future__ import annotations

import re

from connectors.contract import Address
from connectors.email.mime.headers import Headers
from connectors.email.mime.parts import Part

_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|mail-?daemon|po+st[-_]?master|mail[._-]?delivery|bounces?|mdaemon"
    r"|mail-?admin|mmdf|uucp|root|daemon|no-?reply|mailsystem|system|mail[._-]?system|amavis"
    r"|delivery|returned|undeliver|virus|mail-?gateway|smtp|mta)(?:[-_.+=][^@]*)?(?:@|\Z)",
    re.I,
)
_SURE_DAEMON = re.compile(r"(?:mailer[-_.]?daemon|po+st[-_]?master|mail-?daemon|mdaemon)\b", re.I)
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub)?system|mail deliver|mail system|post ?master|system administrator"
    r"|mailer.daemon|delivery (?:status|subsystem)|mail administrator|internet mail delivery"
    r"|microsoft outlook|mail router",
    re.I,
)
_SUBJECT = re.compile(
    # English: Sendmail, Postfix, Exim, qmail, Exchange, Domino, GroupWise, Courier, IMail, …
    r"undeliver|failure (?:delivery|notice|report)|delivery (?:status|failure|failed|has failed"
    r"|problem|report|delay|error|notification|incomplete|warning|unsuccessful)"
    r"|mail delivery (?:failed|failure|problem|system|subsystem|error|delay)|returned (?:e-?)?mail"
    r"|(?:mail|message|email) (?:could )?(?:not )?(?:be )?(?:delivery|delivered|undeliver)"
    r"|returned to sender|non[- ]?deliver|not delivered|mail (?:system )?error|mail failure"
    r"|nondeliver|unable to deliver|couldn'?t be delivered|could not be delivered|failed mail"
    r"|user unknown|warning: (?:could not send|message .{1,60} delayed)|could not send message"
    r"|there was an error sending|message you sent blocked|delivery was failed|returning message"
    r"|smtp server: errors|error (?:mail|message) (?:from|returned)|reject(?:ed)? (?:mail|message)"
    r"|bounced (?:mail|message)|mail (?:returned|bounced|rejected)|invalid recipient|over quota"
    r"|mailbox (?:is )?full|unzustellbar|unzustellbarkeit"
    # Exchange and Outlook, Gmail, Yahoo, Mail.ru, Yandex, local servers in their languages.
    r"|не (?:доставлен|может быть доставлен|удалось (?:доставить|отправить))|недоставлен"
    r"|(?:ошибка|сбой|проблем\w* при|отч[её]т о) доставк|возврат (?:письма|почты)|недоставк"
    r"|не (?:доставлено|вдалося (?:доставити|надіслати))|помилка доставки|недоставк"
    r"|niedostarcz|nie (?:można|udało się) (?:dostarczyć|wysłać)|nie dostarczon|zwrot (?:wiad"
    r"|pocz)"
    r"|nie została dostarczona|zustellung(?:s)?.{0,12}(?:fehl|nicht|gescheit)|nicht (?:zugestellt"
    r"|zustellbar)|fehler bei der zustellung|zurück an absender|non remis|non distribu"
    r"|échec de (?:la )?(?:remise|distribution)|notification d.échec|impossible de remettre"
    r"|no se (?:puede|pudo|ha podido) entregar|no entregad|error de entrega|devuelto"
    r"|no se puede entregar|impossibile (?:recapitare|consegnare)|(?:mancato|mancata) (?:rec|cons)"
    r"|non recapit|não (?:foi )?(?:entreg|pôde)|falha na entrega|não é possível entregar"
    r"|onbestelbaar|niet (?:af|be)?gelever|bezorging mislukt|kan inte levereras|kunde inte lever"
    r"|olevererat|kunne ikke leveres|kan ikke leveres|ikke levert|uleveret|ei voitu toimittaa"
    r"|toimittamaton|nedoručiteln|nelze doručit|nedoručeno|nedoručiteľn|kézbesíthetetlen"
    r"|sikertelen kézbesítés|nelivrabil|nu a (?:putut fi|fost) livrat|teslim edilemedi|iletilemedi"
    r"|δεν (?:παραδόθηκε|ήταν δυνατή η παράδοση)|недоставен|配信(?:不能|失敗|できません|不可)"
    r"|送信できません"
    r"|不達|エラーメール|送信エラー|未达|无法(?:传递|投递|送达)|退信|投递失败|無法傳遞|退件"
    r"|배달(?:되지 않음| 실패)"
    r"|배달할 수 없|반송",
    re.I,
)
_BODY = re.compile(
    r"this (?:message|report|e-?mail) was (?:automatically )?(?:created|generated)"
    r"|qmail-send program|mail delivery (?:software|system|agent)|could ?n[o']t be (?:sent"
    r"|delivered)"
    r"|(?:was|were|been|is|are) (?:not |un)(?:able to be |successfully )?deliver|did not reach"
    r"|(?:was|were|am|is) (?:unable|not able) to (?:deliver|send)|cannot be delivered"
    r"|following (?:address(?:es)?|recipients?|user|destination)|delivery to the following"
    r"|permanent (?:fatal )?(?:error|failure|delivery)|(?:unable|attempting|failed) to (?:deliver"
    r"|send)"
    r"|delivery (?:error|fail|problem|report|temporarily suspend|has been delayed|is delayed)"
    r"|undeliver|not (?:be )?delivered|returned to sender|failure reasons?"
    r"|error (?:has )?occurred while|transcript of session|rejected (?:by|for the following)"
    r"|user unknown|unknown user|address(?:es)? (?:was |were )?(?:not found|rejected)|was rejected"
    r"|mailbox (?:is )?(?:full|unavailable)|action: *(?:failed|delayed)|expired"
    r"|message (?:expired|blocked)"
    r"|не (?:может быть доставлен|удалось доставить|доставлен)|не було доставлен"
    r"|не вдалося доставити"
    r"|nie (?:została|może zostać|można|udało).{0,20}(?:dostarcz|wysła)|(?:nicht"
    r"|konnte).{0,40}zugestellt"
    r"|n'a pas (?:pu être|été) (?:remis|distribu|envoy)|impossible de (?:remettre|distribuer)"
    r"|no se (?:pudo|ha podido|puede) entregar|non (?:è stato|è possibile"
    r"|può essere) (?:possibile )?"
    r"(?:recapit|consegn)|não (?:foi|pôde) (?:possível )?(?:ser )?entreg|送信(?:できません"
    r"|されません|に失敗)"
    r"|配信(?:できません|に失敗|されません)|无法(?:传递|投递|送达)|被退回|배달(?:되지|할 수)",
    re.I,
)
_PERSONAL = re.compile(
    r"\s*(?:re|aw|sv|vs|antw|odp|отв|відп|fwd?|fw|wg|tr|rv|пересл|пер|pd"
    r"|doorst)\s*(?:\[\d+\])?\s*:",
    re.I,
)
_EVIDENCE = re.compile(
    r"\b[45]\d\d[ -](?:[45]\.|\W*\w)|\b[45]\.\d\.\d{1,3}\b"
    r"|^[ \t>]*<?[^\s<>@]+@[\w.-]+>?[ \t]*[:(]?"
    r"|<[^\s<>@]+@[\w.-]+>|^(?:received|message-id): ",
    re.I | re.M,
)
_REFUSED_LIST = re.compile(
    r"(?:mail|message|posting) (?:was |is )?(?:rejected|refused)|from non-?member"
    r"|not? member",
    re.I,
)


def may_be_bounce(root: Part, sender: Address) -> bool:
    """Cheap: hardly a customer's mail gets past this, so few pay for what follows."""
    headers = root.headers
    return (
        "x-failed-recipients" in headers
        or root.type == "multipart/report"
        or headers.raw("return-path").strip() == b"<>"
        or not sender.address
        or _DAEMON.match(sender.address) is not None
        or _DAEMON_NAME.search(sender.name) is not None
        or "x-mlserver" in headers
    )


def sent_on(root: Part, subject: str, sender: Address) -> bool:
    """A person passes a report on: some programs attach its parts to the new mail."""
    return (
        root.type != "multipart/report"
        and _PERSONAL.match(subject) is not None
        and _SURE_DAEMON.match(sender.address or sender.name) is None
        and sender.address != ""
    )


def looks_like_bounce(root: Part, text: str, subject: str, sender: Address) -> bool:
    """By the kind of report, the subject and the words, for mail without a report for programs."""
    headers = root.headers
    if "x-failed-recipients" in headers:
        return True
    if _PERSONAL.match(subject) and not _SURE_DAEMON.match(sender.address or sender.name):
        return False
    if root.type == "multipart/report" and root.parameters.get("report-type") == "delivery-status":
        return True
    if "x-mlserver" in headers and _REFUSED_LIST.search(f"{subject}\n{text[:2000]}"):
        return True
    by_subject = _SUBJECT.search(subject) is not None
    by_body = _BODY.search(text[:6000]) is not None
    if not (by_subject or by_body) or _answers(headers):
        return False
    who = sender.address or sender.name
    if not who or _SURE_DAEMON.match(who) or _DAEMON_NAME.search(sender.name):
        return True
    # Vacation programs and notifiers come that way too, and parcels are not delivered either.
    returned = headers.raw("return-path").strip() == b"<>"
    return by_body and (by_subject or returned) and _EVIDENCE.search(text[:6000]) is not None


def _answers(headers: Headers) -> bool:
    """Vacation programs send with an empty return path too (RFC 3834 §3.3)."""
    return b"vacation" in headers.raw("auto-submitted").lower() or any(
        name in headers for name in ("x-autoreply", "x-autorespond", "x-vacation")
    )
