"""A photo is made anew: upright, without place or camera, whatever it came in; and what isn't one is refused."""

import io
import zipfile

import pytest
from PIL import Image

from projects.cleaning import Made, Unfit, apart, photo
from tests.projects import pictures
from tests.projects.pictures import GPS, MAKER, ORIENTATION, bomb, jpeg, opened, png, saved, sides, two_coloured


def refusal(content: bytes) -> str:
    with pytest.raises(Unfit) as refused:
        photo.made_anew(content)
    return refused.value.reason


def assert_plain(content: bytes) -> None:
    """It holds the picture and nothing else."""
    picture = opened(content)
    assert picture.format == "JPEG"
    assert not picture.getexif()
    assert not {"comment", "icc_profile", "exif", "xmp", "photoshop"} & picture.info.keys()
    assert content.endswith(b"\xff\xd9")


def test_a_photo_loses_place_and_camera() -> None:
    sent = jpeg()
    assert opened(sent).getexif()[MAKER] == "Maker 0"
    assert opened(sent).getexif().get_ifd(GPS)
    assert b"secret note" in sent
    made = photo.made_anew(sent)
    assert_plain(made.content)
    assert_plain(made.thumbnail)
    assert b"Maker" not in made.content + made.thumbnail
    assert b"secret" not in made.content + made.thumbnail


@pytest.mark.parametrize(
    ("orientation", "size", "left"),
    [(1, (96, 64), "blue"), (3, (96, 64), "red"), (2, (96, 64), "red"), (6, (64, 96), ""), (8, (64, 96), "")],
)
def test_a_photo_is_turned_upright(orientation: int, size: tuple[int, int], left: str) -> None:
    made = photo.made_anew(jpeg(orientation=orientation))
    for content in (made.content, made.thumbnail):
        assert opened(content).size == size
        assert ORIENTATION not in opened(content).getexif()
        if left:
            assert sides(content)[0] == left
    assert (made.width, made.height) == size
    if orientation == 6:  # held upright: what the sensor has on the left is above
        assert pictures._colour(opened(made.content).getpixel((32, 5))) == "blue"


@pytest.mark.parametrize(
    "sent",
    [
        png(),
        saved(two_coloured(96, 64), "WEBP", lossless=True),
        pictures.HEIC,
        saved(two_coloured(96, 64, "P"), "PNG"),
        saved(two_coloured(96, 64, "RGBA"), "PNG"),
        saved(two_coloured(96, 64, "CMYK"), "JPEG"),
    ],
)
def test_every_kind_of_photo_becomes_a_jpeg(sent: bytes) -> None:
    made = photo.made_anew(sent)
    assert_plain(made.content)
    assert opened(made.content).size == (96, 64)
    assert sides(made.content) == ("blue", "red")


def test_what_can_be_seen_through_stands_on_white() -> None:
    made = photo.made_anew(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))
    assert opened(made.content).getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bits_of_grey_keep_their_shade() -> None:
    made = photo.made_anew(saved(Image.new("I;16", (40, 40), 40000), "PNG"))
    assert opened(made.content).getpixel((5, 5)) == (156, 156, 156)


def test_a_large_photo_is_kept_at_a_size_to_be_read_at() -> None:
    made = photo.made_anew(jpeg(4000, 3000))
    assert opened(made.content).size == (made.width, made.height) == (3200, 2400)
    assert max(opened(made.thumbnail).size) == photo.THUMBNAIL_SIDE


def test_what_is_appended_is_not_carried_over() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as appended:
        appended.writestr("evil.html", "<script>alert(1)</script>")
    both = jpeg() + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(both))
    made = photo.made_anew(both)
    assert not zipfile.is_zipfile(io.BytesIO(made.content))
    assert_plain(made.content)


def test_a_second_view_beside_a_photo_is_left_out() -> None:
    other = two_coloured(96, 64)
    both = saved(two_coloured(96, 64), "MPO", save_all=True, append_images=[other])
    assert opened(both).format == "MPO"
    assert_plain(photo.made_anew(both).content)


@pytest.mark.parametrize(
    ("kind", "options"), [("WEBP", {"lossless": True}), ("PNG", {}), ("GIF", {})], ids=["webp", "png", "gif"]
)
def test_what_moves_is_refused(kind: str, options: dict[str, bool]) -> None:
    second = Image.new("RGB", (96, 64), (9, 99, 9))
    moving = saved(two_coloured(96, 64), kind, save_all=True, append_images=[second], duration=100, **options)
    assert refusal(moving) == ("damaged" if kind == "GIF" else "moves")  # a GIF isn't even opened


@pytest.mark.parametrize(
    "sent",
    [
        jpeg(400, 300)[:2000],
        png(400, 300)[:-300],
        pictures.HEIC[:500],
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        saved(two_coloured(96, 64), "BMP"),
        saved(two_coloured(96, 64), "TIFF"),
        b"",
        b"\xff\xd8\xff" + b"x" * 50,
    ],
    ids=["half a jpeg", "half a png", "half a heic", "svg", "bmp", "tiff", "nothing", "noise"],
)
def test_what_is_no_whole_photo_is_refused(sent: bytes) -> None:
    assert refusal(sent) == "damaged"


def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(Unfit) as refused:
        photo.made_anew(bomb(9000, 9000))
    assert refused.value.reason == "too_many_pixels"
    assert refused.value.figures == {"width": 9000, "height": 9000, "most": 51}
    assert refusal(bomb(60_000, 60_000)) == "too_many_pixels"


def test_a_process_of_its_own_comes_to_the_same() -> None:
    made = apart.made_anew(jpeg(orientation=6), "photo")
    assert isinstance(made, Made)
    assert made == photo.made_anew(jpeg(orientation=6))
    with pytest.raises(Unfit) as refused:
        apart.made_anew(bomb(9000, 9000), "photo")
    assert refused.value.reason == "too_many_pixels"
    assert refused.value.figures["width"] == 9000


def test_a_process_that_dies_is_a_file_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unfit) as refused:
        apart.made_anew(b"", "no such kind")
    assert refused.value.reason == "too_heavy"
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    with pytest.raises(Unfit) as refused:
        apart.made_anew(jpeg(), "photo")
    assert refused.value.reason == "too_heavy"
