"""Subjects without what mail programs put before them."""

from __future__ import annotations

import re

# What programs write before a subject when answering, in the languages they speak. A word
# that may begin a subject of its own counts only with a colon right behind it.
_REPLY = (
    "re", "r", "aw", "antw", "antwort", "sv", "svar", "vs", "ref", "rif", "odp", "od", "odg", "vá",
    "válasz", "ynt", "yanıt", "cevap", "atb", "vast", "rép", "res", "ha",
    "reply", "відп", "відповідь", "отв", "ответ", "отг", "одг", "адк", "απ", "σχετ", "תגובה",
    "השב", "رد", "回复", "回覆", "答复", "答覆", "返信", "回信",
    "답장", "회신", "ตอบ", "ตอบกลับ", "trả lời",
    "bls", "balas", "jav", "fwd re", "rv re",
)  # fmt: skip
_AUTOMATIC = (
    "automatic reply", "automatic response", "auto reply", "autoreply", "auto-reply",
    "auto response", "auto", "out of office", "out of office reply", "out of office autoreply",
    "abwesenheitsnotiz", "automatische antwort", "automatisch antwoord", "réponse automatique",
    "respuesta automática", "risposta automatica", "resposta automática", "autosvar",
    "automatiskt svar", "automatisk svar", "odpowiedź automatyczna", "automatyczna odpowiedź",
    "автоматический ответ", "автоответ", "автоматична відповідь", "автовідповідь",
    "automatická odpověď", "automatická odpoveď", "automatikus válasz", "otomatik yanıt",
)  # fmt: skip
_FORWARD = (
    "fw", "fwd", "wg", "tr", "rv", "enc", "pd", "i", "doorst", "vl", "vb", "vs", "továbbítás",
    "пересл", "переслано", "перенаправлено", "转发", "轉寄", "転送", "전달", "i̇lt", "ilt",
)  # fmt: skip


def _words(*groups: tuple[str, ...]) -> str:
    found = sorted({word for group in groups for word in group}, key=len, reverse=True)
    return "|".join(map(re.escape, found))


_MARK = r"\.?\s*(?:[\[(]\s*\d{1,3}\s*[\])]|\^\d{1,3}|\*\d{1,3})?\s*[:：]\s*"
_ANSWER = re.compile(rf"\s*(?:{_words(_REPLY, _AUTOMATIC)}){_MARK}", re.IGNORECASE)
_BEFORE = re.compile(rf"\s*(?:{_words(_REPLY, _AUTOMATIC, _FORWARD)}){_MARK}", re.IGNORECASE)
_TAG = re.compile(r"\s*\[[^\[\]]{1,40}\]\s*(?=\S)")


def answers(subject: str) -> bool:
    """Whether a program wrote "Re:" (Aw:, Odp:, Отв:, 回复：, …) before it."""
    return _ANSWER.match(_TAG.sub("", subject[:300], count=1) or subject) is not None


def as_asked(subject: str) -> str:
    """The subject as it was before anybody answered: in its own letters, forwards kept."""
    rest = " ".join(subject[:1000].split())
    while (match := _ANSWER.match(rest)) is not None:
        rest = rest[match.end() :]
    return rest


def base_subject(subject: str) -> str:
    """The subject in lower case without prefixes of answers and forwards and without the tags
    of lists and gateways (`[list]`, `[EXTERNAL]`) before it, for comparing; "" when that is
    all there is."""
    rest = " ".join(subject[:1000].split())
    while rest:
        match = _BEFORE.match(rest) or _TAG.match(rest)
        if match is None or not match.end():
            break
        rest = rest[match.end() :]
    return rest.casefold().rstrip(" .")
