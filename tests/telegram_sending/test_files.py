"""Files as the customer sees them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connectors.contract import File, MaybeSent, Rejected, Remote, Sent
from connectors.telegram.sending import Pacing, Sending
from connectors.telegram.sending.pictures import picture_size
from tests.servers.bot_api import BotApi
from tests.servers.bot_api.pictures import GIF, MP3, MP4, OGG, png
from tests.telegram_sending.conftest import Told, line, outgoing

PNG = File("shot.png", "image/png", png(640, 480))
PDF = File("Rechnung №5.pdf", "application/pdf", b"%PDF-1.4\n" + bytes(100))
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080123045601012200ffd9")


@pytest.mark.parametrize(
    ("name", "type_", "content", "kind"),
    [
        ("a.png", "image/png", png(640, 480), "photo"),
        ("a.jpg", "image/jpeg", JPEG, "photo"),
        ("thin.png", "image/png", png(2100, 100), "document"),
        ("wide.png", "image/png", png(9990, 500), "document"),
        ("large.png", "image/png", png(100, 100) + bytes(10_000_000), "document"),
        ("broken.png", "image/png", b"\x89PNG\r\n\x1a\nbroken", "document"),
        ("a.gif", "image/gif", GIF, "animation"),
        ("a.mp4", "video/mp4", MP4, "video"),
        ("a.ogg", "audio/ogg", OGG, "voice"),
        ("vorbis.ogg", "audio/ogg", OGG.replace(b"OpusHead", b"\x01vorbis."), "document"),
        ("a.mp3", "audio/mpeg", MP3, "audio"),
        ("Rechnung №5.pdf", "application/pdf", b"%PDF", "document"),
        ("noname", "", b"\x00\x01", "document"),
    ],
)
async def test_each_kind_is_shown_as_what_it_is(
    bot_api: BotApi, sending: Sending, tmp_path: Path, name: str, type_: str, content: bytes,
    kind: str,
) -> None:  # fmt: skip
    ann = bot_api.user()
    path = tmp_path / "stored"
    await asyncio.to_thread(path.write_bytes, content)
    for key, kept in (("memory", content), ("disk", path)):
        await sending.send(outgoing("42", "look: **this**", key, files=(File(name, type_, kept),)))
        shown = ann.sees()[-1]
        assert shown.kind == kind
        assert shown.file == content
        assert (shown.text, shown.entities) == ("look: this", (("bold", "this"),))
        if kind == "document":
            assert shown.file_name == name


async def test_a_long_text_goes_before_its_file(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    asked = ann.says("?")
    told = Told()
    sent = await sending.send(
        outgoing("42", "long " * 300, files=(PDF,), answers=asked.key, progress=told)
    )
    text, file = ann.hears()
    assert (text.kind, file.kind, file.text) == ("text", "document", "")
    assert (text.reply_to, file.reply_to) == (asked.id, None)
    assert list(sent.parts) == [text.key, file.key]
    assert told.parts == [text.key]
    # Exactly what a caption may have still is one.
    await sending.send(outgoing("42", "👍" * 512, "caption", files=(PDF,)))
    assert ann.hears()[-1].text == "👍" * 512


async def test_several_files_are_albums_by_kind(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    pictures = [File(f"{n}.png", "image/png", png(64, 64, n)) for n in range(12)]
    video = File("v.mp4", "video/mp4", MP4)
    songs = [File(f"{n}.mp3", "audio/mpeg", MP3 + bytes([n])) for n in range(2)]
    voice = File("v.ogg", "audio/ogg", OGG)
    told = Told()
    files = (pictures[0], PDF, video, voice, *songs, *pictures[1:], PDF)
    sent = await sending.send(outgoing("42", "All of it", files=files, progress=told))
    seen = ann.sees()
    assert [m.key for m in seen] == list(sent.parts)
    assert told.parts == list(sent.parts[:-2])
    kinds = [(m.kind, m.album) for m in seen]
    assert [kind for kind, _ in kinds] == [
        "text", "photo", "video", *["photo"] * 11, "document", "document", "voice",
        "audio", "audio",
    ]  # fmt: skip
    albums = [album for _, album in kinds if album]
    assert [albums.count(album) for album in dict.fromkeys(albums)] == [10, 3, 2, 2]
    assert sorted(m.file or b"" for m in seen[1:]) == sorted(f.read() for f in files)


async def test_what_telegram_takes_for_no_photo_goes_as_a_document(
    bot_api: BotApi, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.servers.bot_api.methods import uploads

    monkeypatch.setattr(uploads, "size_of", lambda content: None)
    ann = bot_api.user()
    await sending.send(outgoing("42", "one", "one", files=(PNG,)))
    await sending.send(outgoing("42", "", "two", files=(PNG, PNG)))
    assert [(m.kind, m.text) for m in ann.sees()] == [
        ("document", "one"), ("document", ""), ("document", ""),
    ]  # fmt: skip
    assert ann.sees()[1].album == ann.sees()[2].album != ""


async def test_an_upload_that_was_refused_for_now_is_whole_the_next_time(
    bot_api: BotApi, tmp_path: Path
) -> None:
    """The file is read while it goes out: from its beginning each time."""
    ann = bot_api.user()
    path = tmp_path / "stored"
    await asyncio.to_thread(path.write_bytes, bytes(range(256)) * 4000)
    bot_api.fault("too_many", "sendDocument", retry_after=1)
    bot_api.fault("too_many", "sendMediaGroup", retry_after=1)
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000))
    sending = Sending(bot, dict[str, str]().get)
    file = File("x.bin", "application/octet-stream", path)
    await sending.send(outgoing("42", "", "one", files=(file,)))
    await sending.send(outgoing("42", "", "two", files=(file, file)))
    assert [m.file for m in ann.sees()] == [bytes(range(256)) * 4000] * 3
    await request.shutdown()


async def test_what_can_never_go_out_stops_all_of_it(bot_api: BotApi, tmp_path: Path) -> None:
    ann = bot_api.user()
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000))
    sending = Sending(bot, dict[str, str]().get, file_limit=1_000_000)
    for file, word in (
        (File("empty.txt", "text/plain", b""), "empty"),
        (File("big.bin", "", bytes(1_000_001)), "1 MB"),
        (File("gone.txt", "text/plain", tmp_path / "gone"), "attach it again"),
        (File("later.txt", "text/plain", Remote("x")), "fetched"),
    ):
        with pytest.raises(Rejected, match=word) as caught:
            await sending.send(outgoing("42", "with text", files=(PDF, file)))
        assert file.name in str(caught.value)
    assert ann.sees() == []
    await request.shutdown()


async def test_files_that_are_lost_in_the_middle(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    told = Told()
    message = outgoing("42", "text", files=(PNG, PNG, PDF), progress=told)
    bot_api.fault("lost", "sendMediaGroup")
    with pytest.raises(MaybeSent):
        await sending.send(message)
    assert told.parts == [ann.sees()[0].key]
    # The agent looked, and says that it is to go on: the album once more, then the rest.
    await sending.send(outgoing("42", "text", files=(PNG, PNG, PDF), parts=tuple(told.parts)))
    assert [m.kind for m in ann.sees()] == [
        "text", "photo", "photo", "photo", "photo", "document",
    ]  # fmt: skip


async def test_an_album_of_which_not_every_id_was_stored_is_out_all_the_same(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    files = (PNG, PNG, PNG, PDF)
    first = await sending.send(outgoing("42", "text", files=files))
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000))
    other, told = Sending(bot, dict[str, str]().get), Told()
    sent = await other.send(
        outgoing("42", "text", files=files, parts=first.parts[:2], progress=told)
    )
    assert [m.kind for m in ann.sees()] == [
        "text", "photo", "photo", "photo", "document", "document",
    ]  # fmt: skip
    assert sent.parts[:4] == first.parts[:4]
    assert told.parts == list(first.parts[2:4])
    assert sent.external_id == first.external_id
    assert isinstance(sent, Sent)
    await request.shutdown()


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (JPEG, (1110, 291)),
        (png(3, 5), (3, 5)),
        (b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00/\x03\x40\x01\x00" + bytes(9), (4, 6)),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x08\x00\x00",
         (8, 9)),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x07\x00\x00\x08\x00\x00",
         None),
        (b"\xff\xd8\xff\xe0\xff", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_sizes_of_pictures(head: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(head) == size
