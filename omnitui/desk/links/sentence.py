"""The sentence around a one-time link, where the team has no template `link` of its own."""

from __future__ import annotations

_IN_TELEGRAM = {
    "en": "You can go on with this in Telegram, if that suits you better:",
    "uk": "Якщо вам так зручніше, можемо продовжити в Telegram:",
    "ru": "Если вам так удобнее, можем продолжить в Telegram:",
    "pl": "Jeśli tak wygodniej, możemy kontynuować w Telegramie:",
}
_IN_THE_CHAT = {
    "en": "You can go on with this in the chat on our site, if that suits you better:",
    "uk": "Якщо вам так зручніше, можемо продовжити в чаті на нашому сайті:",
    "ru": "Если вам так удобнее, можем продолжить в чате на нашем сайте:",
    "pl": "Jeśli tak wygodniej, możemy kontynuować na czacie na naszej stronie:",
}
_ELSEWHERE = {
    "en": "You can go on with this here, if that suits you better:",
    "uk": "Якщо вам так зручніше, можемо продовжити тут:",
    "ru": "Если вам так удобнее, можем продолжить здесь:",
    "pl": "Jeśli tak wygodniej, możemy kontynuować tutaj:",
}
_INVITATIONS = {"telegram": _IN_TELEGRAM, "webchat": _IN_THE_CHAT}
_ONCE = {
    "en": "The link is for you alone and works once, within 24 hours.",
    "uk": "Посилання лише для вас, воно спрацює один раз протягом 24 годин.",
    "ru": "Ссылка только для вас, она сработает один раз в течение 24 часов.",
    "pl": "Link jest tylko dla Pani/Pana i zadziała jeden raz, w ciągu 24 godzin.",
}


def around(url: str, channel: str, *languages: str) -> str:
    """That the customer may go on in `channel`, in the first of the languages that there is, else
    in English."""
    spoken = (one.replace("_", "-").partition("-")[0].lower() for one in languages)
    language = next((one for one in spoken if one in _ONCE), "en")
    invitation = _INVITATIONS.get(channel, _ELSEWHERE)[language]
    return f"{invitation}\n{url}\n\n{_ONCE[language]}"
