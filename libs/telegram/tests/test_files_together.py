"""Which files go together."""

from __future__ import annotations

from uuid import uuid4

from zavhoz_contracts.api.v1 import AlbumFile
from zavhoz_contracts.message import AttachmentKind
from zavhoz_telegram.albums import albums

KINDS = {kind.value: kind for kind in AttachmentKind}


def shown(*kinds: str) -> list[str]:
    """The albums of files of these kinds, each with its place among all."""
    files = [AlbumFile(attachment_id=uuid4(), kind=KINDS[kind], file_id=str(n)) for n, kind in enumerate(kinds)]
    return [" ".join(f"{file.kind.value}{file.file_id}" for file in album) for album in albums(files)]


def test_photos_and_videos_go_together_and_documents_and_music_by_themselves() -> None:
    assert shown("document", "photo", "audio", "video", "document") == [
        "photo1 video3",
        "document0 document4",
        "audio2",
    ]


def test_what_can_be_in_no_album_goes_alone() -> None:
    assert shown("voice", "video_note", "photo", "animation") == ["photo2", "voice0", "video_note1", "animation3"]


def test_of_more_than_ten_the_newest() -> None:
    (album,) = shown(*["photo"] * 12)
    assert album.split() == [f"photo{n}" for n in range(2, 12)]
    assert shown() == []
