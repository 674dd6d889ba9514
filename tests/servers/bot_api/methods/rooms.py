"""Asking about chats, members and business connections; answering buttons."""

from __future__ import annotations

from tests.servers.bot_api import errors, spec
from tests.servers.bot_api.calls import Context, handles
from tests.servers.bot_api.methods import access
from tests.servers.bot_api.people import member
from tests.servers.bot_api.world import Json


@handles("getChat")
def get_chat(context: Context) -> Json:
    chat = access.chat_of(context, write=False)
    found: Json = spec.smallest("ChatFullInfo")
    found |= chat.json() | {"accent_color_id": 0, "max_reaction_count": 11}
    if chat.username:
        found["active_usernames"] = [chat.username]
    if chat.pinned and (pinned := chat.alive(chat.pinned[-1])):
        found["pinned_message"] = pinned.without_reply()
    return found


@handles("getChatMember")
def get_chat_member(context: Context) -> Json:
    chat = access.chat_of(context, write=False)
    account = context.server.world.accounts.get(context["user_id"])
    if account is None:
        raise errors.bad_request("user not found")
    return member(account, chat.members.get(account.id, "left"))


@handles("getChatMemberCount")
def get_chat_member_count(context: Context) -> int:
    chat = access.chat_of(context, write=False)
    if chat.type == "private":
        return 2
    return sum(status not in ("left", "kicked") for status in chat.members.values())


@handles("getChatAdministrators")
def get_chat_administrators(context: Context) -> list[Json]:
    chat = access.chat_of(context, write=False)
    if chat.type == "private":
        raise errors.bad_request("there are no administrators in the private chat")
    accounts = context.server.world.accounts
    return [
        member(accounts[number], status)
        for number, status in chat.members.items()
        if status in ("creator", "administrator") and not accounts[number].is_bot
    ]


@handles("leaveChat")
def leave_chat(context: Context) -> bool:
    chat = access.chat_of(context, write=False)
    if chat.type == "private":
        raise errors.bad_request("chat not found")
    chat.members[context.bot.id] = "left"
    return True


@handles("banChatMember", "unbanChatMember")
def ban_chat_member(context: Context) -> bool:
    chat = access.chat_of(context)
    if chat.members.get(context.bot.id) != "administrator":
        raise errors.bad_request("not enough rights to restrict/unrestrict chat member")
    banned = context.call.method == "banChatMember"
    chat.members[context["user_id"]] = "kicked" if banned else "left"
    return True


@handles("setChatTitle")
def set_chat_title(context: Context) -> bool:
    chat = access.chat_of(context)
    chat.title = context["title"]
    content = {"new_chat_title": chat.title}
    context.server.world.store(chat, context.bot.account, content, by_bot=context.bot.id)
    return True


@handles("createForumTopic")
def create_forum_topic(context: Context) -> Json:
    chat = access.chat_of(context)
    if not chat.is_forum:
        raise errors.bad_request("the chat is not a forum")
    topic = {"name": context["name"], "icon_color": context.get("icon_color", 7322096)}
    stored = context.server.world.store(
        chat, context.bot.account, {"forum_topic_created": topic}, by_bot=context.bot.id
    )
    chat.topics[stored.id] = context["name"]
    return {"message_thread_id": stored.id} | topic


@handles("getBusinessConnection")
def get_business_connection(context: Context) -> Json:
    return access.connection_of(context, context["business_connection_id"]).json()


@handles("readBusinessMessage")
def read_business_message(context: Context) -> bool:
    connection = access.connection_of(context, context["business_connection_id"])
    chat = connection.chats.get(context["chat_id"])
    if chat is None or chat.alive(context["message_id"]) is None:
        raise errors.bad_request("MESSAGE_ID_INVALID")
    return True


@handles("answerCallbackQuery")
def answer_callback_query(context: Context) -> bool:
    callbacks = context.server.world.callbacks
    number = context["callback_query_id"]
    if number not in callbacks or callbacks[number] is not None:
        raise errors.bad_request(
            "query is too old and response timeout expired or query ID is invalid"
        )
    callbacks[number] = dict(context.arguments)
    return True


@handles("getUserProfilePhotos")
def get_user_profile_photos(context: Context) -> Json:
    if context["user_id"] not in context.server.world.accounts:
        raise errors.bad_request("user not found")
    return {"total_count": 0, "photos": []}
