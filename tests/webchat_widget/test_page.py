"""The widget on other people's pages: their policies, their styles, their calls, hostile text."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, expect

from tests.webchat_widget.chat import Chat
from tests.webchat_widget.stage import CHAT, PIXEL, SHOP, STRICT, Relay, Stage, StageMaker

pytestmark = pytest.mark.real

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1)) [y](data:text/html,<b>) [z](JAVASCRIPT:alert(1))",
    "javascript:alert(1)",
    "https://shop.example/\"onmouseover=\"alert(1)",
    "**<svg onload=alert(1)>** _<iframe srcdoc=x>_ `<b>` \u202eevil",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} %3Cscript%3E",
]  # fmt: skip

FOREIGN = """log => [...log.querySelectorAll('*')].flatMap(e => [
  ...(/^(script|iframe|svg:script|object|embed|form|style|b)$/i.test(e.tagName) ? [e.tagName] : []),
  ...[...e.attributes].filter(a => /^on|^style$/i.test(a.name) || /^\\s*(javascript|data):/i
    .test(a.value)).map(a => a.name)])"""


def test_hostile_text_stays_text_under_a_strict_policy(stages: StageMaker) -> None:
    relay = Relay()
    for text in HOSTILE:
        relay.add("agent", text, name=text)
        relay.add("visitor", text)
    relay.site["title"] = HOSTILE[0]
    stage = stages(relay)
    stage.policy = STRICT
    page = stage.page()
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    chat = Chat(page).open()
    expect(chat.bubbles).to_have_count(2 * len(HOSTILE))
    assert chat.log.evaluate(FOREIGN) == []
    mine = [chat.log.locator(".mine .bubble").nth(n).inner_text() for n in range(len(HOSTILE))]
    assert mine == HOSTILE
    hrefs = chat.log.locator("a").evaluate_all("all => all.map(a => a.href)")
    assert hrefs
    assert all(href.startswith("https://shop.example/") for href in hrefs)
    expect(chat.window.get_by_role("heading", level=2)).to_have_text(HOSTILE[0])


def test_light_markdown_becomes_elements(stages: StageMaker) -> None:
    relay = Relay()
    relay.add(
        "agent",
        "**bold _both_** snake_case_name _it_ \\*plain\\* `a*b*`\n\n"
        "1. one\n2. two\n\n- three\n\n```py\nx = 1\n```\n"
        "[words](https://a.example/x_(y)) https://b.example/c?d=_e_. mailto:f@g.example",
    )
    chat = Chat(stages(relay).page()).open()
    html = chat.bubbles.evaluate(
        "b => b.innerHTML.replace(/ (target|rel|start)=\"[^\"]*\"/g, '').replaceAll('\\n', '|')"
    )
    assert html == (
        "<p><strong>bold <em>both</em></strong> snake_case_name <em>it</em> *plain*"
        " <code>a*b*</code></p><ol><li>one</li><li>two</li></ol><ul><li>three</li></ul>"
        '<pre><code>x = 1</code></pre><p><a href="https://a.example/x_(y)">words</a>'
        ' <a href="https://b.example/c?d=_e_">https://b.example/c?d=_e_</a>.'
        ' <a href="mailto:f@g.example">mailto:f@g.example</a></p>'
    )
    link = chat.log.get_by_role("link", name="words")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")


def test_a_strict_policy_is_kept_from_the_first_to_the_last_feature(stage: Stage) -> None:
    stage.policy = STRICT
    chat = Chat(stage.page()).open()
    chat.writes("Strict")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    width = chat.window.bounding_box()
    assert width
    assert width["width"] == 390  # the styles are there
    image: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": PIXEL}
    chat.window.locator("input[type=file]").set_input_files(image)
    expect(chat.chips).to_have_count(1)
    chat.writes("With a file")
    expect(chat.chips).to_have_count(0)
    stage.faults = [fault for fault in stage.faults if "img-src" not in fault]


def test_the_page_gets_one_element_and_keeps_its_own_styles(stage: Stage) -> None:
    crude = "<style>*{color:red!important;font-size:40px!important;display:block!important}</style>"
    head = f'{crude}<script src="{CHAT}/widget.js" data-site="acme" async></script>'
    chat = Chat(stage.page(head=head, body="<p class='bubble'>mine</p>"))
    expect(chat.launcher).to_be_visible()
    chat.open().writes("x")
    page = chat.page
    assert page.evaluate("document.body.children.length") == 3  # main, the script, ours
    assert page.locator("omnitui-chat").count() == 1
    assert page.evaluate("document.documentElement.style.length + document.body.style.length") == 0
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    colour = chat.bubbles.evaluate("b => getComputedStyle(b).color + getComputedStyle(b).fontSize")
    assert colour == "rgb(255, 255, 255)15px"
    assert page.evaluate("getComputedStyle(document.querySelector('p')).padding") == "0px"


def test_colours_of_the_page_are_taken_and_can_be_read(stage: Stage) -> None:
    head = "<style>omnitui-chat{--omnitui-color:#ffd400;--omnitui-radius:3px}</style>"
    chat = Chat(stage.page(head=head)).open()
    style = chat.launcher.evaluate(
        "l => [getComputedStyle(l).backgroundColor, getComputedStyle(l).color]"
    )
    assert style == ["rgb(255, 212, 0)", "rgb(0, 0, 0)"]
    radius = chat.window.evaluate("w => getComputedStyle(w).borderRadius")
    assert radius == "3px"


def test_the_theme_can_be_told(stages: StageMaker) -> None:
    stage = stages(color_scheme="dark")
    for theme, colour in (("light", "rgb(255, 255, 255)"), ("", "rgb(23, 25, 31)")):
        chat = Chat(stage.page(data={"theme": theme}))
        chat.call("open")
        expect(chat.window).to_have_css("background-color", colour)


def test_calls_made_before_it_loaded_are_made_up_for(stage: Stage) -> None:
    stage.context.add_init_script(
        """window.told = []; window.omnitui = [];
        for (const name of ['ready', 'open', 'close', 'message', 'unread', 'status'])
          omnitui.push(['on', name, detail => told.push([name, detail])]);
        omnitui.push(['open']);"""
    )
    chat = Chat(stage.page())
    expect(chat.window).to_be_visible()
    chat.writes("Hello")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    chat.call("close")
    expect(chat.window).to_be_hidden()
    stage.relay.says("Hi")
    expect(chat.launcher.locator(".badge")).to_have_text("1")
    told = chat.page.evaluate(
        """() => new Promise(done => {
          const look = () => told.some(([name]) => name === 'close')
            ? done(told) : setTimeout(look, 5);
          look();
        })"""
    )
    names = [name for name, _ in told]
    assert set(names) == {"ready", "open", "close", "message", "unread", "status"}
    messages = [(d["from"], d["text"]) for name, d in told if name == "message"]
    assert messages == [("visitor", "Hello"), ("agent", "Hi")]
    assert ["unread", 1] in told
    chat.page.evaluate("omnitui.off('open'); omnitui.push(['toggle'])")
    expect(chat.window).to_be_visible()
    assert chat.page.evaluate("told.filter(([name]) => name === 'open').length") == 1
    chat.call("hide")
    expect(chat.window).to_be_hidden()
    expect(chat.launcher).to_be_hidden()
    chat.call("show")
    expect(chat.launcher).to_be_visible()


def test_the_page_signs_its_visitor_in_and_out(stage: Stage) -> None:
    relay = stage.relay
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are online")
    chat.call("identify", "first.jwt.x")
    chat.writes("Signed")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    assert [f["identity"] for f in relay.line.of("identify")] == ["first.jwt.x"]
    chat.page.evaluate("omnitui.identify(async () => 'second.jwt.x')")
    relay.line.close()
    expect.set_options(timeout=5_000)
    chat.page.wait_for_function("() => true")
    expect(chat.status).to_have_text("We are online")
    relay.messages.clear()
    chat.call("logout")
    expect(chat.bubbles).to_have_count(0)
    expect(chat.status).to_have_text("We are online")
    hello = relay.line.of("hello")[0]
    assert (hello["token"], hello["identity"], hello["after"]) == (None, None, None)
    assert "second.jwt.x" in [f["identity"] for f in relay.came if f["type"] == "hello"]


def test_a_one_time_link_is_handed_on_and_leaves_the_address(stage: Stage) -> None:
    page = stage.page(path="/help?a=1#omnitui=c_abc-DEF")
    chat = Chat(page)
    expect(chat.window).to_be_visible()
    expect(chat.status).to_have_text("We are online")
    assert page.url == f"{SHOP}/help?a=1"
    (hello,) = stage.relay.line.of("hello")
    assert (hello["link"], hello["page"]) == ("c_abc-DEF", f"{SHOP}/help?a=1")
    stage.relay.line.close()
    expect(chat.status).not_to_have_text("We are online")
    expect(chat.status).to_have_text("We are online")
    assert stage.relay.line.of("hello")[0]["link"] is None


def test_files_are_looked_at_before_and_sent_with_the_message(stage: Stage) -> None:
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are online")
    picker = chat.window.locator("input[type=file]")
    for name, kind, size, words in (
        ("a.exe", "application/x-msdownload", 9, "not accepted"),
        ("a.png", "image/png", 1_048_577, "larger than 1 MB"),
        ("b.png", "image/png", 0, "empty"),
    ):
        picker.set_input_files({"name": name, "mimeType": kind, "buffer": b"x" * size})
        expect(chat.notice).to_contain_text(words)
        expect(chat.notice).to_contain_text(name)
    file: FilePayload = {"name": "ok.png", "mimeType": "image/png", "buffer": PIXEL}
    picker.set_input_files([file, FilePayload(**{**file, "name": "two.png"})])
    expect(chat.chips).to_have_count(2)
    chat.chips.last.get_by_role("button", name="Remove two.png").click()
    expect(chat.chips).to_have_count(1)
    chat.window.get_by_role("button", name="Send", exact=True).click()
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    (message,) = stage.relay.line.of("message")
    assert message["files"] == ["f1"]
    upload = stage.relay.uploads[0]
    assert upload.headers["authorization"] == "Bearer token-1"
    assert "site=acme" in upload.url
    expect(chat.log.get_by_role("img", name="ok.png")).to_be_visible()


def test_a_picture_is_pasted_and_a_file_is_dropped(stage: Stage) -> None:
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are online")
    chat.box.evaluate(
        """box => { const data = new DataTransfer();
        data.items.add(new File(['x'], 'image.png', {type: 'image/png'}));
        box.dispatchEvent(new ClipboardEvent('paste',
          {clipboardData: data, bubbles: true, cancelable: true}));
        box.dispatchEvent(new DragEvent('drop',
          {dataTransfer: data, bubbles: true, cancelable: true, composed: true})); }"""
    )
    expect(chat.chips).to_have_count(2)


def test_a_script_without_a_site_says_so(stages: StageMaker) -> None:
    stage = stages()
    page = stage.page(data={"site": ""})
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()
    page.wait_for_function("document.readyState === 'complete'")
    assert stage.faults == ["omnitui: the script tag needs data-site."]
    stage.faults.clear()
    expect(page.locator("omnitui-chat")).to_have_count(0)
