"""The composition root of the gateway."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from aiogram import Dispatcher
from pydantic import SecretStr

from zavhoz_chassis.health import Health
from zavhoz_chassis.outgoing import client_session
from zavhoz_chassis.process import Process
from zavhoz_contracts.api.client import RequestsApi
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.answering import Answers, Wording
from zavhoz_gateway.application.arranging import Arranging
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.assigning import Assigning
from zavhoz_gateway.application.cancelling import Cancelling
from zavhoz_gateway.application.cards import Cards
from zavhoz_gateway.application.catalogue import Catalogue
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.commenting import Commenting
from zavhoz_gateway.application.completing import Completing
from zavhoz_gateway.application.desk import Desk
from zavhoz_gateway.application.directory import Directory
from zavhoz_gateway.application.draft_cards import DraftCards
from zavhoz_gateway.application.filing import Filing
from zavhoz_gateway.application.finding import Finding, Own
from zavhoz_gateway.application.group_presses import GroupPresses
from zavhoz_gateway.application.holding import Holding
from zavhoz_gateway.application.joining import Joining
from zavhoz_gateway.application.likenesses import Likenesses
from zavhoz_gateway.application.limiting import Limiting
from zavhoz_gateway.application.links import Links
from zavhoz_gateway.application.lists import Lists
from zavhoz_gateway.application.managing import Managing
from zavhoz_gateway.application.many import Many
from zavhoz_gateway.application.many_words import ManyWords
from zavhoz_gateway.application.merging import Merging
from zavhoz_gateway.application.moving import Moving
from zavhoz_gateway.application.narrowing import Narrow
from zavhoz_gateway.application.noting import Noting
from zavhoz_gateway.application.parts import Parts
from zavhoz_gateway.application.people import People
from zavhoz_gateway.application.personal import Personal
from zavhoz_gateway.application.placing import DraftPlaces, Placing
from zavhoz_gateway.application.ports import Bus, Chat, SmallFiles
from zavhoz_gateway.application.queue import Everywhere, Queue
from zavhoz_gateway.application.reply_book import ReplyBook
from zavhoz_gateway.application.reply_texts import ReplyTexts
from zavhoz_gateway.application.replying import Replying
from zavhoz_gateway.application.resorting import Resorting
from zavhoz_gateway.application.revising import Revising
from zavhoz_gateway.application.shelving import Shelving
from zavhoz_gateway.application.sorting import Sorting
from zavhoz_gateway.application.tree import Tree
from zavhoz_gateway.application.tree_questions import TreeQuestions
from zavhoz_gateway.application.wanting import Wanting
from zavhoz_gateway.bot_api import BotChat, BotFiles, BotMenu, BotUpdates, BotWebhook
from zavhoz_gateway.entrypoints.aside import aside_router
from zavhoz_gateway.entrypoints.category_presses import category_router
from zavhoz_gateway.entrypoints.groups import group_facts_router, group_router
from zavhoz_gateway.entrypoints.handling import Handling
from zavhoz_gateway.entrypoints.managed_presses import managed_router
from zavhoz_gateway.entrypoints.many_presses import many_router
from zavhoz_gateway.entrypoints.membership import membership_router
from zavhoz_gateway.entrypoints.messages import message_router
from zavhoz_gateway.entrypoints.mine_presses import mine_router
from zavhoz_gateway.entrypoints.part_presses import part_router
from zavhoz_gateway.entrypoints.people_presses import people_router
from zavhoz_gateway.entrypoints.personal import personal_router
from zavhoz_gateway.entrypoints.polling import Poller
from zavhoz_gateway.entrypoints.presses import card_router, screen_router
from zavhoz_gateway.entrypoints.queue_presses import queue_router
from zavhoz_gateway.entrypoints.reading import read_update
from zavhoz_gateway.entrypoints.reply_presses import reply_router
from zavhoz_gateway.entrypoints.revisions import revision_router
from zavhoz_gateway.entrypoints.routing import RoutingBot
from zavhoz_gateway.entrypoints.single import SinglePoller
from zavhoz_gateway.entrypoints.tree_presses import tree_router
from zavhoz_gateway.entrypoints.turns import Turns
from zavhoz_gateway.entrypoints.webhook import ReadUpdate, Webhook
from zavhoz_gateway.entrypoints.who import Who
from zavhoz_gateway.entrypoints.work_presses import work_router
from zavhoz_gateway.managed_screens import ManagedScreens
from zavhoz_gateway.many_screens import ManyScreens
from zavhoz_gateway.reply_screens import ReplyScreens
from zavhoz_gateway.screens import Screens
from zavhoz_gateway.settings import ROLES, Settings
from zavhoz_gateway.store.albums import Albums
from zavhoz_gateway.store.connection import RedisStore, redis_store
from zavhoz_gateway.store.drafts import Drafts
from zavhoz_gateway.store.forgetting import ChatMemory
from zavhoz_gateway.store.languages import Languages
from zavhoz_gateway.store.leases import RedisLeases
from zavhoz_gateway.store.narrowings import Narrowings
from zavhoz_gateway.store.queries import Queries
from zavhoz_gateway.store.questions import Questions
from zavhoz_gateway.store.rates import Rate
from zavhoz_gateway.store.seen import SeenUpdates
from zavhoz_gateway.store.selections import Selections
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_telegram.client import Bot, open_bot
from zavhoz_telegram.pauses import Pauses
from zavhoz_telegram.texts import Texts


@contextlib.asynccontextmanager
async def bootstrap(
    settings: Settings, *, roles: frozenset[str] = frozenset(ROLES), health: Health | None = None
) -> AsyncIterator[Process]:
    """Build the process; what it opened is closed afterwards."""
    health = health or Health()
    webhook_wanted = by_webhook(settings, roles)
    for check in (Publisher.name, "redis"):
        health.declare(check)
    async with contextlib.AsyncExitStack() as stack:
        token = settings.bot_token.get_secret_value()
        bot = await stack.enter_async_context(open_bot(token, settings.telegram_api_url.get_secret_value()))
        routing = RoutingBot(token, bot)
        session = await stack.enter_async_context(client_session())
        redis = await stack.enter_async_context(
            redis_store(settings.redis_url.get_secret_value(), health, settings.bot_id)
        )
        publisher = await stack.enter_async_context(
            publishing(settings.amqp_url.get_secret_value(), "gateway", health.set, patience=settings.publish_patience)
        )
        api = RequestsApi(session, settings.requests_api_url.get_secret_value(), settings.api_token.get_secret_value())
        texts = Texts.load()
        screens = Screens(texts, settings.help_contacts, settings.time_zone)
        chat = BotChat(bot, Pauses(redis.call, settings.bot_id))
        leases = RedisLeases(redis, settings.lease_seconds)
        turns = Turns(leases)
        routes = dispatcher(settings, publisher, api, redis, chat, BotFiles(bot, session), screens)
        handling = Handling(routing, routes, turns, SeenUpdates(redis), chat, screens)
        menu = BotMenu(bot, texts)
        if webhook_wanted:
            webhook = updates_by_webhook(settings, bot, menu, partial(read_update, routing), handling, health)
            yield Process([webhook, turns, redis], (webhook.router,), health)
        else:
            poller = Poller(
                BotUpdates(bot, routing, menu),
                handling.handle,
                health,
                poll_seconds=settings.poll_seconds,
                people_at_once=settings.people_at_once,
            )
            yield Process([SinglePoller(poller, leases, health), turns, redis], health=health)


def by_webhook(settings: Settings, roles: frozenset[str]) -> bool:
    """How updates come: as the role says, or else the settings."""
    if roles == {"webhook"} and settings.webhook_url is None:
        raise ValueError("the role webhook needs WEBHOOK_URL and WEBHOOK_SECRET")
    return "webhook" in roles and settings.webhook_url is not None


def updates_by_webhook(
    settings: Settings, bot: Bot, menu: BotMenu, read: ReadUpdate, handling: Handling, health: Health
) -> Webhook:
    """The webhook that the settings describe."""
    url, secret = settings.webhook_url or SecretStr(""), settings.webhook_secret or SecretStr("")
    return Webhook(
        BotWebhook(
            bot,
            menu,
            url=url.get_secret_value(),
            secret=secret.get_secret_value(),
            max_connections=settings.webhook_max_connections,
        ),
        read,
        handling.handle,
        health,
        path=settings.webhook_path,
        secret=secret.get_secret_value(),
        seconds=settings.webhook_seconds,
    )


def dispatcher(
    settings: Settings,
    bus: Bus,
    api: RequestsApi,
    redis: RedisStore,
    chat: BotChat,
    files: SmallFiles,
    screens: Screens,
) -> Dispatcher:
    """Everything that reads updates, wired to everything that acts on them."""
    commands = Commands(bus, settings.bot_id)
    rate = Rate(redis, "filed", limit=settings.filing_limit, seconds=settings.filing_seconds)
    comments = Rate(redis, "commented", limit=settings.comment_limit, seconds=settings.comment_seconds)
    albums = Albums(redis)
    drafts, choices = Drafts(redis), Choices(api)
    catalogue = Catalogue(api)
    draft_cards = DraftCards(drafts, choices, Likenesses(api), catalogue, chat, screens)
    sorting = Sorting(draft_cards, drafts, catalogue)
    filing = Filing(drafts, albums, rate, commands, draft_cards, choices, sorting, chat, screens)
    parts, placing = Parts(draft_cards), Placing(DraftPlaces(draft_cards), choices, chat, screens)
    links = Links(choices, filing, chat, screens)
    commenting = Commenting(albums, comments, api, commands, chat, screens)
    queries, narrowings = Queries(redis), Narrowings(redis)
    finding = Finding(queries, Own(api, screens), chat, screens)
    finding_everywhere = Finding(queries, Everywhere(narrowings, api, screens), chat, screens)
    questions = Questions(redis)
    asked = Asked(questions, chat, screens)
    moving = Moving(asked, commands, choices, chat, screens)
    wording = Wording(chat, screens)
    holding = Holding(asked, questions, commands, wording, chat, screens, settings.time_zone)
    merging = Merging(questions, api, commands, wording, chat, screens)
    work: dict[Action, Answers] = {
        Action.COMPLETE: Completing(commenting, wording, screens),
        Action.HOLD: holding,
        Action.MERGE: merging,
        Action.NOTE: Noting(commands, wording, screens),
    }
    directory = Directory(queries, api, chat, screens)
    managing = Managing(directory, commands, screens)
    limiting = Limiting(directory, asked, commands, choices, chat, screens)
    managed = ManagedScreens(Texts.load(), settings.time_zone)
    wanting = Wanting(asked, commands, chat, managed)
    shelving = Shelving(api, commands, wanting, chat, managed)
    arranging = Arranging(api, commands, wanting, chat, managed)
    finders = (finding, finding_everywhere, directory)
    reply_screens = ReplyScreens(Texts.load(), screens)
    reply_texts = ReplyTexts(asked, commands, wording, reply_screens)
    selections, many_screens = Selections(redis), ManyScreens(Texts.load(), settings.time_zone)
    many_words = ManyWords(asked, selections, wording, chat, many_screens)

    def asking_in(chat: Chat) -> Asking:
        answering = commenting, *finders, moving
        words = limiting, wanting, reply_texts, many_words
        return Asking(asked, questions, commands, *answering, work, *words, chat, screens)

    def cards(chat: Chat) -> Cards:
        questioning = asking_in(chat)
        return Cards(commands, questioning, Assigning(questioning, api, commands, chat, screens))

    asking = asking_in(chat)
    book = ReplyBook(asking, reply_texts, asked, api, chat, reply_screens)
    replying = Replying(asking, asked, api, chat, reply_screens)
    assigning = Assigning(asking, api, commands, chat, screens)
    desk = Desk(commands)
    tree = Tree(api, commands, chat, screens)
    tree_questions = TreeQuestions(asked, questions, api, files, commands, asking, chat, screens)
    joining = Joining(drafts, albums, commands, draft_cards)
    lists, queue = Lists(api, chat, screens), Queue(narrowings, api, chat, screens)
    narrow = Narrow(narrowings, choices, catalogue, directory, api, chat, screens)
    many = Many(narrowings, selections, api, commands, many_words, chat, many_screens)
    people = People(api, Languages(redis))
    who = Who(people, commands, chat, screens)
    personal = Personal(commands, people, ChatMemory(redis), chat, screens, Texts.load().languages)
    routers = (
        group_router(desk, GroupPresses(commands, cards, api, chat, chat, screens)),
        personal_router(personal),
        aside_router(Cancelling(asking, filing, chat, screens), chat, screens),
        people_router(asking, directory, managing, limiting, Placing(limiting, choices, chat, screens)),
        managed_router(asking, shelving, arranging, wanting),
        reply_router(book, replying),
        tree_router(tree, tree_questions),
        message_router(commands, filing, links, asking, commenting, lists, queue, tree_questions, chat, screens),
        card_router(cards(chat), asking),
        work_router(assigning, holding, merging),
        part_router(parts, placing, Placing(moving, choices, chat, screens), asking),
        category_router(sorting, Resorting(asked, commands, catalogue, chat, screens), asking),
        mine_router(asking, finding, joining),
        queue_router(queue, narrow, Placing(narrow, choices, chat, screens), asking, finding_everywhere),
        many_router(asking, many),
        screen_router(filing, parts, asking, lists, chat, screens),
        membership_router(commands),
        revision_router(Revising(questions, api, commands, chat, screens), settings.bot_id),
    )
    root = Dispatcher(disable_fsm=True)
    for router in routers:
        # Inside the router's own filter: who is not in a private chat is not asked about.
        router.message.middleware(who)
        router.callback_query.middleware(who)
        router.edited_message.middleware(who)
    root.include_routers(group_facts_router(desk, chat, screens), *routers)
    return root
