"""What Telegram's refusals mean for a message, in sentences that say what to do."""

from __future__ import annotations

from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from config.i18n import _
from connectors.contract import Blocked, ChannelError, Rejected
from connectors.telegram import failures


def of_send(error: TelegramError) -> ChannelError:
    """Of a call that sends."""
    return _told(error) or failures.of_send(error)


def of_change(error: TelegramError) -> ChannelError:
    """Of an edit or a deletion, which may be done again without harm."""
    return _told(error) or failures.of_call(error)


def is_about_entities(error: TelegramError) -> bool:
    """The formatting is refused, not the text."""
    words = error.message.lower()
    return isinstance(error, BadRequest) and ("entit" in words or "unsupported url" in words)


def is_about_media(error: TelegramError) -> bool:
    """The file is no photo, video or voice message for Telegram, or the customer takes none, or
    the server lacks the method: as a document it goes through."""
    if isinstance(error, failures.UnknownMethod):
        return error.message != "sendDocument"
    if not isinstance(error, BadRequest):
        return False
    words = error.message.upper()
    return any(
        each in words
        for each in (
            "PHOTO_INVALID", "PHOTO_SAVE_FILE_INVALID", "PHOTO_EXT_INVALID", "IMAGE_PROCESS_FAILED",
            "TOO BIG FOR A PHOTO", "VIDEO_FILE_INVALID", "VIDEO_CONTENT_TYPE_INVALID",
            "VOICE_MESSAGES_FORBIDDEN", "MEDIA_INVALID", "WRONG TYPE OF THE WEB PAGE CONTENT",
            "CAN'T USE FILE OF TYPE",
        )
    )  # fmt: skip


def is_not_modified(error: TelegramError) -> bool:
    """The message says already what it was to say."""
    return isinstance(error, BadRequest) and "not modified" in error.message.lower()


def is_gone(error: TelegramError) -> bool:
    """The message to delete is not there any more."""
    words = error.message.lower()
    return isinstance(error, BadRequest) and (
        "message to delete not found" in words or "message_id_invalid" in words
    )


def is_not_there(error: TelegramError) -> bool:
    """The message to edit is not there any more."""
    return isinstance(error, BadRequest) and "message to edit not found" in error.message.lower()


def has_no_text(error: TelegramError) -> bool:
    """It is a file, whose caption is to be edited."""
    return isinstance(error, BadRequest) and "there is no text in the message" in (
        error.message.lower()
    )


def _told(error: TelegramError) -> ChannelError | None:
    words = error.message.lower()
    if isinstance(error, Forbidden):
        return _forbidden(words)
    if isinstance(error, BadRequest):
        sentence = _bad_request(words)
        return Rejected(sentence) if sentence else None
    if type(error) is NetworkError and words.startswith("request entity too large"):
        # What stands before the server refused it unread (413).
        return Rejected(_("The files are too large for Telegram; send fewer or smaller ones."))
    return None


def _forbidden(words: str) -> ChannelError | None:
    if "blocked by the user" in words:
        return Blocked(_("They have blocked the bot: nothing reaches them in Telegram until they"
                         " write or unblock it. Answer on another channel."))  # fmt: skip
    if "deactivated" in words:
        return Blocked(_("Their Telegram account does not exist any more; answer on another"
                         " channel."))  # fmt: skip
    if "can't initiate conversation" in words:
        return Rejected(_("A bot cannot write first: they have to open a chat with it. Send them a"
                          " link on another channel."))  # fmt: skip
    if "kicked" in words or "not a member" in words or "was deleted" in words:
        return Blocked(_("The bot is not in this group or channel any more; have it added again."))
    return None


def _bad_request(words: str) -> str:
    for part, sentence in _sentences():
        if part in words:
            return sentence
    return ""


def _sentences() -> list[tuple[str, str]]:
    """Made when asked for: in the language of the moment."""
    closed = _("The time to answer for this Business account is over: Telegram allows it for 24"
               " hours after the customer wrote.")  # fmt: skip
    cut_off = _("The Business account no longer lets this bot answer; its owner has to connect it"
                " again (Telegram → Settings → Business → Chatbots).")  # fmt: skip
    return [
        ("chat not found", _("Telegram knows no such chat for this bot: the customer has to write"
                             " to it first.")),
        ("message to edit not found", _("The message is not in Telegram any more: it cannot be"
                                        " changed.")),
        ("message can't be edited", _("Telegram does not let this message be changed any more.")),
        ("message can't be deleted", _("Telegram lets a message be deleted within 48 hours only;"
                                       " this one is older.")),
        ("message is too long", _("The text is longer than Telegram allows; shorten it.")),
        ("caption is too long", _("The text is longer than Telegram allows under a file; shorten"
                                  " it.")),
        ("not enough rights", _("The bot may not do this in the group or channel; an administrator"
                                " can allow it.")),
        ("have no rights to send", _("The bot may not write in this group or channel; an"
                                     " administrator can allow it.")),
        ("chat_write_forbidden", _("The bot may not write in this group or channel; an"
                                   " administrator can allow it.")),
        ("thread not found", _("The topic is not in the group any more; answer in another one.")),
        ("topic_closed", _("The topic is closed; open it in Telegram or answer in another one.")),
        ("business_peer_usage_missing", closed),
        ("business_peer_invalid", closed),
        ("business_connection", cut_off),
        ("business connection not found", cut_off),
        ("file is too big", _("The file is too large for Telegram; send a smaller one.")),
    ]  # fmt: skip
