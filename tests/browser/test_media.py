"""What is more than text: photos, albums, sounds, films, documents and places, from people and from the bot."""

from __future__ import annotations

import io

import aiohttp
import pytest
from browser_support import TOKEN, Bot, Open
from PIL import Image
from playwright.async_api import Locator, expect

from zavhoz_sandbox.page.samples import sample

ANNA = 1
pytestmark = pytest.mark.usefixtures("three")
DRAWN = "(image) => image.complete && image.naturalWidth > 1"
PLAYED = "(player) => player.currentTime > 0.2 && !player.error"


async def true_of(element: Locator, what: str) -> None:
    """Wait until a JavaScript function of the element says so."""
    handle = await element.element_handle()
    await element.page.wait_for_function(what, arg=handle, timeout=10_000)


async def test_a_sample_photo_is_sent_seen_and_opened(open_page: Open, url: str, bot: Bot) -> None:
    """Chosen by its name; a click shows all of it, Escape leads back."""
    page = await open_page(url)
    await page.attach_sample("Анна", "Broken window")
    heard = await bot.hears("message", lambda one: "photo" in one)
    assert (heard["photo"][-1]["width"], heard["photo"][-1]["height"]) == (1280, 960)
    photo = page.message("Анна", "").get_by_role("button", name="Open the photo")
    await true_of(photo.get_by_role("img"), DRAWN)
    await photo.click()
    large = page.page.get_by_role("dialog").get_by_role("img")
    await true_of(large, DRAWN)
    await page.page.keyboard.press("Escape")
    await expect(large).to_have_count(0)


async def test_an_album_is_one_message(open_page: Open, url: str, bot: Bot) -> None:
    """Three photos in one piece; the bot hears of each, with one id among them."""
    page = await open_page(url)
    await page.sees("Анна", "/start")
    before = await page.log("Анна").get_by_role("article").count()
    await page.attach("Анна", "Album of three")
    heard = [await bot.hears("message", lambda one: "photo" in one) for _ in range(3)]
    assert len({one["media_group_id"] for one in heard}) == 1
    images = page.message("Анна", "").get_by_role("img", name="Photo")
    await expect(images).to_have_count(3)
    for at in range(3):
        await true_of(images.nth(at), DRAWN)
    assert await page.log("Анна").get_by_role("article").count() == before + 1


async def test_a_voice_note_plays(open_page: Open, url: str, bot: Bot) -> None:
    """Opus in Ogg, with its length."""
    page = await open_page(url)
    await page.attach("Анна", "Voice note")
    heard = await bot.hears("message", lambda one: "voice" in one)
    assert (heard["voice"]["mime_type"], heard["voice"]["duration"]) == ("audio/ogg", 3)
    message = page.message("Анна", "0:03")
    await message.get_by_role("button", name="Play: Voice note").click()
    await expect(message.get_by_role("button", name="Pause: Voice note")).to_be_visible()
    await true_of(message.locator("audio"), PLAYED)


async def test_a_video_and_a_round_one_play(open_page: Open, url: str, bot: Bot) -> None:
    """H.264 in MP4, as Debian's Chromium can."""
    page = await open_page(url)
    await page.attach("Анна", "Video")
    heard = await bot.hears("message", lambda one: "video" in one)
    assert (heard["video"]["width"], heard["video"]["height"], heard["video"]["duration"]) == (640, 480, 3)
    film = page.message("Анна", "").locator("video")
    await film.evaluate("(player) => { player.muted = true; return player.play(); }")
    await true_of(film, PLAYED)
    await page.attach("Анна", "Round video")
    heard = await bot.hears("message", lambda one: "video_note" in one)
    assert (heard["video_note"]["length"], heard["video_note"]["duration"]) == (384, 3)
    await page.page.get_by_role("button", name="Play the round video").click()
    await true_of(page.message("Анна", "").locator("video"), PLAYED)


async def test_a_document_can_be_saved(open_page: Open, url: str, bot: Bot) -> None:
    """Under its name, with the same bytes."""
    page = await open_page(url)
    await page.attach("Анна", "Document")
    heard = await bot.hears("message", lambda one: "document" in one)
    assert heard["document"]["mime_type"] == "application/pdf"
    async with page.page.expect_download() as downloading:
        await page.message("Анна", heard["document"]["file_name"]).get_by_role("link").click()
    download = await downloading.value
    assert download.suggested_filename == heard["document"]["file_name"]
    given = sample("act")
    assert given is not None
    assert (await download.path()).read_bytes() == given[0]


async def test_a_place_is_sent(open_page: Open, url: str, bot: Bot) -> None:
    """With its coordinates to read."""
    page = await open_page(url)
    await page.attach("Анна", "Location")
    heard = await bot.hears("message", lambda one: "location" in one)
    shown = f"{heard['location']['latitude']:.5f}, {heard['location']['longitude']:.5f}"
    await page.sees("Анна", shown)


async def test_own_pictures_become_photos_or_stay_files(open_page: Open, url: str, bot: Bot) -> None:
    """As Telegram's programs do: made smaller and sent as photos, or as they are when one says so."""
    written = io.BytesIO()
    Image.new("RGB", (2560, 1280), "#3377aa").save(written, "PNG")
    picture = {"name": "стена.png", "mimeType": "image/png", "buffer": written.getvalue()}
    page = await open_page(url)
    for compress in (True, False):
        async with page.page.expect_file_chooser() as choosing:
            await page.attach("Анна", "Photo or file…")
        await (await choosing.value).set_files([picture, picture] if compress else [picture])
        dialog = page.page.get_by_role("dialog")
        await dialog.get_by_label("Caption").fill("Трещина" if compress else "Она же")
        await dialog.get_by_label("Send pictures as photos").set_checked(compress)
        await dialog.get_by_role("button", name="Send", exact=True).click()
        await expect(dialog).to_have_count(0)
    photo = await bot.hears("message", lambda one: one.get("caption") == "Трещина")
    assert (photo["photo"][-1]["width"], photo["photo"][-1]["height"]) == (1280, 640)
    assert photo["media_group_id"]
    document = (await bot.hears("message", lambda one: one.get("caption") == "Она же"))["document"]
    assert (document["file_name"], document["file_size"]) == ("стена.png", len(written.getvalue()))


async def test_what_the_bot_sends_is_shown_too(open_page: Open, url: str) -> None:
    """A photo with formatted words and a button."""
    given = sample("cold-radiator")
    assert given is not None
    form = aiohttp.FormData({"chat_id": str(ANNA), "caption": "<b>Батарея</b>: 11°", "parse_mode": "HTML"})
    form.add_field("photo", given[0], filename="photo.jpg", content_type="image/jpeg")
    page = await open_page(url)
    async with aiohttp.ClientSession() as http, http.post(f"{url}/bot{TOKEN}/sendPhoto", data=form) as response:
        assert response.status == 200
    message = await page.sees("Анна", "Батарея: 11°")
    await expect(message.locator("b").filter(has_text="Батарея")).to_be_visible()
    await true_of(message.get_by_role("img"), DRAWN)
